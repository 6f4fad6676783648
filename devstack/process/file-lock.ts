import { readFileSync } from 'node:fs';
import { open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { findErrno } from '../../std/node/errno.js';

const lockPollMs = 200;
const lockTouchMs = 2_000;
/** A lock that was not touched for this long belongs to a process that has ended or is suspended. */
const lockStaleMs = 30_000;

export interface FileLock {
  /** The previous holder did not release it: it was killed, and its children may still be running. */
  readonly abandoned: boolean;
  release(): Promise<void>;
}

export interface LockWait {
  /** Called once when another process holds the lock. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal | undefined;
}

/** Takes a lock, a file that names its holder, as soon as it is free. */
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

/** The lock, or undefined when a running process holds it. */
export async function tryLock(path: string): Promise<FileLock | undefined> {
  for (;;) {
    if (await createLock(path)) return held(path, false);
    if (!(await isStale(path))) return undefined;
    const outcome = await takeOver(path);
    if (outcome !== 'changed') return outcome === 'taken' ? held(path, true) : undefined;
  }
}

function held(path: string, abandoned: boolean): FileLock {
  const touch = setInterval(
    () => void utimes(path, new Date(), new Date()).catch(() => undefined),
    lockTouchMs,
  );
  touch.unref();
  return {
    abandoned,
    release: async () => {
      clearInterval(touch);
      // After a long suspension the file may be the lock of the next holder.
      if ((await readFile(path, 'utf8').catch(() => '')) === ownLine()) await rm(path, { force: true });
    },
  };
}

/** Process id of the holder of a lock; undefined when it is free. */
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
    if (findErrno(error) === 'EEXIST') return false;
    throw error;
  }
}

function ownLine(): string {
  return `${process.pid} ${hostname()}\n`;
}

/**
 * Takes a stale lock over: `busy` while another process does, `changed` when the lock has to be looked at again.
 *
 * Only the holder of the file `.takeover` may, and it renames that file over the lock: at no moment is the lock free, so the
 * next holder always knows that it was abandoned. Its content shows afterwards whether it is still the own one, because a process
 * that was suspended for long may have lost the file.
 */
async function takeOver(path: string): Promise<'taken' | 'busy' | 'changed'> {
  const takeover = `${path}.takeover`;
  if (!(await createLock(takeover))) {
    if (!(await isStale(takeover))) return 'busy';
    await rm(takeover, { force: true });
    return 'changed';
  }
  if (!(await isStale(path))) {
    await rm(takeover, { force: true });
    return 'changed';
  }
  try {
    await rename(takeover, path);
  } catch (error) {
    if (findErrno(error) !== 'ENOENT') throw error;
    return 'changed';
  }
  return (await readFile(path, 'utf8').catch(() => '')) === ownLine() ? 'taken' : 'changed';
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
    return findErrno(error) === 'EPERM';
  }
}

/** Whether it has ended but its parent has not collected it, which in a container may never happen. Visible only on Linux. */
function isZombie(pid: number): boolean {
  try {
    // The name of the program, in parentheses, may contain any characters.
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\)/s, ''));
  } catch {
    return false;
  }
}
