import { setImmediate } from 'node:timers/promises';
import { refuseStopped, unlessStopped } from '../compile/stop-signal.js';
import { evaluateBar } from './evaluate-bar.js';
import type { RunNode } from './run-node.js';

/**
 * The progress of a backtest.
 *
 * @example
 * ```ts
 * import type { BacktestProgress } from 'qmtl/backtest';
 *
 * const show = ({ bars, barsTotal }: BacktestProgress) => console.log(`${bars} of ${barsTotal}`);
 * ```
 */
export interface BacktestProgress {
  readonly bars: number;
  readonly barsTotal: number;
}

/** Callbacks and signal to watch and stop a run. */
export interface RunControls {
  /** Waited for; what it throws or rejects with ends the run. */
  readonly onProgress?: ((progress: BacktestProgress) => unknown) | undefined;
  /** Stops the run while a source is read, and after any chunk of bars, even the last. */
  readonly signal?: AbortSignal | undefined;
}

/** Bars per transaction, and between two turns of the event loop. */
const barsPerChunkMax = 256;
/** Limits the transactions of wide DAGs. */
const recordsPerChunkMax = 50_000;
/** Ends the chunks of slow computes: the time until an interruption is noticed, and what a resumed run computes again. */
const millisecondsPerChunkMax = 200;

/** How the results of a run are kept. */
export interface RunKeeping {
  /** Keeps the outputs since the last call. */
  readonly commit: () => Promise<void>;
  /** The hint of the error when the run is stopped. */
  readonly whenStopped: string;
}

/** Evaluates all buckets, in chunks. */
export async function runBars(
  nodes: readonly RunNode[],
  times: Float64Array,
  { commit, whenStopped }: RunKeeping,
  { onProgress, signal }: RunControls,
): Promise<void> {
  const stopping = { signal, whenStopped };
  const barsTotal = times.length;
  let bars = 0;
  const where = () => `after ${bars} of ${barsTotal} bars`;
  refuseStopped(stopping, where());
  while (bars < barsTotal) {
    bars += evaluateChunk(nodes, times.subarray(bars));
    await commit();
    await unlessStopped(() => onProgress?.({ bars, barsTotal }), stopping, where());
    await noticeSignals();
    refuseStopped(stopping, where());
  }
}

/** Evaluates the first of the buckets, and returns how many. */
function evaluateChunk(nodes: readonly RunNode[], times: Float64Array): number {
  const barsMax = Math.min(barsPerChunkMax, Math.ceil(recordsPerChunkMax / nodes.length));
  const end = performance.now() + millisecondsPerChunkMax;
  let bars = 0;
  for (const time of times.subarray(0, barsMax)) {
    evaluateBar(nodes, time);
    bars += 1;
    if (performance.now() >= end) break;
  }
  return bars;
}

/**
 * Lets Node deliver what arrived during a chunk. It looks for signals before it runs immediates, and in the present turn it may
 * have looked already: only the second immediate is certainly after them.
 */
async function noticeSignals(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
