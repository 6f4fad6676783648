import { setImmediate } from 'node:timers/promises';
import { QmtlError } from '../../domain/base/errors.js';
import { evaluateBar } from './evaluate-bar.js';
import type { RunNode } from './run-node.js';

/**
 * How far a backtest is.
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

/** How a run is watched and stopped. */
export interface RunControls {
  readonly onProgress?: (progress: BacktestProgress) => void;
  /** Stops between two chunks of bars. */
  readonly signal?: AbortSignal;
}

/** Bars of one transaction, and between two looks at the event loop. */
const barsPerChunkMax = 256;
/** Keeps transactions of wide DAGs small, and the time until an interruption is noticed short. */
const recordsPerChunkMax = 50_000;

/** What becomes of the bars that were run. */
export interface RunKeeping {
  /** Keeps what came of the bars since the last call. */
  readonly commit: () => Promise<void>;
  /** What to say to who stopped the run. */
  readonly whenStopped: string;
}

/** Takes all buckets through the DAG, some at a time. */
export async function runBars(
  nodes: readonly RunNode[],
  times: Float64Array,
  { commit, whenStopped }: RunKeeping,
  { onProgress, signal }: RunControls,
): Promise<void> {
  const barsPerChunk = Math.min(barsPerChunkMax, Math.ceil(recordsPerChunkMax / nodes.length));
  for (let from = 0; from < times.length; from += barsPerChunk) {
    if (signal?.aborted === true) throw interrupted(from, times.length, whenStopped);
    const chunk = times.subarray(from, from + barsPerChunk);
    for (const time of chunk) evaluateBar(nodes, time);
    await commit();
    onProgress?.({ bars: from + chunk.length, barsTotal: times.length });
    await setImmediate();
  }
}

function interrupted(bars: number, barsTotal: number, hint: string): QmtlError {
  return new QmtlError('E_INTERRUPTED', `the run was stopped after ${bars} of ${barsTotal} bars`, { hint });
}
