import type { Node } from 'oxc-parser';
import type { Closure } from './closure.js';
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
import type { ModuleText } from './module-text.js';
import type { SourcePlaces } from './source-places.js';
import { staticName } from './syntax.js';

/** Every value that the definitions of a closed module name, each once in a file. Literals have no other value in the program. */
export function capturedValues(
  { root, definitions }: Closure,
  module: ModuleText,
  places: SourcePlaces,
): CapturedValues {
  const uses = definitions.flatMap((definition) =>
    definition.kind === 'code' ? [...definition.names].map(([node, use]) => ({ definition, node, use })) : [],
  );
  const values = new Map<string, CapturedValue>();
  for (const { definition, node, use } of uses) {
    for (const value of capturedAt(definition, node, use, module)) {
      const key = `${value.file}\n${value.path.join('.')}`;
      if (!values.has(key)) values.set(key, value);
    }
  }
  const modules = new Set(definitions.flatMap((one) => (one.kind === 'code' ? [one.module] : [])));
  const listed = (is: (definition: Definition) => boolean) =>
    definitions
      .filter(is)
      .map((definition) => module.expressionOf({ definition, name: undefined }))
      .join(', ');
  return {
    file: root.module.file.path,
    values: [...values.values()],
    // The script differs from the text in its last lines alone.
    functionAt: (position) => places.functionAt(position),
    declares: (name) => [...modules].some(({ scopes }) => scopes.moduleScope.bindings.has(name)),
    scriptOf: (chosen) => {
      const texts = (some: readonly CapturedValue[]) => some.map(({ expression }) => expression).join(', ');
      const packaged = texts(chosen.filter(({ isOfPackage }) => isOfPackage));
      const constants = `[${texts(chosen)}], [${listed(isDeclared)}]`;
      return module.returning(`[${constants}, [${listed(isImported)}], [${packaged}]]`);
    },
  };
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
      isOfPackage: definition.kind === 'code' && definition.module.isPackage,
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
function isImported(definition: Definition): boolean {
  return definition.kind === 'namespace' && definition.declared === undefined;
}
