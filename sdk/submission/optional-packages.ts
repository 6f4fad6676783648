import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
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

/** Returns the result of `load`. Throws E_TOOL_MISSING with the line that installs what is missing or not usable. */
export async function needing<T>(packages: OptionalPackages, load: () => Promise<T>): Promise<T> {
  refuseOtherMajors(packages);
  return namingMissing(packages, load);
}

/** The same for a `load` that calls `refuseOtherMajors` itself. */
export async function namingMissing<T>(packages: OptionalPackages, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const missing = missingPackage(error);
    if (missing === undefined || !optionalPackages(packages).some(({ name }) => name === missing))
      throw error;
    throw new QmtlError('E_TOOL_MISSING', `the package ${missing} is not installed`, {
      hint: installLine(packages),
      cause: error,
    });
  }
}

/**
 * Refuses a package that is installed in another major version than the tested one, which has other exports and other behaviour.
 * `root`: the package whose dependencies they are.
 */
export function refuseOtherMajors(packages: OptionalPackages, root = packageRoot): void {
  for (const { name, range } of optionalPackages(packages)) {
    const found = installedVersion(name, root);
    if (found === undefined || majorOf(found) === majorOf(range)) continue;
    throw new QmtlError(
      'E_TOOL_MISSING',
      `the package ${name} is installed in version ${found}, and QMTL needs version ${majorOf(range)}`,
      { hint: installLine(packages) },
    );
  }
}

/** The version of a package that QMTL would load; undefined when it is not installed. */
export function installedVersion(name: string, root = packageRoot): string | undefined {
  const folders = createRequire(join(root, 'package.json')).resolve.paths(name) ?? [];
  const found = folders.map((folder) => join(folder, name, 'package.json')).find((file) => existsSync(file));
  if (found === undefined) return undefined;
  const manifest: unknown = JSON.parse(readFileSync(found, 'utf8'));
  return isPlainObject(manifest) ? String(manifest.version) : 'unknown';
}

export function majorOf(version: string): string {
  return version.split('.')[0] ?? '';
}

/** The line that installs the packages of one kind. */
export function installLine(packages: OptionalPackages): string {
  return `npm install ${optionalPackages(packages)
    .map(({ name, range }) => `${name}@${range}`)
    .join(' ')}`;
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
