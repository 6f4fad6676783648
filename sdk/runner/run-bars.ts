import { setImmediate } from 'node:timers/promises';
import { QmtlError } from '../../domain/base/errors.js';
import { refuseStopped, type Stopping, unlessStopped } from '../compile/stop-signal.js';
import type { EvaluatedBars, EvaluationFault } from '../realm/messages.js';
import { AuthorFault, EvaluationThread } from './evaluation-thread.js';
import { LiveComparison } from './live-comparison.js';
import type { RunNode } from './run-node.js';
import { evaluationPlan } from './run-plan.js';
import type { RunStream } from './run-streams.js';

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
  /** Stops the run at once, whatever author's code is doing. */
  readonly signal?: AbortSignal | undefined;
}

/** Bars per transaction. */
const barsPerChunkMax = 256;
/** Limits the transactions of wide DAGs. */
const recordsPerChunkMax = 50_000;
/** A chunk of slow nodes ends after this time, so that little is lost when a run is stopped. */
const millisecondsPerChunkMax = 200;
/** How many bars are evaluated to learn how long one takes. */
const barsOfFirstRequest = 8;

/** How the results of a run are kept. */
export interface RunKeeping {
  /** Writes the outputs since the last call; undefined when nothing is written. */
  readonly commit: (() => Promise<void>) | undefined;
  /** The hint of the error when the run is stopped. */
  readonly whenStopped: string;
}

/**
 * Evaluates all buckets, in chunks, in the thread of the run. While a chunk is kept, the thread evaluates the next one; what
 * becomes of that is looked at afterwards.
 */
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
  const run = await BarRun.open(nodes, times, stopping, where);
  try {
    let next = run.evaluateChunk(bars);
    while (bars < barsTotal) {
      const chunk = await next;
      const after = bars + chunk.bars;
      if (after < barsTotal) next = run.evaluateChunk(after);
      run.keep(chunk, commit !== undefined, after >= barsTotal);
      bars = after;
      await commit?.();
      await unlessStopped(() => onProgress?.({ bars, barsTotal }), stopping, where());
      await noticeSignals();
      refuseStopped(stopping, where());
    }
  } catch (error) {
    for (const { digest } of nodes) digest.dispose();
    throw error;
  } finally {
    await run.close();
  }
}

/**
 * Lets Node deliver what arrived during a chunk: it goes on with messages of the thread as long as there are any. It looks for
 * signals before it runs immediates, and in the present turn it may have looked already: only the second immediate is
 * certainly after them.
 */
