import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Node } from 'oxc-parser';
import { type Binding, endOfDeclared } from './declarations.js';
import { mergeEnums } from './merged-enums.js';
import { type Export, exportsOf, importedName } from './module-exports.js';
import { PackageBounds } from './package-bounds.js';
import { isInstalled, type Resolved, resolveSpecifier } from './resolve-specifier.js';
import { type ModuleScopes, resolveScopes } from './scope.js';
import { allNodes, parseSource, type SourceFile, staticName, toPlace, toPosition } from './syntax.js';

/** A file of the project or of a package, with its names resolved. */
export interface Module {
  readonly file: SourceFile;
  readonly isPackage: boolean;
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
  /** The way out, when it is not to correct the file. */
  readonly hint?: string;
}

/** The definition of a name, after any number of imports and re-exports. */
export type Target =
  | { readonly kind: 'binding'; readonly module: Module; readonly binding: Binding }
  | { readonly kind: 'node'; readonly module: Module; readonly node: Node }
  | { readonly kind: 'namespace'; readonly module: Module }
  /** The exports of a CommonJS file, or one of them; `isNamespace`: as `import * as name` sees them. */
  | {
      readonly kind: 'commonjs';
      readonly module: Module;
      readonly name: string | undefined;
      readonly isNamespace?: boolean;
    }
  | {
      readonly kind: 'json';
      readonly path: string;
      readonly text: string;
      readonly value: unknown;
      readonly name: string | undefined;
    }
  | { readonly kind: 'builtin'; readonly name: string }
  /** Something that this library exports. */
  | { readonly kind: 'qmtl' }
  | { readonly kind: 'unresolved'; readonly reason: string; readonly hint: string };

/** Parsed files are kept as long as the process; a file that changed on disk is parsed again by the next project. */
const parsed = new Map<string, Module>();

/** The current files of an author's project; each is read once. */
export class Project {
  readonly #modules = new Map<string, Module | ModuleFault>();
  readonly #targets = new Map<Binding, Target>();
  readonly #resolved = new Map<string, Resolved>();
  readonly #bounds = new PackageBounds();
  readonly #imported = new Map<Module, readonly Module[]>();
  /** By the paths of the files that import. Many functions reach the same files. */
  readonly #importedBy = new Map<string, readonly Module[]>();

  /** The module of an existing file, or the reason why it is not a module. */
  module(path: string, isPackage = isInstalled(path)): Module | ModuleFault {
    const known = this.#modules.get(path);
    if (known !== undefined) return known;
    const tooLarge = isPackage ? this.#bounds.enter(path) : undefined;
    const module = tooLarge === undefined ? readModule(path, isPackage) : { ...tooLarge, line: '' };
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

  /** The member of a namespace object with this name; undefined when there is none, or when it is not one. */
  memberTarget(namespace: Target, name: string): Target | undefined {
    if (namespace.kind === 'namespace') return this.exportTarget(namespace.module, name);
    if (namespace.kind === 'binding') {
      const member = namespace.binding.members?.get(name);
      return member === undefined ? undefined : this.bindingTarget(namespace.module, member);
    }
    if (namespace.kind !== 'commonjs' || namespace.isNamespace !== true) return undefined;
    return commonJsTarget(namespace.module, name);
  }

  /** The module that `require(specifier)` returns. */
  requireTarget(importer: Module, specifier: string): Target {
    return this.#targetIn(importer, specifier, wholeModule, new Set());
  }

  /** Every name that a module exports, in no order. */
  exportNames(module: Module, seen: Set<Module> = new Set()): Set<string> {
    seen.add(module);
    const names = new Set(module.exports.keys());
    for (const specifier of module.stars) {
      const target = this.#targetIn(module, specifier, '*', new Set());
      if (target.kind !== 'namespace' || seen.has(target.module)) continue;
      for (const name of this.exportNames(target.module, seen)) if (name !== 'default') names.add(name);
    }
    return names;
  }

  localTarget(module: Module, name: string): Target | undefined {
    const binding = module.scopes.moduleScope.bindings.get(name);
    if (binding === undefined) return undefined;
    return this.bindingTarget(module, binding);
  }

  /** What a name of a module refers to, through imports and aliases. */
  bindingTarget(module: Module, binding: Binding): Target {
    if (binding.kind === 'import') return this.importTarget(module, binding);
    return binding.kind === 'alias'
      ? this.#aliasTarget(module, binding)
      : { kind: 'binding', module, binding };
  }

  /** What a name, or a path of members of namespaces, refers to; undefined for anything else. */
  targetOf(module: Module, node: Node): Target | undefined {
    if (node.type === 'MemberExpression') {
      const whole = this.targetOf(module, node.object);
      const name = staticName(node.property, node.computed);
      return whole === undefined || name === undefined ? undefined : this.memberTarget(whole, name);
    }
    const { references, declarations } = module.scopes;
    const binding = references.get(node) ?? declarations.get(node);
    return binding === undefined ? undefined : this.bindingTarget(module, binding);
  }

  /** `import name = A.B` */
  #aliasTarget(module: Module, binding: Binding): Target {
    const known = this.#targets.get(binding);
    if (known !== undefined) return known;
    // An alias of itself is one of nothing.
    this.#targets.set(binding, unresolvedAlias);
    const { declaration } = binding;
    const target =
      declaration.type === 'TSImportEqualsDeclaration'
        ? this.#pathTarget(module, declaration.moduleReference, declaration)
        : undefined;
    this.#targets.set(binding, target ?? unresolvedAlias);
    return target ?? unresolvedAlias;
  }

