import type { OpenView } from '../nodes/cache-view.js';
import type { ComputeNode } from '../nodes/node.js';
import type { BarCursor, BarRows } from './bar-rows.js';
import type { CachedStream } from './node-cache.js';
import type { OutputWriter } from './output-writer.js';
import type { RecordedStream } from './recorded-outputs.js';
import type { RunStream } from './run-streams.js';

/** How a compute node is evaluated. */
export interface Computation {
  readonly node: ComputeNode;
  /** Streams compute reads; it runs for a bucket once each of them has it and `period` bars. */
  readonly inputs: readonly CachedStream[];
  readonly view: OpenView;
  readonly write: OutputWriter;
  /** Where `write` puts a row; used again for every bar. */
  readonly row: Float64Array;
}

/** One stream of a run, and how far it is. */
export interface RunNode extends RecordedStream {
  readonly definition: RunStream;
  readonly name: string;
  readonly stream: CachedStream;
  /** Everything the node gave in this run. */
  readonly outputs: BarRows;
  /** Undefined for sources and members. */
  readonly computation: Computation | undefined;
  /** Bars that come from outside; undefined for computed nodes. */
  arriving: BarCursor | undefined;
  /** What the topic holds already for this ComputeKey; undefined when nothing may be reused. */
  recorded: BarCursor | undefined;
  /** Rows of `outputs` that are in no topic yet. */
  readonly unwritten: number[];
  computed: number;
  reused: number;
}
