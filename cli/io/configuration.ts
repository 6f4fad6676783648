import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type ConfigText, loadConfig } from '../../config/load.js';
import type { Config } from '../../config/schema.js';
import { findErrno } from '../../std/node/errno.js';
import { readText } from './input.js';
import type { CliIo, GlobalOptions } from './io.js';

const defaultFile = 'qmtl.yaml';

/** The file given with --config, else qmtl.yaml in the working folder if it exists, else an empty text. */
export async function configText(io: CliIo, options: Pick<GlobalOptions, 'config'>): Promise<ConfigText> {
  const file = options.config ?? ((await isThere(resolve(io.cwd, defaultFile))) ? defaultFile : undefined);
  return file === undefined ? { file: '', text: '' } : { file, text: await readText(io, file) };
}

/** What is there but cannot be read counts: reading it says why. */
async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    return findErrno(error) !== 'ENOENT';
  }
}

export async function readConfig(io: CliIo, options: Pick<GlobalOptions, 'config'>): Promise<Config> {
  return loadConfig(await configText(io, options), io.env);
}
