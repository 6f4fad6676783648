import type { MethodDefinition, Node, PropertyDefinition } from 'oxc-parser';
import { staticName } from './syntax.js';
import { keyTree, literal, type Tree } from './tree.js';

/** A member of an object or class. */
export type KeyedNode = Extract<Node, { type: 'Property' }> | MethodDefinition | PropertyDefinition;

/**
 * The key of a member in one spelling; undefined when it is private or computed. `__proto__: x` sets the prototype of an object,
 * `['__proto__']: x` and `__proto__` alone name a member.
 */
export function writtenKey(node: KeyedNode): { readonly key: Tree; readonly computed: boolean } | undefined {
  if (node.key.type === 'PrivateIdentifier') return undefined;
  const text = node.computed && node.key.type === 'Literal' ? staticName(node.key, false) : undefined;
  const name = text ?? staticName(node.key, node.computed);
  if (name === undefined) return undefined;
  const isMember = node.computed || (node.type === 'Property' && node.shorthand);
  if (isMember && meaningfulKeys.has(name)) return { key: literal(name), computed: true };
  return { key: keyTree(name), computed: false };
}

/** Keys that mean something else in brackets. */
const meaningfulKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
