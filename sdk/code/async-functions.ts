import type { Node } from 'oxc-parser';
import type { CodeDefinition, Definition } from './definitions.js';
import { type Finding, findingAt } from './finding.js';
import type { Module } from './project.js';
import { allNodes, type FunctionNode, isFunctionNode, listChildren, staticName } from './syntax.js';
import { identifier, type Tree } from './tree.js';

type Code = Pick<CodeDefinition, 'module' | 'node'>;

export const asyncHint = 'compute returns its row synchronously, and is called for every bar';

/**
 * Whether an async function is only a member of something else: a method of a class, or a function in an object. Compute may use the
 * rest of it. The closed module has, instead of its code, a function that fails the bar when it is called.
 */
export function isUncalledAsync({ module, node: outer }: Code, node: Node): boolean {
  return isFunctionNode(node) && node.async && node !== outer && memberName(module, node) !== undefined;
}

function memberName({ scopes }: Module, node: FunctionNode): string | undefined {
  const member = scopes.parentOf(node);
  switch (member?.type) {
    case 'MethodDefinition':
    case 'Property':
    case 'PropertyDefinition':
      return member.value === node ? keyName(member.key, member.computed) : undefined;
    default:
      return undefined;
  }
}

function keyName(key: Node, computed: boolean): string | undefined {
  return key.type === 'PrivateIdentifier' ? `#${key.name}` : staticName(key, computed);
}

/** The nodes of a definition without what an async function of it would do. Without recursion: trees may be deep. */
export function* evaluatedNodes(definition: Code): Generator<Node, void, undefined> {
  const waiting: Node[] = [definition.node];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (isUncalledAsync(definition, node)) continue;
    yield node;
    waiting.push(...listChildren(node).reverse());
  }
}

/** Async functions that code visibly asks for: the name is enough, whatever it is a member of. */
export function asyncFindings(definitions: readonly Definition[]): Finding[] {
  const code = definitions.flatMap((one) => (one.kind === 'code' ? [one] : []));
  const members = code.flatMap((definition) =>
    membersOf(definition).async.map((one) => ({ definition, ...one })),
  );
  if (members.length === 0) return [];
  const read = new Set(code.flatMap((one) => [...membersOf(one).read]));
  return members.flatMap(({ definition, name, node }) => {
    if (!read.has(name)) return [];
    return [findingAt('E_IMPURE_COMPUTE', definition.module, node, 'is an async function', asyncHint)];
  });
}

interface Members {
  readonly async: readonly { readonly name: string; readonly node: Node }[];
  readonly read: ReadonlySet<string>;
}

/** A definition is part of many closed modules. */
const known = new WeakMap<CodeDefinition, Members>();

function membersOf(definition: CodeDefinition): Members {
  const found = known.get(definition) ?? findMembers(definition);
  known.set(definition, found);
  return found;
}

function findMembers(definition: CodeDefinition): Members {
  const async = [...allNodes(definition.node)].flatMap((node) => {
    const name =
      isFunctionNode(node) && isUncalledAsync(definition, node)
        ? memberName(definition.module, node)
        : undefined;
    return name === undefined ? [] : [{ name, node }];
  });
  const read = [...evaluatedNodes(definition)].flatMap((node) => readName(definition, node) ?? []);
  return { async, read: new Set(read) };
}

/** The name of a member that is read: `a.name`, and `const { name } = a`. */
function readName({ module }: CodeDefinition, node: Node): string | undefined {
  if (node.type === 'MemberExpression') return keyName(node.property, node.computed);
  const isPattern = node.type === 'Property' && module.scopes.parentOf(node)?.type === 'ObjectPattern';
  return isPattern ? keyName(node.key, node.computed) : undefined;
}

/** In place of its code: the same number of parameters, and a call of the helper that fails. */
export function refusingTree({ type, params }: FunctionNode, unused: () => string, helped: Tree): Tree {
  const optional = params.findIndex((one) => one.type === 'AssignmentPattern' || one.type === 'RestElement');
  const required = optional === -1 ? params : params.slice(0, optional);
  const body = { type: 'BlockStatement', body: [{ type: 'ExpressionStatement', expression: helped }] };
  const kind = type === 'ArrowFunctionExpression' ? { expression: false } : { id: null, generator: false };
  return { type, ...kind, async: false, params: required.map(() => identifier(unused())), body };
}