async function noticeSignals(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

/** The outputs of some bars that follow each other, by request and stream. */
interface Chunk {
  readonly bars: number;
  readonly parts: readonly (readonly EvaluatedBars[])[];
}

/** The thread of a run, and what is done with its results. */
class BarRun {
  readonly #nodes: readonly RunNode[];
  readonly #times: Float64Array;
  readonly #stopping: Stopping;
  readonly #where: () => string;
  readonly #thread: EvaluationThread;
  readonly #live: LiveComparison;
  readonly #barsPerChunk: number;
  #barsPerMillisecond = 0;
  #chunks = 0;

  private constructor(
    nodes: readonly RunNode[],
    times: Float64Array,
    stopping: Stopping,
    where: () => string,
    thread: EvaluationThread,
  ) {
    this.#nodes = nodes;
    this.#times = times;
    this.#stopping = stopping;
    this.#where = where;
    this.#thread = thread;
    this.#live = new LiveComparison(nodes);
    this.#barsPerChunk = Math.min(barsPerChunkMax, Math.ceil(recordsPerChunkMax / nodes.length));
  }

  static async open(
    nodes: readonly RunNode[],
    times: Float64Array,
    stopping: Stopping,
    where: () => string,
  ): Promise<BarRun> {
    const open = () => EvaluationThread.open(evaluationPlan(nodes), stopping.signal);
    const thread = await reported(nodes, stopping, where, open);
    for (const run of nodes) run.outputs.reserve(rowsMax(run, times));
    return new BarRun(nodes, times, stopping, where, thread);
  }

  /** Evaluates buckets from one on. Its error may be looked at later: it is not unhandled until then. */
  evaluateChunk(from: number): Promise<Chunk> {
    const chunk = this.#evaluateChunk(this.#times.subarray(from));
    chunk.catch(() => {});
    return chunk;
  }

  async #evaluateChunk(times: Float64Array): Promise<Chunk> {
    const barsMax = Math.min(this.#barsPerChunk, times.length);
    const start = performance.now();
    const parts: (readonly EvaluatedBars[])[] = [];
    let bars = 0;
    let left = millisecondsPerChunkMax;
    while (bars < barsMax && left > 0) {
      const some =
        this.#barsPerMillisecond === 0 ? barsOfFirstRequest : Math.ceil(left * this.#barsPerMillisecond);
      const asked = times.slice(bars, Math.min(bars + Math.max(1, some), barsMax));
      const before = performance.now();
      parts.push(
        await reported(this.#nodes, this.#stopping, this.#where, () => this.#thread.evaluate(asked)),
      );
      bars += asked.length;
      // Nothing measured: the clock is too coarse, and the bars are fast.
      this.#barsPerMillisecond = asked.length / (performance.now() - before);
      left = start + millisecondsPerChunkMax - performance.now();
    }
    return { bars, parts };
  }

  /**
   * Keeps the outputs of a chunk, after those of the chunk before it. The newest bars of chunk 1, 2, 4, 8, … and of the last
   * one are compared with the loaded functions: what shows late shows before the results are there, at a cost that hardly grows.
   */
  keep({ parts }: Chunk, isWritten: boolean, isLast: boolean): void {
    for (const streams of parts) {
      this.#live.compare(streams);
      for (const [index, evaluated] of streams.entries()) keep(this.#nodes[index], evaluated, isWritten);
    }
    this.#chunks += 1;
    if (!isLast && !Number.isInteger(Math.log2(this.#chunks))) return;
    this.#live.compareNewest(this.#nodes, (index, max) =>
      newestComputed(
        parts.map((streams) => streams[index]),
        max,
      ),
    );
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}

/** How many of the newest bars of a node were computed, up to `max`: those of its rows that are not in a topic. */
function newestComputed(parts: readonly (EvaluatedBars | undefined)[], max: number): number {
  let count = 0;
  for (const bars of parts.toReversed()) {
    const rows = bars?.times.length ?? 0;
    let left = rows;
    while (left > 0 && count < max && bars?.unwritten.at(left - 1 - rows) === left - 1) {
      left -= 1;
      count += 1;
    }
    if (left > 0) break;
  }
  return count;
}

/** The largest possible number of rows. */
function rowsMax({ interval }: RunNode, times: Float64Array): number {
  const seconds = (times.at(-1) ?? 0) - (times[0] ?? 0);
  return Math.min(times.length, Math.floor(seconds / interval) + 1);
}

function keep(run: RunNode | undefined, evaluated: EvaluatedBars, isWritten: boolean): void {
  if (run === undefined) return;
  const first = run.outputs.rows;
  run.outputs.appendAll(evaluated);
  run.digest.add(evaluated);
  if (isWritten) for (const row of evaluated.unwritten) run.unwritten.push(first + row);
  run.computed += evaluated.computed;
  run.reused += evaluated.reused;
}

/** Runs something in the thread, and gives what ends it the form that authors read. */
async function reported<T>(
  nodes: readonly RunNode[],
  stopping: Stopping,
  where: () => string,
  work: () => Promise<T>,
): Promise<T> {
  refuseStopped(stopping, where());
  try {
    return await work();
  } catch (error) {
    refuseStopped(stopping, where());
    if (!(error instanceof AuthorFault)) throw error;
    throw computeError(nodes[error.fault.stream]?.definition, error.fault);
  }
}

/** The error of the author's code, with its place in the author's source. */
function computeError(definition: RunStream | undefined, fault: EvaluationFault): QmtlError {
  const { message, cause, places } = fault;
  const code = definition?.kind === 'compute' ? definition.code : undefined;
  const position = places.find(({ file }) => file === code?.digest);
  const by = position === undefined ? 'by the function at' : 'at';
  const hint = cause === undefined ? fault.hint : code && `it was thrown ${by} ${code.placeOf(position)}`;
  return new QmtlError('E_COMPUTE', message, {
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause: Object.assign(new Error(cause.message), { name: cause.name }) }),
  });
}
