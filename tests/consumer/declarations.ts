import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Node, parseSync, visitorKeys } from 'oxc-parser';

/** The declarations reached from a face. */
export interface DeclarationsReached {
  /** Names the face exports. */
  readonly exported: readonly string[];
  /** Names of all types in its signatures, and in the signatures of those types; sorted. */
  readonly types: readonly string[];
  /** Packages and modules of Node that such a type comes from. */
  readonly packages: readonly string[];
}

/** A declaration: the file it is in, and its name there. */
interface Place {
  readonly file: string;
  readonly name: string;
}

/** Follows every type from the exports of a face through the `.d.ts` files of the package, except names of the language. */
export function declarationsReached(face: string): DeclarationsReached {
  const files = new Map<string, DeclarationFile>();
  const open = (file: string): DeclarationFile => {
    const known = files.get(file) ?? new DeclarationFile(file);
    files.set(file, known);
    return known;
  };
  const exported = open(face).reExports();
  const seen = new Map(exported.map((place) => [`${place.file} ${place.name}`, place]));
  const types = new Set<string>();
  const packages = new Set<string>();
  for (const { file, name } of seen.values()) {
    for (const used of open(file).typesIn(name)) {
      const target = open(file).target(used);
      if (target === undefined) continue;
      if (typeof target === 'string') packages.add(target);
      else {
        types.add(target.name);
        seen.set(`${target.file} ${target.name}`, target);
      }
    }
  }
  return { exported: exported.map(({ name }) => name), types: [...types].sort(), packages: [...packages] };
}

class DeclarationFile {
  readonly #path: string;
  readonly #parsed: ReturnType<typeof parseSync>;

  constructor(path: string) {
    this.#path = path;
    this.#parsed = parseSync(path, readFileSync(path, 'utf8'), { lang: 'dts' });
  }

  reExports(): Place[] {
    return this.#parsed.module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ exportName, moduleRequest }) =>
        exportName.name === null || moduleRequest === null
          ? []
          : [{ file: this.#fileOf(moduleRequest.value), name: exportName.name }],
      ),
    );
  }

  /** Where a name used in this file is declared; the specifier when that is not a file; undefined for a name of the language. */
  target(name: string): Place | string | undefined {
    if (this.#declarations(name).length > 0) return { file: this.#path, name };
    for (const { moduleRequest, entries } of this.#parsed.module.staticImports) {
      const entry = entries.find(({ localName }) => localName.value === name);
      if (entry === undefined) continue;
      const from = moduleRequest.value;
      return from.startsWith('.') ? { file: this.#fileOf(from), name: entry.importName.name ?? name } : from;
    }
    return undefined;
  }

  /** Names of the types in the declarations of a name, without its own parameters. */
  typesIn(name: string): Set<string> {
    const found = new Set<string>();
    const parameters = new Set<string>();
    for (const declaration of this.#declarations(name)) collect(declaration, found, parameters);
    return new Set([...found].filter((type) => !parameters.has(type) && type !== name));
  }

  #declarations(name: string): Node[] {
    return this.#parsed.program.body.flatMap((statement) => {
      const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
      return declaration !== null && namesOf(declaration).includes(name) ? [declaration] : [];
    });
  }

  #fileOf(specifier: string): string {
    return join(dirname(this.#path), specifier.replace(/\.js$/, '.d.ts'));
  }
}

/** Types that a declaration declares. The compiler writes out the type behind `typeof` of a constant. */
function namesOf(declaration: Node): string[] {
  if (declaration.type === 'TSInterfaceDeclaration' || declaration.type === 'TSTypeAliasDeclaration') {
    return [declaration.id.name];
  }
  const isCallable = declaration.type === 'TSDeclareFunction' || declaration.type === 'FunctionDeclaration';
  if (!isCallable && declaration.type !== 'ClassDeclaration') return [];
  return declaration.id === null ? [] : [declaration.id.name];
}

function collect(node: Node, found: Set<string>, parameters: Set<string>): void {
  const name = typeNamed(node);
  if (name !== undefined) found.add(name);
  if (node.type === 'TSTypeParameter') parameters.add(node.name.name);
  if (node.type === 'TSMappedType') parameters.add(node.key.name);
  const children = (visitorKeys[node.type] ?? []).flatMap((key): unknown => Reflect.get(node, key));
  for (const child of children) if (isNode(child)) collect(child, found, parameters);
}

/** The type named by a reference or a heritage clause. */
function typeNamed(node: Node): string | undefined {
  if (node.type === 'TSTypeReference') {
    return node.typeName.type === 'Identifier' ? node.typeName.name : undefined;
  }
  if (node.type !== 'TSInterfaceHeritage') return undefined;
  return node.expression.type === 'Identifier' ? node.expression.name : undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}
