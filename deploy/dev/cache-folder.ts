import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { QmtlError } from '../../domain/errors.js';
import { describeFailure, type Environment } from './progress.js';

/** Where fetched programs are kept for next time: QMTL_CACHE_DIR, else `qmtl` in XDG_CACHE_HOME, else `~/.cache/qmtl`. */
export function cacheFolder(env: Environment): string {
  const own = env.QMTL_CACHE_DIR;
  if (own !== undefined && own !== '') return resolve(own);
  const xdg = env.XDG_CACHE_HOME;
  // The XDG specification says to ignore a relative path.
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'qmtl');
  return join(env.HOME || homedir(), '.cache', 'qmtl');
}

const lockPollMs = 200;
const lockTouchMs = 2_000;
/** A lock nobody touched for this long belongs to a process that is gone or was suspended. */
const lockStaleMs = 30_000;

export interface FetchOnce<T> {
  readonly cache: string;
  /** Name of the entry, a file or folder in the cache. */
  readonly name: string;
  /** What is there already and may be trusted, or undefined. Asked again once the lock is held. */
  readonly present: () => Promise<T | undefined>;
  /** Makes the entry at `draft`, a path that does not exist yet. It is renamed to its name when this resolves. */
  readonly fetch: (draft: string) => Promise<void>;
  /** Called once when another process is fetching the same entry. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches an entry of the cache unless it is there. What is being fetched has a temporary name, so an entry that
 * has its real name is complete; a lock keeps two processes from doing the same work twice.
 */
export async function fetchOnce<T>(options: FetchOnce<T>): Promise<T> {
  await makeFolder(options.cache);
  const lock = await takeLock(join(options.cache, `.lock-${options.name}`), options);
  try {
    const there = await options.present();
    if (there !== undefined) return there;
    await fetchAndPublish(options);
    const fetched = await options.present();
    if (fetched === undefined)
      throw new Error(`${join(options.cache, options.name)} was fetched but is not usable`);
    return fetched;
  } finally {
    await lock.release();
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw new QmtlError('E_FILE', `The cache folder ${path} cannot be made: ${describeFailure(cause)}.`, {
      hint: 'Set QMTL_CACHE_DIR to a folder you may write to.',
      cause,
    });
  }
}

async function fetchAndPublish<T>({ cache, name, fetch }: FetchOnce<T>): Promise<void> {
  await removeAbandonedDrafts(cache, name);
  const draft = join(cache, `${draftPrefix(name)}${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await fetch(draft);
    // A folder cannot be renamed over one that has files; what is there was just found not to be usable.
    await rm(join(cache, name), { recursive: true, force: true });
    await rename(draft, join(cache, name));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

function draftPrefix(name: string): string {
  return `.draft-${name}-`;
}

async function removeAbandonedDrafts(cache: string, name: string): Promise<void> {
  const prefix = draftPrefix(name);
  for (const entry of await readdir(cache)) {
    const pid = entry.startsWith(prefix) ? Number.parseInt(entry.slice(prefix.length), 10) : Number.NaN;
    if (pid > 0 && !isRunning(pid)) await rm(join(cache, entry), { recursive: true, force: true });
  }
}

interface LockWait {
  readonly onWait?: () => void;
  readonly signal?: AbortSignal | undefined;
}

async function takeLock(path: string, { onWait, signal }: LockWait): Promise<{ release(): Promise<void> }> {
  let told = false;
  while (!(await createLock(path))) {
    signal?.throwIfAborted();
    if (await isStale(path)) {
      await rm(path, { force: true });
      continue;
    }
    if (!told) onWait?.();
    told = true;
    await delay(lockPollMs, undefined, signal === undefined ? {} : { signal });
  }
  const touch = setInterval(
    () => void utimes(path, new Date(), new Date()).catch(() => undefined),
    lockTouchMs,
  );
  touch.unref();
  return {
    release: async () => {
      clearInterval(touch);
      await rm(path, { force: true });
    },
  };
}

async function createLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(`${process.pid} ${hostname()}\n`);
    await file.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Two processes may both find a lock stale and one remove the fresh lock of the other. Then both fetch, into drafts of their own,
 * and the second rename wins: work done twice, nothing broken.
 */
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

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
