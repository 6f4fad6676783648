import type { AccessorProperty, MethodDefinition, Node, PropertyDefinition } from 'oxc-parser';
import type { Module } from './project.js';

/** The class member whose `this` a node uses; undefined outside classes. Arrow functions use that of the enclosing code. */
export function thisMember(
  module: Module,
  node: Node,
): MethodDefinition | PropertyDefinition | AccessorProperty | undefined {
  const { parentOf } = module.scopes;
  let at = node;
  let around = parentOf(at);
  while (around !== undefined && !bindsThis.has(at.type) && !isField(around)) {
    at = around;
    around = parentOf(at);
  }
  if (around === undefined) return undefined;
  return isField(around) || around.type === 'MethodDefinition' ? around : undefined;
}

const bindsThis: ReadonlySet<string> = new Set(['FunctionExpression', 'FunctionDeclaration', 'StaticBlock']);

function isField(node: Node): node is PropertyDefinition | AccessorProperty {
  return node.type === 'PropertyDefinition' || node.type === 'AccessorProperty';
}
