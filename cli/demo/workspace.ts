import { rmSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QmtlError } from '../../domain/base/errors.js';
import { packageRoot } from '../../std/node/package-root.js';
import type { CliIo } from '../io/io.js';

/** A scratch folder with the example strategies and variants of them. */
export interface DemoWorkspace {
  readonly folder: string;
  /** Path of an unchanged example. */
  example(name: string): string;
  /** Writes `<name>-<variant>.ts`, the example with an edit, and returns its path. */
  variant(name: string, variant: string, edit: (source: string) => string): Promise<string>;
  remove(): Promise<void>;
}

/** Examples import `qmtl` by name, as in an author's project, so the folder gets a link to this package. */
export async function openDemoWorkspace(io: CliIo): Promise<DemoWorkspace> {
  const folder = await mkdtemp(join(tmpdir(), 'qmtl-demo-'));
  // A second Ctrl-C ends the process at once.
  const forget = io.atExit(() => rmSync(folder, { recursive: true, force: true }));
  const remove = async () => {
    await rm(folder, { recursive: true, force: true });
    forget();
  };
  try {
    await fillWorkspace(folder);
  } catch (error) {
    await remove();
    throw error;
  }
  const example = (name: string) => join(folder, `${name}.ts`);
  return {
    folder,
    example,
    variant: async (name, variant, edit) => {
      const source = await readFile(example(name), 'utf8');
      const edited = edit(source);
      if (edited === source)
        throw new QmtlError('E_INTERNAL', `the ${variant} edit does not change ${name}.ts`);
      const path = example(`${name}-${variant}`);
      await writeFile(path, edited);
      return path;
    },
    remove,
  };
}

async function fillWorkspace(folder: string): Promise<void> {
  await cp(join(packageRoot, 'examples'), folder, { recursive: true });
  await mkdir(join(folder, 'node_modules'));
  await symlink(packageRoot, join(folder, 'node_modules', 'qmtl'), 'dir');
  const manifest = { name: 'qmtl-demo', private: true, type: 'module' };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
}

/** The same code with other comments, line breaks and spacing. */
export function reformatted(source: string): string {
  const commented = source
    .split('\n')
    .map((line) => (line.trim() === '' ? line : `${line} // looked at again`));
  const spaced = commented.map((line) => (/^ {2}\w+: /.test(line) ? `\n      ${line.trim()}` : line));
  return ['/* Only the looks of this file have changed. */', ...spaced, ''].join('\n');
}
