import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import type { Environment } from './progress.js';

/** Whether a program of this machine is usable. */
export type ToolCheck =
  | { readonly usable: true; readonly path: string; readonly version: string }
  | { readonly usable: false; readonly why: string };

export const fixes = {
  cli: 'install the Temporal CLI (https://docs.temporal.io/cli#install) so that `temporal` is on PATH',
  java: 'install JDK 17 and Maven',
  go: 'install Go 1.25 or newer',
} as const;

/** The first executable file with this name on PATH. */
export async function findOnPath(name: string, env: Environment): Promise<string | undefined> {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const path = resolve(join(folder, name));
    if (folder !== '' && (await isExecutableFile(path))) return path;
  }
  return undefined;
}

export async function isExecutableFile(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
