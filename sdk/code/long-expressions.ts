import type { Node } from 'oxc-parser';
import type { Tree } from './tree.js';

/** Expressions whose trees are as deep as they are long: `a + b + c`, `a || b || c`, `a ? b : c ? d : e`. */
type LongExpression = Extract<
  Node,
  { type: 'BinaryExpression' | 'LogicalExpression' | 'ConditionalExpression' }
>;

export function isLong(node: Node): node is LongExpression {
  return isChain(node) || node.type === 'ConditionalExpression';
}

/** The parts of a long expression that are not themselves links of it, in the order of the source. */
export function partsOf(node: LongExpression): readonly Node[] {
  const parts: Node[] = [];
  let at: Node = node;
  if (isChain(at)) {
    for (; isChain(at); at = at.left) parts.push(at.right);
    return [at, ...parts.reverse()];
  }
  for (; at.type === 'ConditionalExpression'; at = at.alternate) parts.push(at.test, at.consequent);
  return [...parts, at];
}

/** The tree of a long expression, whose parts `rewrite` makes. Without recursion along it. */
export function longTree(node: LongExpression, rewrite: (part: Node) => Tree): Tree {
  const links: LongExpression[] = [];
  let at: Node = node;
  if (isChain(at)) {
    for (; isChain(at); at = at.left) links.push(at);
    return links.reverse().reduce((left, link) => chainLink(link, left, rewrite), rewrite(at));
  }
  for (; at.type === 'ConditionalExpression'; at = at.alternate) links.push(at);
  return links.reverse().reduce((alternate, link) => choice(link, alternate, rewrite), rewrite(at));
}

function chainLink(link: LongExpression, left: Tree, rewrite: (part: Node) => Tree): Tree {
  if (link.type === 'ConditionalExpression') return left;
  const { type, operator, right } = link;
  return { type, operator, left, right: rewrite(right) };
}

function choice(link: LongExpression, alternate: Tree, rewrite: (part: Node) => Tree): Tree {
  if (link.type !== 'ConditionalExpression') return alternate;
  const { type, test, consequent } = link;
  return { type, test: rewrite(test), consequent: rewrite(consequent), alternate };
}

function isChain(node: Node): node is Extract<Node, { type: 'BinaryExpression' | 'LogicalExpression' }> {
  return node.type === 'BinaryExpression' || node.type === 'LogicalExpression';
}
