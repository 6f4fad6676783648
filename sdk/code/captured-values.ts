import type { Node } from 'oxc-parser';
import type { CapturedValue, CapturedValues } from './code-analysis.js';
import {
  type CodeDefinition,
  type Definition,
  isFunctionDefinition,
  isLiteral,
  type Use,
} from './definitions.js';
import { findingAt } from './finding.js';
import { importedName } from './module-exports.js';
import { type ModuleText, moduleText, type TextOf } from './module-text.js';
import type { Module } from './project.js';
import { type SourceFunction, SourcePlaces, type TextPosition } from './source-places.js';
import { staticName } from './syntax.js';

/**
 * Every value that the definitions of closed modules name, each once in a file. Literals have no other value in the program.
 * Most modules are compared together with others, so what one of them captures is found when it is asked for.
 */
export class Captures implements CapturedValues {
  readonly roots: readonly CodeDefinition[];
  /** Everything that the roots reach. */
  readonly definitions: ReadonlySet<Definition>;
  readonly textOf: TextOf;
  #module: ModuleText | undefined;
  #values: readonly CapturedValue[] | undefined;
  #files: readonly Module[] | undefined;
  #places: SourcePlaces | undefined;

  constructor(
    roots: readonly CodeDefinition[],
    definitions: ReadonlySet<Definition>,
    textOf: TextOf,
    module?: ModuleText,
  ) {
    this.roots = roots;
    this.definitions = definitions;
    this.textOf = textOf;
    this.#module = module;
  }

  get file(): string {
    return this.roots[0]?.module.file.path ?? '';
  }

  get module(): ModuleText {
    this.#module ??= moduleText(this.roots, this.textOf);
    return this.#module;
  }

  get values(): readonly CapturedValue[] {
    this.#values ??= valuesOf(this.definitions, this.module);
    return this.#values;
  }

  declares(name: string): boolean {
    this.#files ??= [...filesOf(this.definitions)];
    return this.#files.some(({ scopes }) => scopes.moduleScope.bindings.has(name));
  }

  functionAt(position: TextPosition): SourceFunction | undefined {
    // The script differs from the text of the module in its last lines alone.
    this.#places ??= new SourcePlaces(this.module.text, this.module.statements);
    return this.#places.functionAt(position);
  }

  scriptOf(chosen: readonly CapturedValue[]): string {
    const { module } = this;
    const listed = (is: (definition: Definition) => boolean) =>
      [...this.definitions]
        .filter(is)
        .map((definition) => module.expressionOf({ definition, name: undefined }))
        .join(', ');
    const texts = (some: readonly CapturedValue[]) => some.map(({ expression }) => expression).join(', ');
    const packaged = texts(chosen.filter(({ isOfPackage }) => isOfPackage));
    const constants = `[${texts(chosen)}], [${listed(isDeclared)}]`;
    return module.returning(`[${constants}, [${listed(isImported)}], [${packaged}]]`);
  }
}

function valuesOf(definitions: Iterable<Definition>, module: ModuleText): readonly CapturedValue[] {
  const values = new Map<string, CapturedValue>();
  for (const definition of definitions) {
    for (const value of capturedIn(definition, module)) {
      const key = `${value.file}\n${value.path.join('.')}`;
      if (!values.has(key)) values.set(key, value);
    }
  }
  return [...values.values()];
}

function capturedIn(definition: Definition, module: ModuleText): CapturedValue[] {
  if (definition.kind !== 'code') return [];
  return [...definition.names].flatMap(([node, use]) => capturedAt(definition, node, use, module));
}

/** What a definition names of what packages define. */
export function packagedUses(definition: Definition): readonly Use[] {
  const named = definition.kind === 'code' ? [...definition.names.values()] : [];
  return named.flatMap(parts).flatMap(({ use }) => (isPackaged(use) ? [use] : []));
}

function isPackaged({ definition }: Use): boolean {
  return definition.kind === 'code' && definition.module.isPackage;
}

/** The files whose code is part of some definitions. */
export function filesOf(definitions: Iterable<Definition>): ReadonlySet<Module> {
  const files = new Set<Module>();
  for (const one of definitions) if (one.kind === 'code') files.add(one.module);
  return files;
}

/** A file as a whole is compared by its exports: what it is itself depends on the loader. */
function capturedAt({ module }: CodeDefinition, node: Node, named: Use, text: ModuleText): CapturedValue[] {
  const path = pathOf(node);
  if (path === undefined) return [];
  const imported = importedAs(module, path.first);
  return parts(named).flatMap(({ members, use }) => {
    const { definition } = use;
    if (isLiteral(definition)) return [];
    return {
      file: module.file.path,
      path: [path.names[0], ...path.names.slice(1), ...members],
      imported,
      isOfPackage: isPackaged(use),
      isFunction: isFunctionDefinition(definition) && !isDeclared(definition),
      expression: text.expressionOf(use),
      refusal: (message, hint) => findingAt('E_CAPTURE', module, node, message, hint),
    };
  });
}

function parts(use: Use): { readonly members: readonly string[]; readonly use: Use }[] {
  const { definition } = use;
  if (definition.kind !== 'namespace' || isDeclared(definition)) return [{ members: [], use }];
  return [...definition.members].flatMap(([name, member]) =>
    member.definition.kind === 'namespace' ? [] : { members: [name], use: member },
  );
}

function importedAs({ scopes }: CodeDefinition['module'], name: Node): string | undefined {
  const binding = scopes.references.get(name);
  return binding?.kind === 'import' ? importedName(binding.declaration) : undefined;
}

interface Path {
  readonly names: CapturedValue['path'];
  readonly first: Node;
}

/** `a.b.c`; undefined for another expression. */
function pathOf(node: Node): Path | undefined {
  if (node.type === 'Identifier') return { names: [node.name], first: node };
  if (node.type !== 'MemberExpression') return undefined;
  const object = pathOf(node.object);
  const name = staticName(node.property, node.computed);
  return object === undefined || name === undefined
    ? undefined
    : { names: [...object.names, name], first: object.first };
}

/** Whether it is, or has, a namespace that is declared in a file: its members are getters in the closed module. */
function isDeclared(definition: Definition): boolean {
  if (definition.kind === 'namespace') return definition.declared !== undefined;
  return definition.kind === 'code' && definition.members.size > 0;
}

/** Whether it is a file as a whole: `import * as name`. */
export function isImported(definition: Definition): boolean {
  return definition.kind === 'namespace' && definition.declared === undefined;
}
