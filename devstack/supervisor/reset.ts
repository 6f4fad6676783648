import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { QmtlError } from '../../domain/base/errors.js';
import { lockHolder } from '../process/file-lock.js';
import { describeFailure } from '../process/progress.js';
import { partNames, stackPaths } from './folder.js';

/** Deletes the data of a stack and nothing else in the folder, so that a mistyped path does no harm. */
export async function resetStack(folder: string): Promise<void> {
  const paths = stackPaths(folder);
  const holder = await lockHolder(paths.lock);
  if (holder !== undefined) {
    throw new QmtlError('E_FILE', `the stack in ${folder} is running (process ${holder})`, {
      hint: 'stop it first: `qmtl stack down`',
    });
  }
  const own = [...partNames.map(paths.data), join(folder, 'logs'), paths.password, paths.socket, paths.lock];
  try {
    // The state last: a folder without it counts as new.
    for (const path of [...own, paths.state]) await rm(path, { recursive: true, force: true });
  } catch (cause) {
    throw new QmtlError('E_FILE', `${folder} cannot be emptied: ${describeFailure(cause)}`, { cause });
  }
  // The folder has other files, or does not exist.
  await rmdir(folder).catch(() => undefined);
}
