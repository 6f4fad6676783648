import type { Node, Program } from 'oxc-parser';
import { isRealmGlobal } from './known-globals.js';
import { moduleHead } from './module-text.js';
import { type ModuleScopes, resolveScopes, thisOwner } from './scope.js';
import { allNodes, parseSource } from './syntax.js';

/** The helpers that a module may ask for beside globals of the realm (docs/spec/identity.md#closed-modules). */
export const helperNames: ReadonlySet<string> = new Set([
  'harden',
  'renew',
  'caught',
  'extensible',
  'trying',
  'closing',
  'closed',
  'enumOf',
  'commonJs',
  'assignable',
  'absent',
  'merged',
  'asynchronous',
  'memoising',
]);

/**
 * Why a text that others wrote is not a closed module: a script of one function that names nothing but its parameters.
 * Undefined when it is one. Only such a text may be executed: whatever else a script names is that of the process.
 */
export function closedModuleFault(text: string): string | undefined {
  if (!text.startsWith(moduleHead)) return `it begins with ${JSON.stringify(text.split('\n', 1)[0])}`;
  if (hidden.test(text)) return 'it contains control characters';
  const source = parseSource('module.js', text);
  if (!source.ok) return `it cannot be parsed: ${source.fault.message}`;
  const { program } = source.file;
  const parameters = parametersOf(program);
  if (parameters === undefined) return 'it is not one function of globals and helpers';
  const other = parameters.find((name) => !isRealmGlobal(name) && !helperNames.has(name));
  if (other !== undefined) return `it asks for ${other}, which the realm does not have`;
  return freeNameIn(program);
}

/** A terminal would act on them, or show another text than is executed. */
const hidden = /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/u;

/** The names of the object pattern that the function of a module has as its parameter; undefined for another script. */
function parametersOf({ body }: Program): string[] | undefined {
  const [, statement, ...more] = body;
  const made = statement?.type === 'ExpressionStatement' ? statement.expression : undefined;
  if (made?.type !== 'ArrowFunctionExpression' || made.async || more.length > 0) return undefined;
  const [pattern, ...others] = made.params;
  if (pattern?.type !== 'ObjectPattern' || others.length > 0) return undefined;
  const names = pattern.properties.flatMap((one) =>
    one.type === 'Property' && one.shorthand && one.value.type === 'Identifier' ? [one.value.name] : [],
  );
  return names.length === pattern.properties.length ? names : undefined;
}

/** What a script names that it does not declare. */
function freeNameIn(program: Program): string | undefined {
  const scopes = resolveScopes(program);
  const free = [...scopes.references].flatMap(([node, binding]) =>
    binding === undefined && node.type === 'Identifier' && !isOwnArguments(scopes, node) ? [node.name] : [],
  );
  if (free[0] !== undefined) return `it names ${free[0]}`;
  const isThis = (node: Node) =>
    node.type === 'ThisExpression' && thisOwner({ scopes }, node, program) === undefined;
  const nodes = [...allNodes(program)];
  if (nodes.some(isThis)) return 'it uses this outside of a function';
  const other = nodes.find(({ type }) => refused.has(type));
  return other === undefined ? undefined : `it uses ${other.type}`;
}

const refused: ReadonlySet<string> = new Set(['ImportExpression', 'AwaitExpression']);

/** Whether a free `arguments` is that of a function of the script. */
function isOwnArguments({ parentOf }: ModuleScopes, node: Extract<Node, { type: 'Identifier' }>): boolean {
  if (node.name !== 'arguments') return false;
  let at = parentOf(node);
  while (at !== undefined && at.type !== 'FunctionExpression' && at.type !== 'FunctionDeclaration')
    at = parentOf(at);
  return at !== undefined;
}
