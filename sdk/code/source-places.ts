import { type Node, visitorKeys } from 'oxc-parser';
import {
  allNodes,
  type ClassNode,
  type FunctionNode,
  isFunctionOrClass,
  isSyntaxNode,
  parseSource,
  type SourceFile,
  toOffset,
  toPlace,
} from './syntax.js';
import { isTree, type Tree } from './tree.js';

/** A position in the text of a closed module; line and column from 0. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** A function or a class of an author. */
export interface SourceFunction {
  readonly file: SourceFile;
  readonly node: FunctionNode | ClassNode;
}

/** Where the text of a closed module comes from. */
export class SourcePlaces {
  readonly #text: string;
  /** What the statements of its function were printed from. */
  readonly #trees: readonly Tree[];
  #parsed: readonly Node[] | undefined;

  constructor(text: string, trees: readonly Tree[]) {
    this.#text = text;
    this.#trees = trees;
  }

  /** The place in the author's files, `file:line:column`, that a position was printed from. */
  placeOf(position: TextPosition): string | undefined {
    const origin = this.#pathTo(position).findLast(({ tree }) => tree.origin !== undefined)?.tree.origin;
    return origin === undefined ? undefined : toPlace(origin.file, origin.offset);
  }

  /** The function or class of the author that the innermost one at a position was printed from; undefined when it has none. */
  functionAt(position: TextPosition): SourceFunction | undefined {
    const path = this.#pathTo(position);
    const made = functionIn(path.map(({ node }) => node));
    const origin = path.find(({ node }) => node === made)?.tree.origin;
    if (origin === undefined) return undefined;
    const node = functionsOf(origin.file).get(origin.offset);
    return node === undefined ? undefined : { file: origin.file, node };
  }

  /** From the statement at a position to the innermost node. */
  #pathTo({ line, column }: TextPosition): Step[] {
    const offset = toOffset(this.#text, line, column);
    if (offset === undefined) return [];
    this.#parsed ??= statementsOf(this.#text);
    const index = this.#parsed.findIndex(({ start, end }) => start <= offset && offset < end);
    const [node, tree] = [this.#parsed[index], this.#trees[index]];
    if (node === undefined || tree === undefined) return [];
    const path: Step[] = [];
    for (let at: Step | undefined = { node, tree }; at !== undefined; at = childAt(at, offset)) path.push(at);
    return path;
  }
}

/** The innermost function or class of nodes from outermost to innermost. */
function functionIn(nodes: readonly Node[]): FunctionNode | ClassNode | undefined {
  return functionsIn(nodes).at(-1);
}

/** The functions and classes among nodes from outermost to innermost. A constructor is its class, as it is for the engine. */
export function functionsIn(nodes: readonly Node[]): readonly (FunctionNode | ClassNode)[] {
  const isConstructor = (index: number) => {
    const holder = nodes[index - 1];
    return holder?.type === 'MethodDefinition' && holder.kind === 'constructor';
  };
  return nodes.filter((_, index) => !isConstructor(index)).filter(isFunctionOrClass);
}

/** The tree was printed, and the text was parsed: both have the same shape. */
interface Step {
  readonly node: Node;
  readonly tree: Tree;
}

/** Its functions and classes, by where they begin. */
function functionsOf(file: SourceFile): ReadonlyMap<number, FunctionNode | ClassNode> {
  const known = functionsByFile.get(file);
  if (known !== undefined) return known;
  const found = new Map<number, FunctionNode | ClassNode>();
  for (const node of allNodes(file.program)) if (isFunctionOrClass(node)) found.set(node.start, node);
  functionsByFile.set(file, found);
  return found;
}

const functionsByFile = new WeakMap<SourceFile, ReadonlyMap<number, FunctionNode | ClassNode>>();

/** The statements of the function of a closed module. */
function statementsOf(text: string): readonly Node[] {
  const parsed = parseSource('module.js', text);
  const statement = parsed.ok ? parsed.file.program.body[1] : undefined;
  const made = statement?.type === 'ExpressionStatement' ? statement.expression : undefined;
  const isFunction = made?.type === 'ArrowFunctionExpression' && made.body.type === 'BlockStatement';
  return isFunction && made.body.type === 'BlockStatement' ? made.body.body : [];
}

function childAt({ node, tree }: Step, offset: number): Step | undefined {
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
