import type { Node } from 'oxc-parser';
import type { Binding } from './declarations.js';
import type { Module } from './project.js';
import { allNodes } from './syntax.js';
import { identifier, type Tree } from './tree.js';

type Variables = Extract<Node, { type: 'VariableDeclaration' }>;
type Clause = Extract<Node, { type: 'CatchClause' }>;

/**
 * Whether a `var` repeats the binding of a catch clause around it: `catch (e) { var e = 5; }`. It declares a variable of the
 * function, which stays as it is, and its value is assigned to the binding of the clause.
 */
export function repeatsCatch({ scopes }: Module, node: Variables): boolean {
  return node.kind === 'var' && namesOf(node).some((id) => scopes.declarations.get(id)?.kind === 'catch');
}

/** Such a declaration as the assignments that it makes. */
export function assignedVars({ scopes }: Module, node: Variables, tree: (node: Node) => Tree): Tree {
  const parent = scopes.parentOf(node);
  const [first] = node.declarations;
  if ((parent?.type === 'ForInStatement' || parent?.type === 'ForOfStatement') && first !== undefined)
    return tree(first.id);
  const assigned = node.declarations.flatMap(({ id, init }): Tree[] =>
    init === null ? [] : [{ type: 'AssignmentExpression', operator: '=', left: tree(id), right: tree(init) }],
  );
  const [only = identifier('undefined'), ...more] = assigned;
  const expression = more.length === 0 ? only : { type: 'SequenceExpression', expressions: assigned };
  return parent?.type === 'ForStatement' ? expression : { type: 'ExpressionStatement', expression };
}

/** The variables of the function that such declarations in a clause declare. Nothing else may declare them. */
export function varsOfClause(module: Module, clause: Clause): readonly Binding[] {
  const { declarations, usesOf } = module.scopes;
  const found = [...allNodes(clause.body)].flatMap((node) => {
    if (node.type !== 'VariableDeclaration' || !repeatsCatch(module, node)) return [];
    const named = namesOf(node).flatMap((id) => declarations.get(id) ?? []);
    if (!named.some(({ declaration }) => declaration === clause)) return [];
    return named.flatMap((one) => (one.kind === 'catch' ? (functionVar(one) ?? []) : one));
  });
  return [...new Set(found)].filter((one) => one.kind === 'var' && usesOf(one).length > 0);
}

/** The variable of the function with the name of a catch binding. */
function functionVar({ name, scope }: Binding): Binding | undefined {
  for (let at = scope.parent; at !== undefined && at.activation === scope.activation; at = at.parent) {
    const binding = at.bindings.get(name);
    if (binding !== undefined && binding.kind !== 'catch') return binding;
  }
  return undefined;
}

/** The identifiers that a declaration declares. */
function namesOf({ declarations }: Variables): Node[] {
  const found: Node[] = [];
  const waiting: Node[] = declarations.map(({ id }) => id);
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (at.type === 'Identifier') found.push(at);
    waiting.push(...partsOfPattern(at));
  }
  return found;
}

function partsOfPattern(pattern: Node): Node[] {
  switch (pattern.type) {
    case 'ObjectPattern':
      return [...pattern.properties];
    case 'ArrayPattern':
      return pattern.elements.flatMap((one) => one ?? []);
    case 'Property':
      return [pattern.value];
    case 'AssignmentPattern':
      return [pattern.left];
    case 'RestElement':
      return [pattern.argument];
    default:
      return [];
  }
}
