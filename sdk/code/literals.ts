import type { Node } from 'oxc-parser';
import { calledGlobal } from './freshness.js';
import type { Module, Project, Target } from './project.js';
import { isFunctionNode, staticName } from './syntax.js';

/** An expression, and the module in which its names are resolved. */
export interface Expression {
  readonly project: Project;
  readonly module: Module;
  readonly node: Node;
}

/** Whether the value of an expression can never change: a primitive, a function, or frozen data of these. */
export function isImmutable(expression: Expression): boolean {
  const { node } = expression;
  switch (node.type) {
    case 'Literal':
      return !('regex' in node);
    case 'TemplateLiteral':
    case 'UnaryExpression':
    case 'BinaryExpression':
      return true;
    case 'ConditionalExpression':
      return isImmutable(at(expression, node.consequent)) && isImmutable(at(expression, node.alternate));
    case 'LogicalExpression':
      return isImmutable(at(expression, node.left)) && isImmutable(at(expression, node.right));
    case 'Identifier':
      return isImmutableName(expression);
    case 'MemberExpression':
      return isImmutableMember(expression, node);
    case 'CallExpression':
      return isImmutableResult(expression, node);
    default:
      return isFunctionNode(node);
  }
}

/** Whether all members of a literal are immutable, so that a copy or an element shares nothing that can change. */
export function isFlat(expression: Expression): boolean {
  const node = unfrozen(expression);
  if (node.type === 'ArrayExpression') {
    return node.elements.every((one) => one === null || isImmutable(at(expression, one)));
  }
  return (
    node.type === 'ObjectExpression' &&
    node.properties.every((one) => one.type === 'Property' && isImmutable(at(expression, one.value)))
  );
}

/** The expression of a member of a literal, if it is the only one for that name. */
export function literalMember(expression: Expression, name: string): Expression | undefined {
  const node = unfrozen(expression);
  if (node.type === 'ArrayExpression') {
    const plain = node.elements.every((one) => one !== null && one.type !== 'SpreadElement');
    const element = plain && /^\d+$/.test(name) ? node.elements[Number(name)] : undefined;
    return element === undefined || element === null ? undefined : at(expression, element);
  }
  if (node.type !== 'ObjectExpression') return undefined;
  const named = node.properties.filter(
    (one) => one.type !== 'Property' || (staticName(one.key, one.computed) ?? name) === name,
  );
  const [only] = named;
  const isValue = named.length === 1 && only?.type === 'Property' && only.kind === 'init' && !only.computed;
  return isValue ? at(expression, only.value) : undefined;
}

/** The initialiser of the constant that a name refers to, through imports; undefined for other names. */
function constantValue(expression: Expression): Expression | undefined {
  const { project, module, node } = expression;
  const binding = module.scopes.references.get(node);
  if (binding === undefined) return undefined;
  const target: Target =
    binding.kind === 'import' ? project.importTarget(module, binding) : { kind: 'binding', module, binding };
  if (target.kind === 'node') return { project, module: target.module, node: target.node };
  if (target.kind !== 'binding' || target.binding.kind !== 'const') return undefined;
  const { declaration } = target.binding;
  if (declaration.type !== 'VariableDeclarator' || declaration.id.type !== 'Identifier') return undefined;
  return declaration.init === null ? undefined : { project, module: target.module, node: declaration.init };
}

function isImmutableName(expression: Expression): boolean {
  const { module, node } = expression;
  if (module.scopes.references.get(node) === undefined) return true;
  const value = constantValue(expression);
  return value !== undefined && isImmutable(value);
}

function isImmutableMember(
  expression: Expression,
  node: Extract<Node, { type: 'MemberExpression' }>,
): boolean {
  if (calledGlobal(expression.module, node) !== undefined) return true;
  const name = staticName(node.property, node.computed);
  if (name === 'length') return true;
  const object = node.object.type === 'Identifier' ? constantValue(at(expression, node.object)) : undefined;
  const member = object === undefined || name === undefined ? undefined : literalMember(object, name);
  return member !== undefined && isImmutable(member);
}

const primitiveResults: ReadonlySet<string> = new Set([
  'Number',
  'String',
  'Boolean',
  'BigInt',
  'parseFloat',
  'parseInt',
]);

function isImmutableResult(expression: Expression, node: Extract<Node, { type: 'CallExpression' }>): boolean {
  const called = calledGlobal(expression.module, node.callee);
  if (called === undefined) return false;
  if (called === 'Object.freeze') return isFlat(expression);
  return called.startsWith('Math.') || called === 'Date.UTC' || primitiveResults.has(called);
}

/** The literal inside `Object.freeze(…)`. */
function unfrozen(expression: Expression): Node {
  const { node, module } = expression;
  if (node.type !== 'CallExpression' || calledGlobal(module, node.callee) !== 'Object.freeze') return node;
  return node.arguments[0] ?? node;
}

function at(expression: Expression, node: Node): Expression {
  return { ...expression, node };
}
