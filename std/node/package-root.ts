import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isPlainObject } from '../json.js';

/** The folder of the installed package, whether this file runs from source or from `dist/`. */
export const packageRoot = rootOf(dirname(fileURLToPath(import.meta.url)));

/** The version in its package.json. */
export const packageVersion = versionOf(JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')));

function rootOf(folder: string): string {
  const parent = dirname(folder);
  return existsSync(join(folder, 'package.json')) || parent === folder ? folder : rootOf(parent);
}

function versionOf(manifest: unknown): string {
  return isPlainObject(manifest) && typeof manifest.version === 'string' ? manifest.version : 'unknown';
}
