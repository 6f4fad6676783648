import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Node } from 'oxc-parser';
import { type Binding, patternNames } from './declarations.js';
import { type PackageRef, type Resolved, resolveSpecifier } from './resolve-specifier.js';
import { type ModuleScopes, resolveScopes } from './scope.js';
import { parseSource, type SourceFile, toPlace, toPosition } from './syntax.js';

/** A project file with its names resolved. */
export interface Module {
  readonly file: SourceFile;
  readonly scopes: ModuleScopes;
  readonly exports: ReadonlyMap<string, Export>;
  /** Specifiers of `export * from`. */
  readonly stars: readonly string[];
  /** Every static import and re-export. */
  readonly imports: readonly ImportStatement[];
}

interface ImportStatement {
  readonly specifier: string;
  readonly offset: number;
}

/** The reason why a file is not a module. */
export interface ModuleFault {
  /** `file:line:column`. */
  readonly place: string;
  readonly message: string;
  /** The line of the place. */
  readonly line: string;
}

/** The target of an export statement. */
type Export =
  | { readonly kind: 'local'; readonly name: string }
  | { readonly kind: 'node'; readonly node: Node }
  | { readonly kind: 'from'; readonly specifier: string; readonly name: string }
  | { readonly kind: 'namespace'; readonly specifier: string };

/** The definition of a name, after any number of imports and re-exports. */
export type Target =
  | { readonly kind: 'binding'; readonly module: Module; readonly binding: Binding }
  | { readonly kind: 'node'; readonly module: Module; readonly node: Node }
  | { readonly kind: 'namespace'; readonly module: Module }
  | { readonly kind: 'json'; readonly text: string; readonly name: string }
  | {
      readonly kind: 'package';
      readonly package: PackageRef;
      readonly specifier: string;
      readonly name: string;
    }
  | { readonly kind: 'builtin'; readonly name: string }
  | { readonly kind: 'unresolved'; readonly reason: string; readonly hint: string };

/** Parsed files are kept as long as the process; a file that changed on disk is parsed again by the next project. */
const parsed = new Map<string, Module>();

/** The current files of an author's project; each is read once. */
export class Project {
  readonly #modules = new Map<string, Module | ModuleFault>();
  readonly #targets = new Map<Binding, Target>();
  readonly #resolved = new Map<string, Resolved>();

  /** The module of an existing file, or the reason why it is not a module. */
  module(path: string): Module | ModuleFault {
    const known = this.#modules.get(path);
    if (known !== undefined) return known;
    const module = readModule(path);
    this.#modules.set(path, module);
    return module;
  }

  /** The definition of a name that an import statement declares. */
  importTarget(module: Module, binding: Binding): Target {
    const known = this.#targets.get(binding);
    if (known !== undefined) return known;
    const target = this.#importTarget(module, binding);
    this.#targets.set(binding, target);
    return target;
  }

  #importTarget(module: Module, binding: Binding): Target {
    const declaration = module.scopes.parentOf(binding.declaration);
    if (declaration?.type !== 'ImportDeclaration') {
      return {
        kind: 'unresolved',
        reason: 'its form of import is not supported',
        hint: 'use an import statement',
      };
    }
    const specifier = declaration.source.value;
    return this.#targetIn(module, specifier, importedName(binding.declaration), new Set());
  }

  /** The export of a module with this name; undefined when there is none. */
  exportTarget(module: Module, name: string, seen: Set<string> = new Set()): Target | undefined {
    const key = `${module.file.path}\n${name}`;
    if (seen.has(key)) return undefined;
    seen.add(key);
    const found = module.exports.get(name);
    if (found === undefined) return name === 'default' ? undefined : this.#starTarget(module, name, seen);
    if (found.kind === 'local') return this.localTarget(module, found.name);
    if (found.kind === 'node') return { kind: 'node', module, node: found.node };
    return this.#targetIn(module, found.specifier, found.kind === 'namespace' ? '*' : found.name, seen);
  }

  localTarget(module: Module, name: string): Target | undefined {
    const binding = module.scopes.moduleScope.bindings.get(name);
    if (binding === undefined) return undefined;
    return binding.kind === 'import'
      ? this.importTarget(module, binding)
      : { kind: 'binding', module, binding };
  }

  /** The modules themselves and every project file they import, directly or not. */
  importedBy(modules: readonly Module[]): Module[] {
    const found = new Set(modules);
    for (const module of found) {
      for (const { specifier } of module.imports) {
        const resolved = this.resolve(module, specifier);
        if (resolved.kind !== 'file' || extname(resolved.path) === '.json') continue;
        const imported = this.module(resolved.path);
        if (isModule(imported)) found.add(imported);
      }
    }
    return [...found];
  }

  resolve(module: Module, specifier: string): Resolved {
    const key = `${module.file.path}\n${specifier}`;
    const resolved = this.#resolved.get(key) ?? outsideOfSdk(resolveSpecifier(module.file.path, specifier));
    this.#resolved.set(key, resolved);
    return resolved;
  }

  #starTarget(module: Module, name: string, seen: Set<string>): Target | undefined {
    for (const specifier of module.stars) {
      const target = this.#targetIn(module, specifier, name, seen);
      if (target.kind !== 'unresolved') return target;
    }
    return undefined;
  }

  #targetIn(importer: Module, specifier: string, name: string, seen: Set<string>): Target {
    const resolved = this.resolve(importer, specifier);
    if (resolved.kind === 'package') return { ...resolved, name };
    if (resolved.kind !== 'file') return resolved;
    if (extname(resolved.path) === '.json')
      return { kind: 'json', text: readFileSync(resolved.path, 'utf8'), name };
    const module = this.module(resolved.path);
    if (!isModule(module)) {
      return { kind: 'unresolved', reason: `${module.place} ${module.message}`, hint: 'correct the file' };
    }
    if (name === '*') return { kind: 'namespace', module };
    return (
      this.exportTarget(module, name, seen) ?? {
        kind: 'unresolved',
        reason: `${resolved.path} does not export ${name}`,
        hint: 'export it, or import another name',
      }
    );
  }
}

