import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { QmtlError } from '../../domain/base/errors.js';
import { lockHolder } from '../process/file-lock.js';
import { describeFailure } from '../process/progress.js';
import { partNames, stackPaths } from './folder.js';

/** Deletes what a stack keeps, and nothing else that may be in the folder: nobody loses a home to a mistyped one. */
export async function resetStack(folder: string): Promise<void> {
  const paths = stackPaths(folder);
  const holder = await lockHolder(paths.lock);
  if (holder !== undefined) {
    throw new QmtlError('E_FILE', `the stack in ${folder} runs (process ${holder})`, {
      hint: 'stop it first: `qmtl stack down`',
    });
  }
  const own = [...partNames.map(paths.data), join(folder, 'logs'), paths.password, paths.socket, paths.lock];
  try {
    // The state last: without it the rest would be taken for a new folder.
    for (const path of [...own, paths.state]) await rm(path, { recursive: true, force: true });
  } catch (cause) {
    throw new QmtlError('E_FILE', `${folder} cannot be emptied: ${describeFailure(cause)}`, { cause });
  }
  // Something else in it, or never made: either is fine.
  await rmdir(folder).catch(() => undefined);
}