  /** An alias has the value that its path has where it is declared. */
  #pathTarget(module: Module, path: Node, alias: Node): Target | undefined {
    if (path.type === 'TSQualifiedName') {
      const whole = this.#pathTarget(module, path.left, alias);
      const target = whole === undefined ? undefined : this.memberTarget(whole, path.right.name);
      const isLater =
        target?.kind === 'binding' && target.module === module && endOfDeclared(target.binding) > alias.start;
      return isLater ? undefined : target;
    }
    const binding = module.scopes.references.get(path);
    return binding === undefined ? undefined : this.bindingTarget(module, binding);
  }

  /** The modules themselves and every project file they import, directly or not. */
  importedBy(modules: readonly Module[]): readonly Module[] {
    const key = modules.map(({ file }) => file.path).join('\n');
    const known = this.#importedBy.get(key);
    if (known !== undefined) return known;
    const found = new Set(modules);
    for (const module of found) for (const imported of this.#importedFiles(module)) found.add(imported);
    const all = [...found];
    this.#importedBy.set(key, all);
    return all;
  }

  #importedFiles(module: Module): readonly Module[] {
    const known = this.#imported.get(module);
    if (known !== undefined) return known;
    const found = importedPaths(module).flatMap((specifier) => {
      const resolved = this.resolve(module, specifier);
      if (resolved.kind !== 'file' || resolved.isPackage || extname(resolved.path) === '.json') return [];
      const imported = this.module(resolved.path);
      return isModule(imported) ? [imported] : [];
    });
    this.#imported.set(module, found);
    return found;
  }

  resolve(module: Module, specifier: string): Resolved {
    const key = `${module.file.path}\n${specifier}`;
    const resolved = this.#resolved.get(key) ?? outsideOfSdk(resolveSpecifier(module.file.path, specifier));
    this.#resolved.set(key, resolved);
    return resolved;
  }

  /** Modules of others export everything for which no other module answers. */
  #starTarget(module: Module, name: string, seen: Set<string>): Target | undefined {
    const targets = module.stars.map((specifier) => this.#targetIn(module, specifier, name, seen));
    const found = targets.filter(({ kind }) => kind !== 'unresolved');
    return found.find(({ kind }) => kind !== 'qmtl' && kind !== 'commonjs') ?? found[0];
  }

  #targetIn(importer: Module, specifier: string, name: string, seen: Set<string>): Target {
    const resolved = this.resolve(importer, specifier);
    if (resolved.kind === 'builtin') return builtinTarget(resolved.name, name);
    if (resolved.kind !== 'file') return resolved;
    if (extname(resolved.path) === '.json') return jsonTarget(resolved.path, name);
    const module = this.module(resolved.path, resolved.isPackage);
    if (!isModule(module)) {
      const { place, message, hint = 'correct the file' } = module;
      return { kind: 'unresolved', reason: `${place} ${message}`, hint };
    }
    if (!module.file.hasModuleSyntax) return commonJsTarget(module, name);
    if (name === '*' || name === wholeModule) return { kind: 'namespace', module };
    return (
      this.exportTarget(module, name, seen) ?? {
        kind: 'unresolved',
        reason: `${resolved.path} does not export ${name}`,
        hint: 'export it, or import another name',
      }
    );
  }
}

