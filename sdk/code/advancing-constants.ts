import type { Node } from 'oxc-parser';
import { type CodeDefinition, type Definition, isFunctionDefinition } from './definitions.js';
import type { Module } from './project.js';
import { isAssigned, isMemo } from './scope.js';
import { allNodes, contains, type FunctionNode, isFunctionNode, rootOf, staticName } from './syntax.js';

/**
 * Whether a constant is something that a use advances: an iterator, a generator, a regular expression that remembers where it
 * is, or a function that counts in a variable around it. The values of other constants then depend on the order of the uses.
 */
export function isAdvancing(definition: Definition): definition is CodeDefinition {
  const found = known.get(definition) ?? mayAdvance(definition);
  known.set(definition, found);
  return found;
}

/** A definition is part of many closed modules. */
const known = new WeakMap<Definition, boolean>();

function mayAdvance(definition: Definition): boolean {
  if (definition.kind !== 'code' || definition.module.isPackage || isFunctionDefinition(definition))
    return false;
  const { module, node } = definition;
  if (node.type === 'ClassDeclaration' || node.type === 'TSEnumDeclaration') return false;
  return (
    isIterator(node) ||
    isRememberingRegExp(node) ||
    makesCounter(module, node) ||
    callsMaker(definition) ||
    isBoundCounter(definition)
  );
}

function isRememberingRegExp(node: Node): boolean {
  return node.type === 'Literal' && 'regex' in node && /[gy]/.test(node.regex.flags);
}

/** `list.values()`, `text.matchAll(…)`; but `Object.values(…)` is a list. */
function isIterator(node: Node): boolean {
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return false;
  const { object, property, computed } = node.callee;
  const isOfObject = object.type === 'Identifier' && object.name === 'Object';
  return !isOfObject && iterating.has(staticName(property, computed) ?? '');
}

const iterating: ReadonlySet<string> = new Set(['values', 'entries', 'keys', 'matchAll']);

/** Whether the initialiser calls a function, or creates an object of a class, that counts. */
function callsMaker({ node, names }: CodeDefinition): boolean {
  const called = node.type === 'CallExpression' || node.type === 'NewExpression' ? node.callee : undefined;
  const maker = called === undefined ? undefined : names.get(called)?.definition;
  if (maker?.kind !== 'code') return false;
  const isGenerator = isFunctionNode(maker.node) && 'generator' in maker.node && maker.node.generator;
  return isGenerator || makesCounter(maker.module, maker.node);
}

/** `function () { this.n += 1; }.bind(state)` */
function isBoundCounter({ module, node, names }: CodeDefinition): boolean {
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return false;
  const { object, property, computed } = node.callee;
  if (staticName(property, computed) !== 'bind') return false;
  const named = names.get(object)?.definition;
  const bound = named?.kind === 'code' ? named : { module, node: object };
  return [...allNodes(bound.node)].some(
    (one) => one.type === 'ThisExpression' && isAssigned(bound.module, memberAround(bound.module, one)),
  );
}

/** Whether code returns, or stores, a function that assigns a variable around it, or has a method that assigns private members. */
function makesCounter(module: Module, code: Node): boolean {
  return [...allNodes(code)].some((node) => {
    if (node.type === 'PrivateIdentifier') return isCounted(module, node);
    return node !== code && isFunctionNode(node) && isKept(module, node) && assignsAround(module, code, node);
  });
}

function isCounted(module: Module, node: Node): boolean {
  const member = module.scopes.parentOf(node);
  const method = module.scopes.parentOf(module.scopes.activationOf(node));
  const isBuilt = method?.type === 'MethodDefinition' && method.kind === 'constructor';
  return (
    member?.type === 'MemberExpression' && isAssigned(module, member) && !isMemo(module, member) && !isBuilt
  );
}

/** Whether a function is more than called: as an argument it is called before the call around it returns. */
function isKept(module: Module, node: FunctionNode): boolean {
  const { parentOf, declarations, usesOf } = module.scopes;
  const parent = parentOf(node);
  if (parent?.type === 'CallExpression' || parent?.type === 'NewExpression') return false;
  const id =
    parent?.type === 'VariableDeclarator' ? parent.id : node.type === 'FunctionDeclaration' ? node.id : null;
  const binding = id === null ? undefined : declarations.get(id);
  return binding === undefined || usesOf(binding).some((use) => !isCallee(module, use));
}

function isCallee({ scopes }: Module, node: Node): boolean {
  const parent = scopes.parentOf(node);
  return parent?.type === 'CallExpression' && parent.callee === node;
}

function assignsAround(module: Module, code: Node, inner: FunctionNode): boolean {
  return [...allNodes(inner)].some((node) => {
    if (node.type !== 'Identifier') return false;
    const binding = module.scopes.references.get(node);
    const scope = binding?.scope.node;
    const isAround = scope !== undefined && contains(code, scope) && !contains(inner, scope);
    return isAround && isAssigned(module, memberAround(module, node));
  });
}

/** `n.a.b` around `n`. */
function memberAround({ scopes }: Module, node: Node): Node {
  let at = node;
  for (
    let up = scopes.parentOf(at);
    up?.type === 'MemberExpression' && rootOf(up) === node;
    up = scopes.parentOf(at)
  ) {
    at = up;
  }
  return at;
}
