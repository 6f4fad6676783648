import { randomBytes } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { QmtlError } from '../../domain/base/errors.js';
import { makeFolder } from '../../std/node/make-folder.js';
import { isRunning, takeLock } from './file-lock.js';
import { describeFailure, type Environment } from './progress.js';

/** The folder for fetched programs: QMTL_CACHE_DIR, else `qmtl` in XDG_CACHE_HOME, else `~/.cache/qmtl`. */
export function cacheFolder(env: Environment): string {
  const own = env.QMTL_CACHE_DIR;
  if (own !== undefined && own !== '') return resolve(own);
  const xdg = env.XDG_CACHE_HOME;
  // The XDG specification requires that relative paths are ignored.
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'qmtl');
  return join(env.HOME || homedir(), '.cache', 'qmtl');
}

export interface FetchOnce<T> {
  readonly cache: string;
  /** Name of the entry, a file or folder in the cache. */
  readonly name: string;
  /** The entry if it exists and is usable, else undefined. Called again once the lock is held. */
  readonly present: () => Promise<T | undefined>;
  /** Creates the entry at `draft`, a path that does not exist yet. Once this resolves it is renamed to `name`. */
  readonly fetch: (draft: string) => Promise<void>;
  /** Called once when another process is fetching the same entry. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches an entry of the cache unless it exists. During the fetch it has a temporary name, so an entry with its final
 * name is complete; a lock prevents two processes from fetching the same entry.
 */
export async function fetchOnce<T>(options: FetchOnce<T>): Promise<T> {
  await makeCache(options.cache);
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

async function makeCache(path: string): Promise<void> {
  try {
    await makeFolder(path);
  } catch (cause) {
    throw new QmtlError('E_FILE', `the cache folder ${path} cannot be created: ${describeFailure(cause)}`, {
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
    // A folder cannot replace one that has files; the existing one was just found unusable.
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
