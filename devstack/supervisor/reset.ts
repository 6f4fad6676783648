import { existsSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { QmtlError } from '../../domain/base/errors.js';
import { describeFailure } from '../process/progress.js';
import { lockFolder, partNames, readStackState, stackPaths, untilAbandonedEnd } from './folder.js';

/** Deletes the data of a stack and nothing else in the folder, so that a mistyped path does no harm. */
export async function resetStack(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const paths = stackPaths(folder);
  // Held to the end, so that no stack starts meanwhile.
  const lock = await lockFolder(folder);
  try {
    // A state of another release is deleted too.
    const state = await readStackState(folder).catch(() => undefined);
    if (state !== undefined) await untilAbandonedEnd(lock, state.ports);
    const own = [...partNames.map(paths.data), join(folder, 'logs'), paths.password, paths.socket];
    // The state last: a folder without it counts as new.
    for (const path of [...own, paths.state]) await rm(path, { recursive: true, force: true });
  } catch (cause) {
    throw new QmtlError('E_FILE', `${folder} cannot be emptied: ${describeFailure(cause)}`, { cause });
  } finally {
    await lock.release();
  }
  // The folder has other files.
  await rmdir(folder).catch(() => undefined);
}
