import type { Node } from 'oxc-parser';
import { commonJsNames, isRealmGlobal } from './known-globals.js';
import type { Module } from './project.js';
import { packageName } from './resolve-specifier.js';
import { staticName } from './syntax.js';
import { arrow, call, identifier, literal, type Tree } from './tree.js';

/**
 * What code of packages writes about where it runs, by what it means in the realm: an object with the realm's globals,
 * `production` as bundlers write, and a clock and randomness that only return NaN. Undefined for other code. `name`: called for
 * the global or helper that is named.
 */
export function hostTree(module: Module, node: Node, name: (global: string) => string): Tree | undefined {
  if (!module.isPackage) return undefined;
  if (isGlobalObject(module, node) || isMadeGlobalObject(module, node)) return identifier(name('globalThis'));
  if (isNodeEnvironment(module, node)) return literal('production');
  if (isMember(module, node, 'Date', 'now') || isMember(module, node, 'Math', 'random')) {
    return arrow([], identifier('NaN'));
  }
  return isAbsent(module, node)
    ? call(name('absent'), literal(node.name), literal(packageName(module.file.path)))
    : undefined;
}

function isMember(module: Module, node: Node, object: string, member: string): boolean {
  if (node.type !== 'MemberExpression' || staticName(node.property, node.computed) !== member) return false;
  return isGlobal(module, node.object, object) || isCopyOfGlobal(module, node.object, object);
}

/** `var Date = context.Date`, as lodash names what it takes from the global object. */
function isCopyOfGlobal({ scopes }: Module, node: Node, name: string): boolean {
  const declared =
    node.type === 'Identifier' && node.name === name ? scopes.references.get(node)?.declaration : undefined;
  const init = declared?.type === 'VariableDeclarator' ? declared.init : null;
  return init?.type === 'MemberExpression' && staticName(init.property, init.computed) === name;
}

/** A global that the realm lacks, where the value itself is needed: tests of whether it is there see `undefined`. */
function isAbsent(module: Module, node: Node): node is Extract<Node, { type: 'Identifier' }> {
  if (node.type !== 'Identifier' || !isGlobal(module, node, node.name)) return false;
  if (isRealmGlobal(node.name) || isGivenName(module, node.name)) return false;
  const parent = module.scopes.parentOf(node);
  if (parent?.type === 'MemberExpression') return parent.object === node && !parent.optional;
  const isCalled =
    parent?.type === 'NewExpression' || (parent?.type === 'CallExpression' && !parent.optional);
  return isCalled && parent.callee === node;
}

function isGivenName({ file }: Module, name: string): boolean {
  return name === 'arguments' || (!file.hasModuleSyntax && (commonJsNames.has(name) || name === 'require'));
}

const globalObjects: ReadonlySet<string> = new Set(['globalThis', 'global', 'self']);

function isGlobalObject(module: Module, node: Node): boolean {
  return node.type === 'Identifier' && globalObjects.has(node.name) && isGlobal(module, node, node.name);
}

function isGlobal({ scopes }: Module, node: Node, name: string): boolean {
  const isNamed = node.type === 'Identifier' && node.name === name;
  return isNamed && scopes.references.has(node) && scopes.references.get(node) === undefined;
}

/** `Function('return this')()` */
function isMadeGlobalObject(module: Module, node: Node): boolean {
  const made = node.type === 'CallExpression' ? node.callee : undefined;
  if (made?.type !== 'CallExpression' && made?.type !== 'NewExpression') return false;
  const [text, ...more] = made.arguments;
  const isThis = text?.type === 'Literal' && /^\s*return this;?\s*$/.test(String(text.value));
  return isThis && more.length === 0 && isGlobal(module, made.callee, 'Function');
}

/** `process.env.NODE_ENV` */
function isNodeEnvironment(module: Module, node: Node): boolean {
  if (node.type !== 'MemberExpression' || staticName(node.property, node.computed) !== 'NODE_ENV')
    return false;
  const { object } = node;
  const isEnvironment =
    object.type === 'MemberExpression' && staticName(object.property, object.computed) === 'env';
  return isEnvironment && isGlobal(module, object.object, 'process');
}
