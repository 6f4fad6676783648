import { setImmediate } from 'node:timers/promises';
import { refuseStopped } from '../compile/stop-signal.js';
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
  readonly onProgress?: ((progress: BacktestProgress) => void) | undefined;
  /** Stops the run while a source is read, or between two chunks of bars. */
  readonly signal?: AbortSignal | undefined;
}

/** Bars per transaction, and between two turns of the event loop. */
const barsPerChunkMax = 256;
/** Limits the transactions of wide DAGs, and the time until an interruption is noticed. */
const recordsPerChunkMax = 50_000;

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
  const barsPerChunk = Math.min(barsPerChunkMax, Math.ceil(recordsPerChunkMax / nodes.length));
  for (let from = 0; from < times.length; from += barsPerChunk) {
    refuseStopped({ signal, whenStopped }, `after ${from} of ${times.length} bars`);
    const chunk = times.subarray(from, from + barsPerChunk);
    for (const time of chunk) evaluateBar(nodes, time);
    await commit();
    onProgress?.({ bars: from + chunk.length, barsTotal: times.length });
    await setImmediate();
  }
}
