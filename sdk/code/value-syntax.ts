import type { Node } from 'oxc-parser';
import { patternNames } from './declarations.js';
import type { Module } from './project.js';
import { allNodes, type FunctionNode, staticName } from './syntax.js';

/** The parts of an expression that its value may be. */
export function carriedBy(node: Node): readonly Node[] | undefined {
  switch (node.type) {
    case 'ChainExpression':
      return [node.expression];
    case 'AwaitExpression':
      return [node.argument];
    case 'AssignmentExpression':
      return [node.right];
    case 'SequenceExpression':
      return node.expressions.slice(-1);
    case 'ConditionalExpression':
      return [node.consequent, node.alternate];
    case 'LogicalExpression':
      return [node.left, node.right];
    case 'SpreadElement':
      return [node.argument];
    default:
      return undefined;
  }
}

export function propertyValue(property: Node): Node {
  return property.type === 'Property' ? property.value : property;
}

/** Whether an object literal may have members that it is not written with. */
export function isOpen(object: Node): boolean {
  return (
    object.type === 'ObjectExpression' &&
    object.properties.some((one) => one.type === 'SpreadElement' || one.computed)
  );
}

/** What is assigned to a field of `this`, or what it is declared with. */
export function fieldValue(node: Node): { readonly field: string; readonly value: Node } | undefined {
  if (node.type === 'TSParameterProperty') {
    const [field] = patternNames(node.parameter);
    const value = node.parameter.type === 'AssignmentPattern' ? node.parameter.left : node.parameter;
    return field === undefined ? undefined : { field, value };
  }
  if (node.type !== 'AssignmentExpression' || node.left.type !== 'MemberExpression') return undefined;
  const { object, property, computed } = node.left;
  const field = fieldName(property, computed);
  return object.type === 'ThisExpression' && field !== undefined ? { field, value: node.right } : undefined;
}

/** Private members count by their name as well. */
function fieldName(property: Node, computed: boolean): string | undefined {
  return property.type === 'PrivateIdentifier' ? `#${property.name}` : staticName(property, computed);
}

export function returnedValues({ scopes }: Module, node: FunctionNode): Node[] {
  if (node.body !== null && node.body.type !== 'BlockStatement') return [node.body];
  return [...allNodes(node)].flatMap((one) =>
    one.type === 'ReturnStatement' && one.argument !== null && scopes.activationOf(one) === node
      ? [one.argument]
      : [],
  );
}

/** The list of `for (const name of list)`. */
export function iteratedBy({ scopes }: Module, declaration: Node): Node | undefined {
  const variables = scopes.parentOf(declaration);
  const loop = variables === undefined ? undefined : scopes.parentOf(variables);
  return loop?.type === 'ForOfStatement' && loop.left === variables ? loop.right : undefined;
}

/** Whether a name of a pattern is a new list or object with the rest. */
export function isRest(pattern: Node, name: string): boolean {
  return [...allNodes(pattern)].some(
    (one) => one.type === 'RestElement' && one.argument.type === 'Identifier' && one.argument.name === name,
  );
}