/** The library's own files count as the package, even when they are imported by path. */
function outsideOfSdk(resolved: Resolved): Resolved {
  const isOwn = resolved.kind === 'file' && resolved.path.startsWith(sdkFolder);
  return isOwn ? resolveSpecifier(resolved.path, 'qmtl') : resolved;
}

const sdkFolder = fileURLToPath(new URL('..', import.meta.url));

export function isModule(module: Module | ModuleFault): module is Module {
  return 'scopes' in module;
}

function readModule(path: string): Module | ModuleFault {
  const text = readFileSync(path, 'utf8');
  const known = parsed.get(path);
  if (known?.file.text === text) return known;
  const source = parseSource(path, text);
  if (!source.ok) {
    const { message, offset } = source.fault;
    const line = text.split('\n')[toPosition(text, offset).line - 1] ?? '';
    return { place: toPlace({ path, text }, offset), message: `cannot be parsed: ${message}`, line };
  }
  const module = describeModule(source.file);
  parsed.set(path, module);
  return module;
}

function describeModule(file: SourceFile): Module {
  const exports = new Map<string, Export>();
  const stars: string[] = [];
  const imports: ImportStatement[] = [];
  for (const statement of file.program.body) {
    if ('source' in statement && statement.source !== null) {
      imports.push({ specifier: statement.source.value, offset: statement.source.start });
    }
    if (statement.type === 'ExportAllDeclaration' && statement.exported === null) {
      stars.push(statement.source.value);
    }
    for (const [name, one] of exportsOf(statement)) exports.set(name, one);
  }
  return { file, scopes: resolveScopes(file.program), exports, stars, imports };
}

function exportsOf(statement: Node): [string, Export][] {
  switch (statement.type) {
    case 'ExportNamedDeclaration':
      return namedExports(statement);
    case 'ExportDefaultDeclaration':
      return [['default', defaultExport(statement.declaration)]];
    case 'ExportAllDeclaration':
      return statement.exported === null
        ? []
        : [[moduleName(statement.exported), { kind: 'namespace', specifier: statement.source.value }]];
    default:
      return [];
  }
}

function namedExports(statement: Extract<Node, { type: 'ExportNamedDeclaration' }>): [string, Export][] {
  if (statement.declaration !== null) {
    return declaredNames(statement.declaration).map((name) => [name, { kind: 'local', name }]);
  }
  const specifier = statement.source?.value;
  return statement.specifiers.map(({ local, exported }) => {
    const name = moduleName(local);
    return [
      moduleName(exported),
      specifier === undefined ? { kind: 'local', name } : { kind: 'from', specifier, name },
    ];
  });
}

function declaredNames(declaration: Node): string[] {
  if (declaration.type === 'VariableDeclaration') {
    return declaration.declarations.flatMap(({ id }) => patternNames(id));
  }
  return 'id' in declaration && declaration.id !== null ? patternNames(declaration.id) : [];
}

function defaultExport(declaration: Node): Export {
  if (declaration.type === 'Identifier') return { kind: 'local', name: declaration.name };
  const named = declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration';
  return named && declaration.id !== null
    ? { kind: 'local', name: declaration.id.name }
    : { kind: 'node', node: declaration };
}

function importedName(specifier: Node): string {
  switch (specifier.type) {
    case 'ImportSpecifier':
      return moduleName(specifier.imported);
    case 'ImportNamespaceSpecifier':
      return '*';
    default:
      return 'default';
  }
}

/** The name of an export may be a string. */
function moduleName(node: Node): string {
  if (node.type === 'Identifier') return node.name;
  return node.type === 'Literal' ? String(node.value) : '';
}
