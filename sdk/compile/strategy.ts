import type { Problem } from '../../domain/base/errors.js';
import type { Json } from '../../std/json.js';
import { isMade } from '../nodes/foreign-value.js';
import type { OutputNode, SourceNode, StreamNode } from '../nodes/node.js';

/** Marks strategies created by any copy of this library. */
export const strategyBrand: unique symbol = Symbol.for('qmtl.strategy/1');

/**
 * A node whose `weight` is the fraction of the capital to hold in the traded asset during the next bar: −1 short … 1 long.
 *
 * @example
 * ```ts
 * import { days, node, type PositionNode, source } from 'qmtl';
 *
 * const price = source('price', { type: 'Price', interval: days(1), output: { close: 'float64' } });
 * const position: PositionNode = node('always-long', {
 *   inputs: { price },
 *   output: { weight: 'float64' },
 *   compute: () => ({ weight: 1 }),
 * });
 * ```
 */
export type PositionNode = OutputNode<{ readonly weight: 'float64' }>;

/**
 * A source of prices: a backtest marks positions to its `close`.
 *
 * @example
 * ```ts
 * import { days, source, type TradedNode } from 'qmtl';
 *
 * const traded: TradedNode = source('btc', { type: 'Price', interval: days(1), output: { close: 'float64' } });
 * ```
 */
export type TradedNode = SourceNode<{ readonly close: 'float64' }>;

/**
 * Where a submitted strategy runs, and on which data.
 *
 * @example
 * ```ts
 * import type { SubmissionOptions } from 'qmtl';
 *
 * const options: SubmissionOptions = { world: 'demo', domain: 'backtest', asOf: '2020-04-17' };
 * ```
 */
export interface SubmissionOptions {
  /** The world, an isolated trading environment. */
  readonly world: string;
  /** backtest, dryrun, live or shadow, or a known alias; the control plane demotes an unknown domain to backtest. */
  readonly domain?: string;
  /** The data snapshot that a backtest or dry run is pinned to. */
  readonly asOf?: string;
  readonly partition?: string;
  /** Commit of the author's repository. */
  readonly commitHash?: string;
}

/**
 * A named, versioned set of nodes.
 *
 * @example
 * ```ts
 * import { bars, days, node, type Strategy, source, strategy } from 'qmtl';
 *
 * const price = source('price', { type: 'Price', interval: days(1), output: { close: 'float64' } });
 * const mean = node('mean', { inputs: { price }, period: bars(5), compute: (view) => view.price.close.mean() });
 * const made: Strategy = strategy('means', { outputs: { mean } });
 * console.log(made.check().length, made.compile().outputs.mean);
 * ```
 */
export interface Strategy {
  readonly [strategyBrand]: true;
  readonly id: string;
  readonly version: string;
  /** The nodes the strategy is run for, by name. */
  readonly outputs: Readonly<Record<string, OutputNode>>;
  /** When it is set, there is an output named `position` with a field `weight`. */
  readonly traded: TradedNode | undefined;
  /** Problems of the definition itself; `check()` reports them with those of its nodes. */
  readonly faults: readonly Problem[];
  /** All problems: those of its code and those the control plane would report; empty = it can be submitted. */
  check(): readonly Problem[];
  /** Its DAG with all ids. Throws QmtlError with all problems when `check()` is not empty. */
  compile(): CompiledStrategy;
  /** The document for `submit` and `qmtl submit`. Throws QmtlError as `compile` does. */
  toSubmissionDocument(options: SubmissionOptions): { readonly [key: string]: Json };
}

/**
 * A strategy with its ids.
 *
 * @example
 * ```ts
 * import { bars, type CompiledStrategy, days, node, source, strategy } from 'qmtl';
 *
 * const price = source('price', { type: 'Price', interval: days(1), output: { close: 'float64' } });
 * const mean = node('mean', { inputs: { price }, period: bars(5), compute: (view) => view.price.close.mean() });
 * const compiled: CompiledStrategy = strategy('means', { outputs: { mean } }).compile();
 * console.log(compiled.dagDigest, compiled.nodes.length);
 * ```
 */
export interface CompiledStrategy {
  readonly strategy: Strategy;
  /** In topological order. Nodes with equal ids are one entry. */
  readonly nodes: readonly CompiledNode[];
  /** The nodes as the control plane sees them, in the same order. */
  readonly dag: { readonly nodes: readonly CompiledNodeSpec[] };
  /** `blake3:` and 64 hex digits: the hash of all nodes and their descriptions. */
  readonly dagDigest: string;
  /** NodeIDs of the strategy's outputs, by name. */
  readonly outputs: Readonly<Record<string, string>>;
  /** NodeID of the traded source. */
  readonly traded: string | undefined;
}

/**
 * A node of a compiled strategy.
 *
 * @example
 * ```ts
 * import type { CompiledNode } from 'qmtl';
 *
 * function line({ nodeId, node, inputs }: CompiledNode): string {
 *   return `${node.name} ${nodeId} reads ${Object.keys(inputs).join(', ')}`;
 * }
 * ```
 */
export interface CompiledNode {
  /** `blake3:` and hex digits: the hash of what the node computes. */
  readonly nodeId: string;
  /** The node as the control plane sees it. */
  readonly spec: CompiledNodeSpec;
  /** The first of the author's nodes with this id. */
  readonly node: StreamNode;
  /** NodeIDs of the inputs, by the name in the view; empty for sources and tag queries. */
  readonly inputs: Readonly<Record<string, string>>;
}

/**
 * A node as the control plane sees it: the fields that identify it, then those that describe it.
 *
 * @example
 * ```ts
 * import type { CompiledNodeSpec } from 'qmtl';
 *
 * function lookBack({ period, interval }: CompiledNodeSpec): number {
 *   return period * interval;
 * }
 * ```
 */
export interface CompiledNodeSpec {
  readonly nodeId: string;
  readonly nodeType: string;
  /** Whole seconds between bars. */
  readonly interval: number;
  /** Whole bars of history; 0 = none. */
  readonly period: number;
  /** Canonical JSON. */
  readonly paramsCanon: string;
  /** NodeIDs of upstreams, sorted. */
  readonly dependencies: readonly string[];
  readonly schemaCompatId: string;
  readonly codeHash: string;
  readonly schemaHash?: string;
  readonly name?: string;
  readonly tags: readonly string[];
  readonly owner?: string;
}

/** Whether a value is a strategy of this or another copy of this library. */
export function isStrategy(value: unknown): value is Strategy {
  return isMade(value, strategyBrand);
}
