import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { QmtlError } from '../../domain/base/errors.js';
import { isRunning, takeLock } from './file-lock.js';
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
    throw new QmtlError('E_FILE', `the cache folder ${path} cannot be made: ${describeFailure(cause)}`, {
      hint: 'set QMTL_CACHE_DIR to a folder you may write to',
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
