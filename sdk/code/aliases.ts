import type { Node } from 'oxc-parser';
import type { Binding } from './declarations.js';
import type { Module } from './project.js';
import { isFunctionNode, staticName } from './syntax.js';

/**
 * The variable whose value, or a part of it, another one holds: `const u = t`, `const { a: u } = t.b`, `for (const u of t)`,
 * `t.forEach((u) => …)`. Undefined when it holds a value of its own, as far as the declaration shows.
 */
export function aliased(module: Module, binding: Binding): Binding | undefined {
  const source = sourceOf(module, binding);
  const root = source === undefined ? undefined : rootOf(source);
  return root?.type === 'Identifier' ? module.scopes.references.get(root) : undefined;
}

/** The variable of `a.b[0].c`. */
export function rootOf(node: Node): Node {
  let root = node;
  while (root.type === 'MemberExpression' || root.type === 'ChainExpression') {
    root = root.type === 'MemberExpression' ? root.object : root.expression;
  }
  return root;
}

function sourceOf(module: Module, { declaration, kind, name }: Binding): Node | undefined {
  if (kind === 'parameter') return iteratedBy(module, declaration, name);
  if (declaration.type !== 'VariableDeclarator') return undefined;
  if (declaration.init !== null) return declaration.init;
  const { parentOf } = module.scopes;
  const variables = parentOf(declaration);
  const loop = variables === undefined ? undefined : parentOf(variables);
  return loop?.type === 'ForOfStatement' && loop.left === variables ? loop.right : undefined;
}

/** The list whose elements the first parameter of a function is called with. */
function iteratedBy({ scopes }: Module, declaration: Node, name: string): Node | undefined {
  const [first] = isFunctionNode(declaration) ? declaration.params : [];
  const call = scopes.parentOf(declaration);
  if (first?.type !== 'Identifier' || first.name !== name || call?.type !== 'CallExpression')
    return undefined;
  const { callee } = call;
  if (callee.type !== 'MemberExpression' || call.arguments[0] !== declaration) return undefined;
  return iterating.has(staticName(callee.property, callee.computed) ?? '') ? callee.object : undefined;
}

const iterating: ReadonlySet<string> = new Set([
  ...['forEach', 'map', 'flatMap', 'filter', 'some', 'every', 'find', 'findIndex'],
]);
