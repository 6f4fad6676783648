import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { QmtlError } from '../domain/base/errors.js';
import { isPlainObject } from '../std/json.js';
import { packageRoot } from '../std/node/package-root.js';

/**
 * Packages that an author who writes and backtests does without: optional peer dependencies.
 * `client`: what sends to a control plane; `control-plane`: all of them, what its processes are made of.
 */
export type OptionalPackages = 'client' | 'control-plane';

const clientPackages: readonly string[] = [
  '@temporalio/client',
  '@temporalio/common',
  '@temporalio/proto',
  // What updates and queries are called is said in its terms.
  '@temporalio/workflow',
  'protobufjs',
];

/** What `load` gives, or E_TOOL_MISSING with the line that installs what it did not find. */
export async function needing<T>(packages: OptionalPackages, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const missing = missingPackage(error);
    const wanted = optionalPackages().filter(({ name }) => isPart(packages, name));
    if (missing === undefined || !wanted.some(({ name }) => name === missing)) throw error;
    const line = wanted.map(({ name, range }) => `${name}@${range}`).join(' ');
    throw new QmtlError('E_TOOL_MISSING', `the package ${missing} is not installed`, {
      hint: `npm install ${line}`,
      cause: error,
    });
  }
}

function isPart(packages: OptionalPackages, name: string): boolean {
  return packages === 'control-plane' || clientPackages.includes(name);
}

/** The package Node looked for in vain. */
function missingPackage(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_MODULE_NOT_FOUND')
    return undefined;
  return /^Cannot find package '([^']+)'/.exec(error.message)?.[1];
}

/** As package.json lists them. */
function optionalPackages(): { readonly name: string; readonly range: string }[] {
  const manifest: unknown = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
  const peers =
    isPlainObject(manifest) && isPlainObject(manifest.peerDependencies) ? manifest.peerDependencies : {};
  return Object.entries(peers).map(([name, range]) => ({ name, range: String(range) }));
}
