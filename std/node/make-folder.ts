import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { findErrno } from './errno.js';

/**
 * Creates a folder and those above it, outermost first, each once: Node's own recursive mkdir never returns for a path in /proc, and
 * holds a thread until the process is killed. False when it was there. Rejects with the error of the system.
 */
export async function makeFolder(folder: string, mode?: number): Promise<boolean> {
  if (await isFolder(folder)) return false;
  const above = dirname(folder);
  if (above !== folder) await makeFolder(above, mode);
  try {
    await mkdir(folder, mode);
    return true;
  } catch (error) {
    // Another process was first.
    if (findErrno(error) === 'EEXIST' && (await isFolder(folder))) return false;
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
