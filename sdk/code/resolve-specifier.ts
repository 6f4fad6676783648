import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, extname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isPlainObject } from '../../std/json.js';

/** An installed package, identified by name and version, not by its location. */
export interface PackageRef {
  readonly name: string;
  readonly version: string;
  /** `name@version` of it and of all its dependencies, sorted. */
  readonly closure: readonly string[];
}

/** The target of an import specifier. */
export type Resolved =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'package'; readonly package: PackageRef; readonly specifier: string }
  | { readonly kind: 'builtin'; readonly name: string }
  | { readonly kind: 'unresolved'; readonly reason: string; readonly hint: string };

/** Resolves what Node, tsx and bundlers agree on: relative files (`.js` may mean `.ts`), built-in modules, installed packages. */
export function resolveSpecifier(importer: string, specifier: string): Resolved {
  if (isBuiltin(specifier)) return { kind: 'builtin', name: specifier };
  if (/^\.{0,2}\//.test(specifier) || specifier === '.' || specifier === '..') {
    return resolveFile(importer, resolve(dirname(importer), specifier), specifier);
  }
  if (specifier.startsWith('file:')) return resolveFile(importer, fileURLToPath(specifier), specifier);
  return resolvePackage(importer, specifier);
}

function resolveFile(importer: string, target: string, specifier: string): Resolved {
  const path = candidates(importer, target).find(isFile);
  if (path !== undefined) return { kind: 'file', path: realpathSync(path) };
  return {
    kind: 'unresolved',
    reason: `${specifier} is not a file`,
    hint: 'import project files by relative path, with the extension .js or .ts',
  };
}

/** A TypeScript source counts as the .js file compiled from it; for a .js importer an existing .js file comes first. */
function candidates(importer: string, target: string): string[] {
  const extension = extname(target);
  const typescript = typescriptExtensions(extension).map((to) => target.slice(0, -extension.length) + to);
  const exact = /\.[cm]?tsx?$/.test(importer) ? [...typescript, target] : [target, ...typescript];
  const completed = ['.ts', '.tsx', '.js', '.mjs', '/index.ts', '/index.js'].map((end) => target + end);
  return [...exact, ...completed];
}

function typescriptExtensions(extension: string): string[] {
  switch (extension) {
    case '.js':
      return ['.ts', '.tsx'];
    case '.mjs':
      return ['.mts'];
    case '.cjs':
      return ['.cts'];
    case '.jsx':
      return ['.tsx'];
    default:
      return [];
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function resolvePackage(importer: string, specifier: string): Resolved {
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  const folder = packageFolder(dirname(importer), name);
  if (folder === undefined) {
    return {
      kind: 'unresolved',
      reason: `${specifier} is neither a relative path nor an installed package`,
      hint: 'import it by a relative path: path aliases are not resolved',
    };
  }
  const manifest = readManifest(folder);
  if (manifest === undefined) {
    return {
      kind: 'unresolved',
      reason: `${folder} has no version`,
      hint: 'give its package.json a version',
    };
  }
  if (!isInstalled(folder) && name !== 'qmtl') {
    return {
      kind: 'unresolved',
      reason: `${name} is linked from ${folder}, so its version does not identify its code`,
      hint: 'import the files by a relative path, or install the package',
    };
  }
  const closure = [...packageClosure(name, folder)].sort();
  return { kind: 'package', specifier, package: { name, version: manifest.version, closure } };
}

function isInstalled(folder: string): boolean {
  return folder.includes(`${sep}node_modules${sep}`);
}

/** The real folder of the package, found as Node does: `node_modules` upwards, then the package of the importer. */
function packageFolder(from: string, name: string): string | undefined {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    if (existsSync(join(folder, 'package.json'))) return realpathSync(folder);
    if (readManifest(at)?.name === name) return at;
    if (dirname(at) === at) return undefined;
  }
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies: readonly string[];
}

const manifests = new Map<string, Manifest | undefined>();

function readManifest(folder: string): Manifest | undefined {
  if (!manifests.has(folder)) manifests.set(folder, parseManifest(join(folder, 'package.json')));
  return manifests.get(folder);
}

function parseManifest(path: string): Manifest | undefined {
  if (!existsSync(path)) return undefined;
  const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!isPlainObject(manifest)) return undefined;
  const { name, version, dependencies, optionalDependencies, peerDependencies } = manifest;
  if (typeof name !== 'string' || typeof version !== 'string') return undefined;
  const needed = [dependencies, optionalDependencies, peerDependencies].filter(isPlainObject);
  return { name, version, dependencies: needed.flatMap((group) => Object.keys(group)) };
}

const closures = new Map<string, ReadonlySet<string>>();

/** The installed dependencies of the package: the ranges in its manifest are less precise. */
function packageClosure(name: string, folder: string): ReadonlySet<string> {
  const known = closures.get(folder);
  if (known !== undefined) return known;
  const found = new Map([[folder, name]]);
  for (const at of found.keys()) {
    for (const dependency of readManifest(at)?.dependencies ?? []) {
      const dependencyFolder = packageFolder(at, dependency);
      if (dependencyFolder !== undefined) found.set(dependencyFolder, dependency);
    }
  }
  const closure = new Set([...found].map(([at, its]) => `${its}@${readManifest(at)?.version ?? 'unknown'}`));
  closures.set(folder, closure);
  return closure;
}
