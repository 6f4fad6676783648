import type { Problem } from '../../domain/base/errors.js';
import type { Params } from './cache-view.js';
import type { Bars, Duration } from './duration.js';
import { isMade, memberOf } from './foreign-value.js';
import type { OutputSchema } from './output-schema.js';

/** Marks nodes created by any copy of this library, so that two copies can be used together. */
export const nodeBrand: unique symbol = Symbol.for('qmtl.node/1');

/**
 * The members of every node.
 *
 * @example
 * ```ts
 * import type { NodeBase, OutputSchema } from 'qmtl';
 *
 * function title({ name, tags, interval }: NodeBase<OutputSchema>): string {
 *   return `${name} (${tags.join(', ')}), every ${interval.seconds} s`;
 * }
 * ```
 */
export interface NodeBase<O extends OutputSchema> {
  readonly [nodeBrand]: true;
  /** For display; not part of the identity of a compute node. */
  readonly name: string;
  /** node_type: decides the class of the topic. */
  readonly type: string;
  readonly interval: Duration;
  /** Field names and types, in the order in which records store them. */
  readonly output: O;
  readonly tags: readonly string[];
  /** Set by the author; otherwise derived from `output`. */
  readonly schemaCompatId: string | undefined;
  /** Problems of the definition, with `path` relative to the node. Reported when a strategy uses the node. */
  readonly faults: readonly Problem[];
}

/**
 * One bar of a source.
 *
 * @example
 * ```ts
 * import type { SourceBar } from 'qmtl';
 *
 * const bar: SourceBar = { time: 86_400, values: Float64Array.of(101.5) };
 * ```
 */
export interface SourceBar {
  /** Start of the bar, in whole seconds since the epoch. */
  readonly time: number;
  /** One value per field, in the order of the output schema. */
  readonly values: Float64Array;
}

/**
 * The history of a source, read by a runner.
 *
 * @example
 * ```ts
 * import type { SourceData } from 'qmtl';
 *
 * const data: SourceData = {
 *   description: 'two closes',
 *   read: async () => [
 *     { time: 0, values: Float64Array.of(100) },
 *     { time: 86_400, values: Float64Array.of(101.5) },
 *   ],
 * };
 * ```
 */
export interface SourceData {
  /** For messages, e.g. a file name. */
  readonly description: string;
  /** All bars in strictly ascending time, on whole multiples of the interval. Throws QmtlError `E_FILE` or `E_DATA`. */
  read(output: OutputSchema, interval: Duration): Promise<readonly SourceBar[]>;
}

/** What to do about a bar that is not on such a multiple. */
export const gridHint = 'bars start at whole multiples of the interval since 1970-01-01T00:00Z';

/**
 * A stream that comes from outside: a data vendor, a file, an exchange.
 *
 * @example
 * ```ts
 * import { days, type SourceNode, source } from 'qmtl';
 *
 * const price: SourceNode<{ readonly close: 'float64' }> = source('price', {
 *   type: 'Price',
 *   interval: days(1),
 *   output: { close: 'float64' },
 * });
 * ```
 */
export interface SourceNode<O extends OutputSchema = OutputSchema> extends NodeBase<O> {
  readonly kind: 'source';
  readonly params: Params;
  /** The history that a run in the author's process reads; undefined when only others publish the stream. */
  readonly data: SourceData | undefined;
}

/**
 * A stream computed from other streams.
 *
 * @example
 * ```ts
 * import { type ComputeNode, days, node, source } from 'qmtl';
 *
 * const price = source('price', { type: 'Price', interval: days(1), output: { close: 'float64' } });
 * const last: ComputeNode = node('last', { inputs: { price }, compute: (view) => view.price.close.at(-1) });
 * ```
 */
export interface ComputeNode<O extends OutputSchema = OutputSchema> extends NodeBase<O> {
  readonly kind: 'compute';
  /** Upstreams by their names in the view. */
  readonly inputs: Inputs;
  /** The number of bars of every input that compute sees; it is not called before that many exist. */
  readonly period: Bars;
  readonly params: Params;
  /** Called with the same view for every bar. */
  compute(
    this: void,
    view: { readonly params: Params; readonly time: number },
  ): number | Readonly<Record<string, number>>;
}

/**
 * All streams with certain tags and one interval, of any author, found while the strategy runs.
 *
 * @example
 * ```ts
 * import { days, type TagQueryNode, tagQuery } from 'qmtl';
 *
 * const peers: TagQueryNode = tagQuery('peers', { queryTags: ['momentum'], interval: days(1) });
 * ```
 */
export interface TagQueryNode<O extends OutputSchema = OutputSchema> extends NodeBase<O> {
  readonly kind: 'tag-query';
  readonly queryTags: readonly string[];
  /** `any`: at least one of the tags; `all`: every tag. */
  readonly matchMode: 'any' | 'all';
}

/**
 * Any node.
 *
 * @example
 * ```ts
 * import type { StreamNode } from 'qmtl';
 *
 * function inputNames(node: StreamNode): readonly string[] {
 *   return node.kind === 'compute' ? Object.keys(node.inputs) : [];
 * }
 * ```
 */
export type StreamNode<O extends OutputSchema = OutputSchema> =
  | SourceNode<O>
  | ComputeNode<O>
  | TagQueryNode<O>;

/**
 * A node that a strategy can be run for: one with a stream of its own. A tag query has none.
 *
 * @example
 * ```ts
 * import { days, type OutputNode, source } from 'qmtl';
 *
 * const price: OutputNode = source('price', { type: 'Price', interval: days(1), output: { close: 'float64' } });
 * ```
 */
export type OutputNode<O extends OutputSchema = OutputSchema> = SourceNode<O> | ComputeNode<O>;

/**
 * Upstreams by name.
 *
 * @example
 * ```ts
 * import { days, type Inputs, source } from 'qmtl';
 *
 * const price = source('price', { type: 'Price', interval: days(1), output: { close: 'float64' } });
 * const inputs: Inputs = { price };
 * ```
 */
export type Inputs = Readonly<Record<string, StreamNode>>;

const kinds: readonly unknown[] = ['source', 'compute', 'tag-query'] satisfies readonly StreamNode['kind'][];

/** Whether a value is a node of this or another copy of this library. A changed copy of a node is none. */
export function isNode(value: unknown): value is StreamNode {
  return (
    isMade(value, nodeBrand) &&
    kinds.includes(memberOf(value, 'kind')) &&
    Array.isArray(memberOf(value, 'faults'))
  );
}
