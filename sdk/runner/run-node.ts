import type { OpenView } from '../nodes/cache-view.js';
import type { ComputeNode } from '../nodes/node.js';
import type { BarCursor, BarRows } from './bar-rows.js';
import type { CachedStream } from './node-cache.js';
import type { OutputWriter } from './output-writer.js';
import type { RecordedStream } from './recorded-outputs.js';
import type { RunStream } from './run-streams.js';

/** The means to evaluate a compute node. */
export interface Computation {
  readonly node: ComputeNode;
  /** Streams that compute reads; it runs for a bucket when each of them has it and `period` bars. */
  readonly inputs: readonly CachedStream[];
  readonly view: OpenView;
  readonly write: OutputWriter;
  /** The row that `write` fills; reused for every bar. */
  readonly row: Float64Array;
  /** Index of the position's weight in `row`, if this node is the strategy's position; else -1. */
  readonly weightAt: number;
}

/** One stream of a run, and its progress. */
export interface RunNode extends RecordedStream {
  readonly definition: RunStream;
  readonly name: string;
  readonly stream: CachedStream;
  /** All outputs of the node in this run. */
  readonly outputs: BarRows;
  /** Undefined for sources and members. */
  readonly computation: Computation | undefined;
  /** Bars from outside; undefined for computed nodes. */
  arriving: BarCursor | undefined;
  /** Records of the topic for this ComputeKey; undefined when nothing may be reused. */
  recorded: BarCursor | undefined;
  /** Rows of `outputs` that are not in a topic yet. */
  readonly unwritten: number[];
  computed: number;
  reused: number;
}
