import type { CallExpression, Node } from 'oxc-parser';
import type { Binding } from './declarations.js';
import { chainingMutators, copyingFunctions, copyingMethods, mutators } from './known-globals.js';
import type { Module } from './project.js';
import { isAssigned } from './scope.js';
import { isFunctionNode, staticName } from './syntax.js';

/**
 * Whether an expression creates an object without other references, so that a change of it is invisible outside the function.
 *
 * `depth` 1 checks the object itself, 2 also its members, and so on. In doubt the result is false.
 */
export function isFresh(module: Module, expression: Node, depth = 1, asked = new Set<Binding>()): boolean {
  switch (expression.type) {
    case 'Literal':
    case 'TemplateLiteral':
    case 'UnaryExpression':
    case 'BinaryExpression':
    case 'UpdateExpression':
      return true;
    case 'ArrayExpression':
      return (
        depth === 1 ||
        expression.elements.every((one) => one === null || isFresh(module, one, depth - 1, asked))
      );
    case 'ObjectExpression':
      return (
        depth === 1 || expression.properties.every((one) => isFreshMember(module, one, depth - 1, asked))
      );
    case 'ConditionalExpression':
      return bothFresh(module, expression.consequent, expression.alternate, depth, asked);
    case 'LogicalExpression':
      return bothFresh(module, expression.left, expression.right, depth, asked);
    case 'NewExpression':
      return depth === 1;
    case 'CallExpression':
      return isFreshResult(module, expression, depth, asked);
    case 'Identifier':
      return isFreshVariable(module, expression, depth, asked);
    default:
      return isFunctionNode(expression);
  }
}

function bothFresh(module: Module, a: Node, b: Node, depth: number, asked: Set<Binding>): boolean {
  return isFresh(module, a, depth, asked) && isFresh(module, b, depth, asked);
}

function isFreshMember(module: Module, member: Node, depth: number, asked: Set<Binding>): boolean {
  return member.type === 'Property' && isFresh(module, member.value, depth, asked);
}

function isFreshResult(module: Module, call: CallExpression, depth: number, asked: Set<Binding>): boolean {
  const name = calledGlobal(module, call.callee);
  if (name !== undefined) return isFreshFromGlobal(module, name, call, depth, asked);
  if (call.callee.type !== 'MemberExpression') return false;
  const method = staticName(call.callee.property, call.callee.computed) ?? '';
  const [first] = call.arguments;
  if (chainingMutators.has(method)) {
    const isRefilled = method === 'fill' && depth > 1 && first !== undefined;
    return (
      isFresh(module, call.callee.object, depth, asked) &&
      (!isRefilled || isFresh(module, first, depth - 1, asked))
    );
  }
  if (method === 'map' && depth > 1) return givesFresh(module, first, depth - 1, asked);
  return depth === 1 && copyingMethods.has(method);
}

function isFreshFromGlobal(
  module: Module,
  name: string,
  call: CallExpression,
  depth: number,
  asked: Set<Binding>,
): boolean {
  const [first, callback] = call.arguments;
  if (name === 'Array.from' && callback !== undefined) {
    return depth === 1 || givesFresh(module, callback, depth - 1, asked);
  }
  if (name === 'Object.freeze' || name === 'Object.assign') {
    return first !== undefined && depth === 1 && isFresh(module, first, 1, asked);
  }
  return name.startsWith('Math.') || (depth === 1 && copyingFunctions.has(name));
}

/** Whether an inline callback returns fresh objects. */
function givesFresh(module: Module, callback: Node | undefined, depth: number, asked: Set<Binding>): boolean {
  return (
    callback?.type === 'ArrowFunctionExpression' &&
    callback.body.type !== 'BlockStatement' &&
    isFresh(module, callback.body, depth, asked)
  );
}

