import { callOf, catchHelper, isTree, type Tree } from './tree.js';

/**
 * Encloses syntax that can lose an error without any code that sees it, so that the realm notices when it is the engine's error of
 * a full stack: a `finally` block can replace it, and a loop or an array pattern that ends early drops errors of the method
 * `return` of its iterator. `helper`: the name of a helper.
 */
export function guardedSyntax(tree: Tree, helper: (name: string) => Tree): Tree {
  switch (tree.type) {
    case 'TryStatement': {
      helper(catchHelper);
      const first: Tree = { type: 'ExpressionStatement', expression: callOf(helper('trying')) };
      return { type: 'BlockStatement', body: [first, tree] };
    }
    case 'ForOfStatement':
      return isTree(tree.right) ? { ...tree, right: callOf(helper('closing'), tree.right) } : tree;
    case 'ArrayPattern':
      return canThrow(tree.elements) ? inGuard(tree, helper('closed')) : tree;
    default:
      return tree;
  }
}

/** `[a, b]` ends without an error of its own, while `[{ a }]`, `[a = f()]` and `[o.a]` may throw once they have an iterator. */
function canThrow(elements: unknown): boolean {
  return !Array.isArray(elements) || !elements.every((one) => one === null || isName(one));
}

function isName(element: unknown): boolean {
  if (!isTree(element)) return false;
  return element.type === 'RestElement' ? isName(element.argument) : element.type === 'Identifier';
}

/** `{ [closed]: [{ a }] }`: every object has this member, which is the object itself with a guarded iterator. */
function inGuard(pattern: Tree, key: Tree): Tree {
  const property = { type: 'Property', kind: 'init', key, computed: true, value: pattern };
  return { type: 'ObjectPattern', properties: [{ ...property, shorthand: false, method: false }] };
}
