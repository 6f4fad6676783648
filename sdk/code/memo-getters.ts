import type { Node } from 'oxc-parser';
import { globalMember } from './origins.js';
import type { Module } from './project.js';
import { thisOwner } from './scope.js';
import { allNodes, isFunctionNode, staticName } from './syntax.js';

/**
 * Whether an object of the module has a getter that replaces itself by its value, `Object.defineProperty(this, 'name', { value })`.
 * The language would refuse that when the object is frozen.
 */
export function hasMemoGetter(module: Module, node: Node): boolean {
  if (node.type !== 'ObjectExpression' || isFunctionNode(module.scopes.activationOf(node))) return false;
  return node.properties.some(
    (one) =>
      one.type === 'Property' &&
      one.kind === 'get' &&
      [...allNodes(one.value)].some((inner) =>
        replacesItself(module, inner, one.value, staticName(one.key, one.computed)),
      ),
  );
}

function replacesItself(module: Module, node: Node, getter: Node, name: string | undefined): boolean {
  if (node.type !== 'CallExpression' || name === undefined) return false;
  const [target, key] = node.arguments;
  return (
    globalMember(module, node.callee) === 'Object.defineProperty' &&
    target?.type === 'ThisExpression' &&
    thisOwner(module, target, getter) === getter &&
    key?.type === 'Literal' &&
    key.value === name
  );
}
