import { type Node, type Program, visitorKeys } from 'oxc-parser';
import { isSyntaxNode, parseSource, toOffset, toPlace } from './syntax.js';
import { isTree, type Origin, type Tree } from './tree.js';

/** A position in the text of a closed module; line and column from 0. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/**
 * The place in the author's files, `file:line:column`, that a position in the text of a closed module was printed from.
 * `statements`: what the statements of its function were printed from.
 */
export function sourcePlace(
  text: string,
  statements: readonly Tree[],
  { line, column }: TextPosition,
): string | undefined {
  const offset = toOffset(text, line, column);
  const parsed = parseSource('module.js', text);
  if (offset === undefined || !parsed.ok) return undefined;
  const printed = statementsOf(parsed.file.program);
  const index = printed.findIndex(({ start, end }) => start <= offset && offset < end);
  const [node, tree] = [printed[index], statements[index]];
  const origin = node === undefined || tree === undefined ? undefined : innermost(node, tree, offset);
  return origin === undefined ? undefined : toPlace(origin.file, origin.offset);
}

/** The statements of the module's function. */
function statementsOf({ body: [, statement] }: Program): readonly Node[] {
  const made = statement?.type === 'ExpressionStatement' ? statement.expression : undefined;
  const isFunction = made?.type === 'ArrowFunctionExpression' && made.body.type === 'BlockStatement';
  return isFunction && made.body.type === 'BlockStatement' ? made.body.body : [];
}

/** The tree was printed, and the text was parsed: both have the same shape. */
function innermost(node: Node, tree: Tree, offset: number): Origin | undefined {
  let found: Origin | undefined;
  let at: { readonly node: Node; readonly tree: Tree } | undefined = { node, tree };
  while (at !== undefined) {
    found = at.tree.origin ?? found;
    at = childAt(at.node, at.tree, offset);
  }
  return found;
}

function childAt(
  node: Node,
  tree: Tree,
  offset: number,
): { readonly node: Node; readonly tree: Tree } | undefined {
  const printed = withoutBrackets(tree);
  for (const key of visitorKeys[node.type] ?? []) {
    const nodes = listOf(Reflect.get(node, key));
    const trees = listOf(printed[key]);
    const index = nodes.findIndex((one) => isSyntaxNode(one) && one.start <= offset && offset < one.end);
    const [child, its] = [nodes[index], trees[index]];
    if (isSyntaxNode(child) && isTree(its)) return { node: child, tree: withoutBrackets(its) };
  }
  return undefined;
}

function withoutBrackets(tree: Tree): Tree {
  return tree.type === 'ParenthesizedExpression' && isTree(tree.expression) ? tree.expression : tree;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
