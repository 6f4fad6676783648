import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname, uptime } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { findErrno } from '../../std/node/errno.js';

const lockPollMs = 200;
export const lockTouchMs = 2_000;
/** A lock of another host that was not touched for this long belongs to a process that has ended or is suspended. */
const lockStaleMs = 30_000;

export interface FileLock {
  /** The previous holder did not release it: it was killed, and its children may still be running. */
  readonly abandoned: boolean;
  /** Aborted once the file is not the own one any more: it was removed, or another host took it over during a long suspension. */
  readonly lost: AbortSignal;
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

/** The lock, or undefined when a running process holds it. Rejects when the path cannot be a lock. */
export async function tryLock(path: string): Promise<FileLock | undefined> {
  for (;;) {
    const created = await createLock(path);
    if (created !== undefined) return held(path, created, false);
    if (!(await isStale(path))) return undefined;
    const outcome = await takeOver(path);
    if (outcome === 'busy') return undefined;
    if (outcome !== 'changed') return held(path, outcome.line, true);
  }
}

/** `line`: the content that makes the file the own one. */
function held(path: string, line: string, abandoned: boolean): FileLock {
  const lost = new AbortController();
  let isHeld = true;
  const touch = async (): Promise<void> => {
    const isOwn = (await contentOf(path)) === line;
    if (isOwn) await utimes(path, new Date(), new Date());
    else if (isHeld) lost.abort(new Error(`the lock ${path} was removed or taken over`));
  };
  // A file that cannot be read at the moment may still be the own one.
  const touches = setInterval(() => void touch().catch(() => undefined), lockTouchMs);
  touches.unref();
  return {
    abandoned,
    lost: lost.signal,
    release: async () => {
      isHeld = false;
      clearInterval(touches);
      if ((await contentOf(path)) === line) await rm(path, { force: true });
    },
  };
}

/** Process id of the holder of a lock; undefined when it is free. */
export async function lockHolder(path: string): Promise<number | undefined> {
  const pid = Number.parseInt((await contentOf(path)) ?? '', 10);
  return Number.isNaN(pid) || (await isStale(path)) ? undefined : pid;
}

/** Its content if it was created; undefined when there is one. */
async function createLock(path: string): Promise<string | undefined> {
  // Written once: the host may get another name while it is held.
  const line = `${process.pid} ${hostname()} ${startOf(process.pid)} ${randomBytes(8).toString('hex')}\n`;
  try {
    const file = await open(path, 'wx', 0o644);
    await file.writeFile(line);
    await file.close();
    return line;
  } catch (error) {
    if (findErrno(error) === 'EEXIST') return undefined;
    throw error;
  }
}

/** Undefined when the file does not exist. Any other failure, such as a folder at this path, does not mean that it is free. */
async function contentOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(unlessAbsent);
}

function unlessAbsent(error: unknown): undefined {
  if (findErrno(error) !== 'ENOENT') throw error;
}

/**
 * Takes a stale lock over: `busy` while another process does, `changed` when the lock has to be looked at again.
 *
 * Only the holder of the file `.takeover` may, and it renames that file over the lock: at no moment is the lock free, so the
 * next holder always knows that it was abandoned. Its content shows afterwards whether it is still the own one, because a process
 * that was suspended for long may have lost the file.
 */
async function takeOver(path: string): Promise<{ readonly line: string } | 'busy' | 'changed'> {
  const takeover = `${path}.takeover`;
  const line = await createLock(takeover);
  if (line === undefined) {
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
    unlessAbsent(error);
    return 'changed';
  }
  return (await contentOf(path)) === line ? { line } : 'changed';
}

/**
 * Whether the holder has ended. Age counts only where its process cannot be looked at: one of this host may be suspended for
 * long and go on. A process with its id is another one when it started at another time, or when the lock is older than this boot.
 */
async function isStale(path: string): Promise<boolean> {
  const text = await contentOf(path);
  const file = await stat(path).catch(unlessAbsent);
  // Released in the meantime.
  if (text === undefined || file === undefined) return false;
  const [pid, host, start] = text.trim().split(' ');
  if (host !== hostname()) return Date.now() - file.mtimeMs > lockStaleMs;
  if (!isRunning(Number(pid)) || file.mtimeMs < Date.now() - uptime() * 1000) return true;
  return start !== undefined && start !== unknownStart && start !== startOf(Number(pid));
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

/** Whether it has ended but its parent has not collected it, which in a container may never happen. */
function isZombie(pid: number): boolean {
  return processFields(pid)[0] === 'Z';
}

const unknownStart = '-';

/** When a process started, in ticks since the boot. */
function startOf(pid: number): string {
  return processFields(pid)[19] ?? unknownStart;
}

/** What Linux says about a process, from its state on; other systems have no such file. */
function processFields(pid: number): string[] {
  try {
    // The name of the program, in parentheses, may contain any characters.
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return [];
  }
}
