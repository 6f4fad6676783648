import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type OptionalPackages, optionalPackages } from '../../sdk/submission/optional-packages.js';
import { packageRoot } from '../../std/node/package-root.js';

/** Whether the optional packages of one kind are installed, and the line that installs them all. */
export interface PackageFinding {
  readonly packages: OptionalPackages;
  readonly missing: readonly string[];
  readonly install: string;
}

/** Looks for the packages and imports none: that takes seconds. */
export function inspectPackages(packages: OptionalPackages): PackageFinding {
  const wanted = optionalPackages(packages);
  return {
    packages,
    missing: wanted.map(({ name }) => name).filter((name) => !isInstalled(name)),
    install: `npm install ${wanted.map(({ name, range }) => `${name}@${range}`).join(' ')}`,
  };
}

function isInstalled(name: string): boolean {
  const folders = createRequire(join(packageRoot, 'package.json')).resolve.paths(name) ?? [];
  return folders.some((folder) => existsSync(join(folder, name, 'package.json')));
}
