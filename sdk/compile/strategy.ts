import type { Problem } from '../../domain/base/errors.js';
import type { DagDigest, NodeId } from '../../domain/base/ids.js';
import type { Dag, NodeSpec } from '../../domain/dag/dag.js';
import type { Json } from '../../std/json.js';
import type { SourceNode, StreamNode } from '../nodes/node.js';

/** Marks strategies made by any copy of this library. */
export const strategyBrand: unique symbol = Symbol.for('qmtl.strategy/1');

/** A node that says which fraction of the capital to hold in the traded asset during the next bar: −1 short … 1 long. */
export type PositionNode = StreamNode<{ readonly weight: 'float64' }>;

/** A source whose `close` a backtest marks positions to. */
export type TradedNode = SourceNode<{ readonly close: 'float64' }>;

/** Where and on which data a strategy is submitted to run. */
export interface SubmissionOptions {
  /** The world, an isolated trading environment. */
  readonly world: string;
  /** backtest, dryrun, live or shadow, or a known alias; the control plane demotes what it does not know to backtest. */
  readonly domain?: string;
  /** The data snapshot a backtest or dry run is pinned to. */
  readonly asOf?: string;
  readonly partition?: string;
  /** Commit of the author's repository. */
  readonly commitHash?: string;
}

/** A named, versioned set of nodes an author owns. */
export interface Strategy {
  readonly [strategyBrand]: true;
  readonly id: string;
  readonly version: string;
  readonly outputs: Readonly<Record<string, StreamNode>>;
  /** With it goes an output named `position` with a field `weight`. */
  readonly traded: TradedNode | undefined;
  /** Everything that is wrong with it, in its code and as the control plane would say; empty = it can be submitted. */
  check(): readonly Problem[];
  /** Its DAG with all ids. Throws QmtlError with every problem when `check()` is not empty. */
  compile(): CompiledStrategy;
  /** The document `submit` and `qmtl submit` take. Throws QmtlError as `compile` does. */
  toSubmissionDocument(options: SubmissionOptions): { readonly [key: string]: Json };
}

/** A strategy whose ids are known: what a runner works from. */
export interface CompiledStrategy {
  readonly strategy: Strategy;
  /** In topological order. Author's nodes that mean the same are one entry. */
  readonly nodes: readonly CompiledNode[];
  readonly dag: Dag;
  readonly dagDigest: DagDigest;
  /** The node of each of the strategy's outputs. */
  readonly outputs: Readonly<Record<string, NodeId>>;
  readonly traded: NodeId | undefined;
}

export interface CompiledNode {
  readonly nodeId: NodeId;
  readonly spec: NodeSpec;
  /** The first of the author's nodes with this id. */
  readonly node: StreamNode;
  /** Upstream of each name compute reads it under; empty for sources and tag queries. */
  readonly inputs: Readonly<Record<string, NodeId>>;
}

/** Whether a value is a strategy of this or another copy of this library. */
export function isStrategy(value: unknown): value is Strategy {
  return typeof value === 'object' && value !== null && strategyBrand in value;
}
