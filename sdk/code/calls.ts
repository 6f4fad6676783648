import type { Node } from 'oxc-parser';
import type { Code, Origins } from './origins.js';
import type { Module } from './project.js';
import { type FunctionNode, staticName } from './syntax.js';

/** A call as its function sees it: `f.call(x, 1)` is `f` with `this` as x. */
export interface Call {
  readonly callee: Node;
  /** What is `this`. */
  readonly receiver: Node | undefined;
  /** The name of a method; undefined for a function, and for a name that is not known. */
  readonly method: string | undefined;
  readonly args: readonly Argument[];
  readonly target: Code<FunctionNode> | undefined;
}

export interface Argument {
  readonly node: Node;
  /** Whether it is a list of arguments, `...node`. */
  readonly isSpread: boolean;
}

type CallNode = Extract<Node, { type: 'CallExpression' }>;

export function describeCall(origins: Origins, module: Module, node: CallNode): Call {
  const callee = withoutChain(node.callee);
  const args = argumentsOf(node.arguments);
  if (callee.type !== 'MemberExpression') {
    const target = origins.functionOf({ module, node: callee });
    return { callee, receiver: undefined, method: undefined, args, target };
  }
  const name = staticName(callee.property, callee.computed);
  if (name === 'call' || name === 'apply') return borrowed(origins, module, callee.object, name, args);
  const target = origins.functionOf({ module, node: callee });
  return { callee, receiver: callee.object, method: origins.nameOf(module, callee), args, target };
}

/** `f.call(x, …)`, `f.apply(x, list)` */
function borrowed(
  origins: Origins,
  module: Module,
  called: Node,
  by: 'call' | 'apply',
  [self, ...rest]: readonly Argument[],
): Call {
  const method = called.type === 'MemberExpression' ? origins.nameOf(module, called) : undefined;
  const args = by === 'call' ? rest : rest.map(({ node }) => ({ node, isSpread: true }));
  const target = origins.functionOf({ module, node: called });
  return { callee: called, receiver: self?.node, method, args, target };
}

export function argumentsOf(nodes: readonly Node[]): Argument[] {
  return nodes.map((node) =>
    node.type === 'SpreadElement' ? { node: node.argument, isSpread: true } : { node, isSpread: false },
  );
}

function withoutChain(node: Node): Node {
  return node.type === 'ChainExpression' ? node.expression : node;
}

/** The arguments that a parameter may be: all lists of arguments up to it, and the one at its place. */
export function argumentsAt(args: readonly Argument[], at: number): Argument[] {
  const spread = args.findIndex(({ isSpread }) => isSpread);
  if (spread === -1 || at < spread) return args.slice(at, at + 1);
  return args.slice(spread);
}
