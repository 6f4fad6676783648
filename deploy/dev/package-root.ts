import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of deploy/dev that is not compiled; found alike from the sources and from dist/. */
export function devFile(name: string): string {
  return join(packageRoot(), 'deploy', 'dev', name);
}

function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
