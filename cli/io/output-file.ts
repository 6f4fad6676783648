import { stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { QmtlError } from '../../domain/base/errors.js';
import { makeFolder } from '../../std/node/make-folder.js';
import { describeReason, fileHint } from './input.js';
import type { CliIo } from './io.js';

/** A file to be written. Creating it reveals obstacles before any work is done for it. */
export interface OutputFile {
  /** Absolute. */
  readonly path: string;
  write(text: string): Promise<void>;
}

/** Creates the folder of the file if it is missing, and says so: its path may be mistyped. */
export async function outputFile(io: CliIo, file: string): Promise<OutputFile> {
  if (file === '')
    throw new QmtlError('E_USAGE', 'the path of the file to write is empty', { hint: 'name a file' });
  const path = resolve(io.cwd, file);
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory() === true) throw unwritable(file, 'it is a folder');
  const folder = dirname(path);
  const isNew = await makeFolder(folder).catch((cause: unknown) => {
    throw unwritable(file, describeReason(cause), cause);
  });
  if (isNew) io.note(`created the folder ${folder}`);
  return {
    path,
    write: (text) =>
      writeFile(path, text).catch((cause: unknown) => {
        throw unwritable(file, describeReason(cause), cause);
      }),
  };
}

function unwritable(file: string, reason: string, cause?: unknown): QmtlError {
  return new QmtlError('E_FILE', `${file} cannot be written: ${reason}`, {
    hint: fileHint(cause, 'choose a file in a folder you may write to'),
    cause,
  });
}
