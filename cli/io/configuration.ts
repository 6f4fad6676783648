import { type ConfigText, loadConfig } from '../../config/load.js';
import type { Config } from '../../config/schema.js';
import { isMissingFile, readText } from './input.js';
import type { CliIo, GlobalOptions } from './io.js';

const defaultFile = 'qmtl.yaml';

/** The file given with --config, else qmtl.yaml in the working folder if it exists, else an empty text. */
export async function configText(io: CliIo, options: Pick<GlobalOptions, 'config'>): Promise<ConfigText> {
  const file = options.config ?? defaultFile;
  try {
    return { file, text: await readText(io, file) };
  } catch (error) {
    if (options.config === undefined && isMissingFile(error)) return { file: '', text: '' };
    throw error;
  }
}

export async function readConfig(io: CliIo, options: Pick<GlobalOptions, 'config'>): Promise<Config> {
  return loadConfig(await configText(io, options), io.env);
}
