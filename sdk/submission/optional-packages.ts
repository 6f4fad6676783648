import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { QmtlError } from '../../domain/base/errors.js';
import { isPlainObject } from '../../std/json.js';
import { findErrno } from '../../std/node/errno.js';
import { packageRoot } from '../../std/node/package-root.js';

/**
 * Optional peer dependencies: packages that are not needed to write and backtest strategies.
 * `client`: to send to a control plane; `local-servers`: also to fetch and start servers on this machine;
 * `control-plane`: all of them, for the processes of a control plane.
 */
export type OptionalPackages = 'client' | 'local-servers' | 'control-plane';

const clientPackages: readonly string[] = [
  '@temporalio/client',
  '@temporalio/common',
  '@temporalio/proto',
  // The contract defines updates and queries with it.
  '@temporalio/workflow',
  'protobufjs',
];

/** Returns the result of `load`. Throws E_TOOL_MISSING with the line that installs what is missing. */
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

/** Name of the package that Node did not find. */
function missingPackage(error: unknown): string | undefined {
  if (!(error instanceof Error) || findErrno(error) !== 'ERR_MODULE_NOT_FOUND') return undefined;
  return /^Cannot find package '([^']+)'/.exec(error.message)?.[1];
}

/**
 * The packages of one kind, with the versions this release is tested with. As peer dependencies they have no range: a package that
 * an author does not need must not constrain the versions of the author's own.
 */
export function optionalPackages(
  packages: OptionalPackages,
): { readonly name: string; readonly range: string }[] {
  const file = join(packageRoot, 'deploy/control-plane/package.json');
  const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const tested = isPlainObject(manifest) && isPlainObject(manifest.dependencies) ? manifest.dependencies : {};
  const wanted = Object.entries(tested).filter(([name]) => isPart(packages, name));
  return wanted.map(([name, range]) => ({ name, range: String(range) }));
}
