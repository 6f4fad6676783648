import type { BarRows } from '../realm/bar-rows.js';
import type { BarsDigest } from './bars-digest.js';
import type { RecordedStream } from './recorded-outputs.js';
import type { RunStream } from './run-streams.js';

/** One stream of a run, and its progress. */
export interface RunNode extends RecordedStream {
  readonly definition: RunStream;
  readonly name: string;
  /** All outputs of the node in this run. */
  readonly outputs: BarRows;
  /** Of `outputs`. */
  readonly digest: BarsDigest;
  /** The number of bars that the consumer with the longest period sees. */
  readonly barsKept: number;
  /** Whether it is the strategy's position. */
  readonly isPosition: boolean;
  /** Bars from outside; undefined for computed nodes. Empty once the thread of the run has them. */
  arriving: BarRows | undefined;
  /** Records of the topic for this ComputeKey; undefined when nothing may be reused. Empty once the thread has them. */
  recorded: BarRows | undefined;
  /** Rows of `outputs` that are not in a topic yet. */
  readonly unwritten: number[];
  computed: number;
  reused: number;
}
