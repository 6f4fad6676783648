import type { Node } from 'oxc-parser';
import { evaluatedNodes } from './async-functions.js';
import type { Module } from './project.js';
import { contains, isFunctionNode } from './syntax.js';

/**
 * Whether running this code may create values that keep state which cannot be frozen: functions that use variables of a
 * function around them, generators, and private members of classes.
 */
export function keepsState(module: Module, code: Node): boolean {
  const { scopes } = module;
  for (const node of evaluatedNodes({ module, node: code })) {
    if (node.type === 'PrivateIdentifier') return true;
    if (isFunctionNode(node) && node.type !== 'ArrowFunctionExpression' && node.generator) return true;
    if (isOfFunctionAround(node)) return true;
  }
  return false;

  function isOfFunctionAround(node: Node): boolean {
    const own = scopes.activationOf(node);
    if (node.type === 'Identifier') {
      const activation = scopes.references.get(node)?.scope.activation;
      return (
        activation !== undefined &&
        activation !== own &&
        activation.type !== 'Program' &&
        contains(code, activation)
      );
    }
    return (
      (node.type === 'ThisExpression' || node.type === 'Super') &&
      own.type === 'ArrowFunctionExpression' &&
      isFunctionNode(scopes.activationOf(own))
    );
  }
}
