import { readFileSync } from 'node:fs';
import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

const lockPollMs = 200;
const lockTouchMs = 2_000;
/** A lock nobody touched for this long belongs to a process that is gone or was suspended. */
const lockStaleMs = 30_000;

export interface FileLock {
  /** The holder before did not release it: it was killed, and what it started may still be ending. */
  readonly abandoned: boolean;
  release(): Promise<void>;
}

export interface LockWait {
  /** Called once when another process holds the lock. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal | undefined;
}

/** Takes a lock, a file that names its holder, as soon as nobody else has it. */
export async function takeLock(path: string, { onWait, signal }: LockWait): Promise<FileLock> {
  let told = false;
  for (;;) {
    const lock = await tryLock(path);
    if (lock !== undefined) return lock;
    signal?.throwIfAborted();
    if (!told) onWait?.();
    told = true;
    await delay(lockPollMs, undefined, signal === undefined ? {} : { signal });
  }
}

/** The lock, or undefined when a process that still runs holds it. */
export async function tryLock(path: string): Promise<FileLock | undefined> {
  let abandoned = false;
  while (!(await createLock(path))) {
    if (!(await isStale(path)) || !(await removeStale(path))) return undefined;
    abandoned = true;
  }
  const touch = setInterval(
    () => void utimes(path, new Date(), new Date()).catch(() => undefined),
    lockTouchMs,
  );
  touch.unref();
  return {
    abandoned,
    release: async () => {
      clearInterval(touch);
      // Whoever was suspended for too long finds the lock of the next holder.
      if ((await readFile(path, 'utf8').catch(() => '')) === ownLine()) await rm(path, { force: true });
    },
  };
}

/** Process id of the holder of a lock; undefined when there is none. */
export async function lockHolder(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return Number.isNaN(pid) || (await isStale(path)) ? undefined : pid;
}

async function createLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(ownLine());
    await file.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function ownLine(): string {
  return `${process.pid} ${hostname()}\n`;
}

/**
 * Removes the lock of a holder that is gone; false while another process does. Only the holder of a file beside it looks and
 * removes: otherwise two could find the lock stale, and the second remove the one the first has just taken. What is left of
 * that needs a process killed within these few lines and two more that find both of its files at once.
 */
async function removeStale(path: string): Promise<boolean> {
  const takeover = `${path}.takeover`;
  if (!(await createLock(takeover))) {
    const abandoned = await isStale(takeover);
    if (abandoned) await rm(takeover, { force: true });
    return abandoned;
  }
  try {
    if (await isStale(path)) await rm(path, { force: true });
    return true;
  } finally {
    await rm(takeover, { force: true });
  }
}

async function isStale(path: string): Promise<boolean> {
  try {
    const [pid, host] = (await readFile(path, 'utf8')).trim().split(' ');
    if (host === hostname() && pid !== undefined && !isRunning(Number(pid))) return true;
    return Date.now() - (await stat(path)).mtimeMs > lockStaleMs;
  } catch {
    // Released in the meantime.
    return false;
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    // EPERM: it runs, as another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** It has ended and its parent has not looked yet, which in a container may never happen. Only Linux shows it. */
function isZombie(pid: number): boolean {
  try {
    // The name of the program, in parentheses, may hold anything.
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\)/s, ''));
  } catch {
    return false;
  }
}
