import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isPlainObject } from '../domain/json.js';
import { packageRoot } from './package-root.js';

/** The version in package.json. */
export const version = versionOf(JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')));

function versionOf(manifest: unknown): string {
  return isPlainObject(manifest) && typeof manifest.version === 'string' ? manifest.version : 'unknown';
}