const unresolvedAlias: Target = {
  kind: 'unresolved',
  reason: 'it is an alias of what no namespace before it declares',
  hint: 'declare the namespace before the alias, or write const name = … instead of import name = …',
};

/** Asked for by `require()`, which returns what CommonJS calls the exports. */
const wholeModule = '';

/** The member that an import names; undefined for the value as a whole. */
function memberName(name: string): string | undefined {
  return name === 'default' || name === wholeModule ? undefined : name;
}

function commonJsTarget(module: Module, name: string): Target {
  return name === '*'
    ? { kind: 'commonjs', module, name: undefined, isNamespace: true }
    : { kind: 'commonjs', module, name: memberName(name) };
}

function jsonTarget(path: string, name: string): Target {
  if (name === '*') {
    return { kind: 'unresolved', reason: 'a JSON file has no names', hint: 'import its default' };
  }
  const text = readFileSync(path, 'utf8');
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return { kind: 'json', path, text, value, name: memberName(name) };
  } catch (error) {
    const reason = `${path} is not JSON: ${error instanceof Error ? error.message : ''}`;
    return { kind: 'unresolved', reason, hint: 'correct the file' };
  }
}

const require = createRequire(import.meta.url);

/** Asks the module itself, so that `export *` does not export names that it lacks. */
function builtinTarget(builtin: string, name: string): Target {
  const exported: unknown = require(builtin);
  const isWhole = name === '*' || memberName(name) === undefined;
  const has = typeof exported === 'object' && exported !== null && name in exported;
  return isWhole || has || typeof exported === 'function'
    ? { kind: 'builtin', name: builtin }
    : { kind: 'unresolved', reason: `${builtin} does not export ${name}`, hint: 'import another name' };
}

const required = new WeakMap<Module, readonly string[]>();

/** What a file imports, or requires. */
function importedPaths(module: Module): readonly string[] {
  const imports = module.imports.map(({ specifier }) => specifier);
  if (module.file.hasModuleSyntax) return imports;
  const paths =
    required.get(module) ??
    [...allNodes(module.file.program)].flatMap((node) => requiredPath(module, node) ?? []);
  required.set(module, paths);
  return paths;
}

/** The path of a call of the `require` of CommonJS. */
export function requiredPath(module: Module, node: Node): string | undefined {
  if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier' || node.callee.name !== 'require') {
    return undefined;
  }
  const [path] = node.arguments;
  if (module.file.hasModuleSyntax || module.scopes.references.get(node.callee) !== undefined)
    return undefined;
  return path?.type === 'Literal' && typeof path.value === 'string' ? path.value : undefined;
}

/** The library's own files count as the package, even when they are imported by path. */
function outsideOfSdk(resolved: Resolved): Resolved {
  return resolved.kind === 'file' && resolved.path.startsWith(sdkFolder) ? { kind: 'qmtl' } : resolved;
}

const sdkFolder = fileURLToPath(new URL('..', import.meta.url));

export function isModule(module: Module | ModuleFault): module is Module {
  return 'scopes' in module;
}

function readModule(path: string, isPackage: boolean): Module | ModuleFault {
  const text = readFileSync(path, 'utf8');
  const known = parsed.get(path);
  if (known?.file.text === text) return known;
  const source = parseSource(path, text);
  if (!source.ok) {
    const { message, offset } = source.fault;
    const line = text.split('\n')[toPosition(text, offset).line - 1] ?? '';
    return { place: toPlace({ path, text }, offset), message: `cannot be parsed: ${message}`, line };
  }
  const module = describeModule(source.file, isPackage);
  parsed.set(path, module);
  return module;
}

function describeModule(file: SourceFile, isPackage: boolean): Module {
  mergeEnums(file.program);
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
  return { file, isPackage, scopes: resolveScopes(file.program), exports, stars, imports };
}
