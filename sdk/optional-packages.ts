import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { QmtlError } from '../domain/base/errors.js';
import { isPlainObject } from '../std/json.js';
import { packageRoot } from '../std/node/package-root.js';

/**
 * Packages that an author who writes and backtests does without: optional peer dependencies.
 * `client`: what sends to a control plane; `local-servers`: what also fetches and starts servers of this machine;
 * `control-plane`: all of them, what its processes are made of.
 */
export type OptionalPackages = 'client' | 'local-servers' | 'control-plane';

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
    const wanted = optionalPackages(packages);
    if (missing === undefined || !wanted.some(({ name }) => name === missing)) throw error;
    const line = wanted.map(({ name, range }) => `${name}@${range}`).join(' ');
    throw new QmtlError('E_TOOL_MISSING', `the package ${missing} is not installed`, {
      hint: `npm install ${line}`,
      cause: error,
    });
  }
}

function isPart(packages: OptionalPackages, name: string): boolean {
  if (packages === 'control-plane' || clientPackages.includes(name)) return true;
  return packages === 'local-servers' && name === 'tar-stream';
}

/** The package Node looked for in vain. */
function missingPackage(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_MODULE_NOT_FOUND')
    return undefined;
  return /^Cannot find package '([^']+)'/.exec(error.message)?.[1];
}

/** Those of a kind, as package.json lists them. */
export function optionalPackages(
  packages: OptionalPackages,
): { readonly name: string; readonly range: string }[] {
  const manifest: unknown = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
  const peers =
    isPlainObject(manifest) && isPlainObject(manifest.peerDependencies) ? manifest.peerDependencies : {};
  const wanted = Object.entries(peers).filter(([name]) => isPart(packages, name));
  return wanted.map(([name, range]) => ({ name, range: String(range) }));
}
