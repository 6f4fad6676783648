import type { Node } from 'oxc-parser';
import type { Module } from './project.js';

/** Whether an identifier or member expression is the target of an assignment, a deletion or a loop. */
export function isAssigned(module: Module, target: Node): boolean {
  const parent = module.scopes.parentOf(target);
  switch (parent?.type) {
    case 'AssignmentExpression':
    case 'ForInStatement':
    case 'ForOfStatement':
      return parent.left === target;
    case 'UpdateExpression':
      return true;
    case 'UnaryExpression':
      return parent.operator === 'delete';
    case 'AssignmentPattern':
      return parent.left === target && isAssigned(module, parent);
    case 'RestElement':
    case 'ArrayPattern':
    case 'ObjectPattern':
      return isAssigned(module, parent);
    case 'Property':
      return parent.value === target && isPatternProperty(module, parent) && isAssigned(module, parent);
    default:
      return false;
  }
}

function isPatternProperty(module: Module, property: Node): boolean {
  return module.scopes.parentOf(property)?.type === 'ObjectPattern';
}
