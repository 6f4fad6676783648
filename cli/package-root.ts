import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of this installation of qmtl, from source and from dist/ alike. */
export const packageRoot = rootOf(dirname(fileURLToPath(import.meta.url)));

function rootOf(folder: string): string {
  const parent = dirname(folder);
  return existsSync(join(folder, 'package.json')) || parent === folder ? folder : rootOf(parent);
}