/** `Name` or `Name.member` of a called global; undefined when the callee is something else. */
export function calledGlobal(module: Module, callee: Node): string | undefined {
  if (isGlobal(module, callee)) return callee.name;
  if (callee.type !== 'MemberExpression' || !isGlobal(module, callee.object)) return undefined;
  const member = staticName(callee.property, callee.computed);
  return member === undefined ? undefined : `${callee.object.name}.${member}`;
}

function isGlobal(module: Module, node: Node): node is Extract<Node, { type: 'Identifier' }> {
  const { references } = module.scopes;
  return node.type === 'Identifier' && references.has(node) && references.get(node) === undefined;
}

function isFreshVariable(module: Module, identifier: Node, depth: number, asked: Set<Binding>): boolean {
  const binding = module.scopes.references.get(identifier);
  if (binding === undefined || binding.scope === module.scopes.moduleScope) return false;
  if (asked.has(binding)) return true;
  asked.add(binding);
  const values =
    binding.kind === 'parameter' ? accumulatorValues(module, binding) : variableValues(module, binding);
  if (values === undefined || !values.every((value) => isFresh(module, value, depth, asked))) return false;
  return depth === 1 || storedIn(module, binding).every((value) => isFresh(module, value, depth - 1, asked));
}

/** All values a variable is set to; undefined when they are unknown. */
function variableValues(module: Module, binding: Binding): Node[] | undefined {
  const { declaration } = binding;
  if (declaration.type !== 'VariableDeclarator' || declaration.id.type !== 'Identifier') return undefined;
  if (isLoopVariable(module, declaration)) return undefined;
  const assigned = module.scopes
    .usesOf(binding)
    .filter((use) => isAssigned(module, use))
    .map((use) => module.scopes.parentOf(use))
    .filter((one) => one?.type !== 'UpdateExpression');
  const values: Node[] = declaration.init === null ? [] : [declaration.init];
  for (const one of assigned) {
    if (one?.type !== 'AssignmentExpression') return undefined;
    values.push(one.right);
  }
  return values;
}

function isLoopVariable(module: Module, declarator: Node): boolean {
  const declaration = module.scopes.parentOf(declarator);
  const around = declaration === undefined ? undefined : module.scopes.parentOf(declaration);
  const loops = around?.type === 'ForOfStatement' || around?.type === 'ForInStatement';
  return loops && around.left === declaration;
}

/** The accumulator of `xs.reduce((accumulator, x) => …, start)` begins with the second argument of the call. */
function accumulatorValues(module: Module, binding: Binding): Node[] | undefined {
  const callback = binding.declaration;
  const call = module.scopes.parentOf(callback);
  if (!isFunctionNode(callback) || call?.type !== 'CallExpression' || call.arguments[0] !== callback)
    return undefined;
  const [first] = callback.params;
  const start = call.arguments[1];
  if (first?.type !== 'Identifier' || first.name !== binding.name || start === undefined) return undefined;
  if (call.callee.type !== 'MemberExpression') return undefined;
  const method = staticName(call.callee.property, call.callee.computed);
  return method === 'reduce' || method === 'reduceRight' ? [start] : undefined;
}

/** The values stored in the object of a variable: `x.a = value`, `x.push(value)`. */
function storedIn(module: Module, binding: Binding): Node[] {
  return module.scopes.usesOf(binding).flatMap((use) => {
    const member = module.scopes.parentOf(use);
    return member?.type === 'MemberExpression' && member.object === use ? storedThrough(module, member) : [];
  });
}

function storedThrough(module: Module, member: Extract<Node, { type: 'MemberExpression' }>): Node[] {
  const parent = module.scopes.parentOf(member);
  if (parent?.type === 'AssignmentExpression' && parent.left === member) return [parent.right];
  const method = staticName(member.property, member.computed) ?? '';
  const stores = parent?.type === 'CallExpression' && parent.callee === member && mutators.has(method);
  return stores && method !== 'sort' ? parent.arguments : [];
}
