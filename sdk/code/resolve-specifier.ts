import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, extname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exports as exportsOf, imports as importsOf } from 'resolve.exports';
import { isPlainObject } from '../../std/json.js';

/** The target of an import specifier. */
export type Resolved =
  | { readonly kind: 'file'; readonly path: string; readonly isPackage: boolean }
  | { readonly kind: 'qmtl' }
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
  if (path !== undefined) {
    const real = realpathSync(path);
    return { kind: 'file', path: real, isPackage: isInstalled(real) };
  }
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
  const completed = ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json', '/index.ts', '/index.js'].map(
    (end) => target + end,
  );
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

/** As Node does for `import`: by `exports` of the package, else its `main` or the path in its folder. */
function resolvePackage(importer: string, specifier: string): Resolved {
  const own = specifier.startsWith('#') ? ownPackage(dirname(importer)) : undefined;
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  const folder = own ?? packageFolder(dirname(importer), name);
  const manifest = folder === undefined ? undefined : readManifest(folder);
  if (folder === undefined || manifest === undefined) {
    return {
      kind: 'unresolved',
      reason: `${specifier} is neither a relative path nor an installed package`,
      hint: 'import it by a relative path: path aliases are not resolved',
    };
  }
  if (manifest.name === 'qmtl') return { kind: 'qmtl' };
  const target = entryOf(manifest, specifier, name);
  const path = target === undefined ? undefined : candidates(importer, join(folder, target)).find(isFile);
  if (path === undefined) {
    return {
      kind: 'unresolved',
      reason: `the package ${manifest.name ?? name} in ${folder} does not export ${specifier}`,
      hint: 'import a path that the package exports',
    };
  }
  return { kind: 'file', path: realpathSync(path), isPackage: true };
}

/** The path of the specifier in the folder of the package. */
function entryOf(manifest: Manifest, specifier: string, name: string): string | undefined {
  try {
    if (specifier.startsWith('#')) return importsOf(manifest, specifier)?.[0];
    if (manifest.exports !== undefined) return exportsOf(manifest, `.${specifier.slice(name.length)}`)?.[0];
  } catch {
    return undefined;
  }
  const path = specifier.slice(name.length);
  return path === '' ? (manifest.main ?? 'index.js') : `.${path}`;
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

function ownPackage(from: string): string | undefined {
  for (let at = from; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return realpathSync(at);
    if (dirname(at) === at) return undefined;
  }
}

interface Manifest {
  readonly name: string;
  readonly main: string | undefined;
  readonly exports: unknown;
  readonly [member: string]: unknown;
}

function readManifest(folder: string): Manifest | undefined {
  const path = join(folder, 'package.json');
  if (!existsSync(path)) return undefined;
  const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!isPlainObject(manifest)) return undefined;
  const { name, main } = manifest;
  return {
    ...manifest,
    name: typeof name === 'string' ? name : '',
    main: typeof main === 'string' ? main : undefined,
    exports: manifest.exports,
  };
}

/** Whether a file belongs to an installed package, whose code is not the author's. */
export function isInstalled(path: string): boolean {
  return path.includes(`${sep}node_modules${sep}`);
}

/** The name of the installed package that a file belongs to. */
export function packageName(path: string): string {
  const [, name = ''] = /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/s.exec(path) ?? [];
  return name.replaceAll('\\', '/');
}
