import type { OpenView } from '../nodes/cache-view.js';
import { describeThrown, errorMember, isForeignQmtlError } from '../nodes/foreign-value.js';
import { type BarCursor, isoTime } from './bar-rows.js';
import type { CachedStream } from './cached-stream.js';
import { takeLimitError } from './engine-limits.js';
import type { EvaluationFault } from './messages.js';
import type { ModuleInstance } from './module-instance.js';
import type { OutputWriter } from './output-writer.js';
import { placesOf } from './tamed-globals.js';

/** One stream while a run is evaluated. */
export interface EvaluatedStream {
  /** Its place in the plan. */
  readonly index: number;
  readonly cache: CachedStream;
  readonly arriving: BarCursor | undefined;
  readonly recorded: BarCursor | undefined;
  readonly isWritten: boolean;
  /** Undefined for streams from outside. */
  readonly computation: Computation | undefined;
  /** The bars of the present request that are not in a topic yet; only kept up when some are. */
  readonly unwritten: number[];
  computed: number;
  reused: number;
}

/** The means to evaluate a compute node. */
export interface Computation {
  readonly name: string;
  /** The number of bars that compute sees. */
  readonly period: number;
  readonly instance: ModuleInstance;
  /** Streams that compute reads; it runs for a bucket when each of them has it and `period` bars. */
  readonly inputs: readonly CachedStream[];
  /** The least end of each input with `period` bars, in the present request. */
  readonly leastEnds: Int32Array;
  readonly view: OpenView;
  readonly write: OutputWriter;
  /** The row that `write` fills; reused for every bar. */
  readonly row: Float64Array;
  readonly checkRow: Float64Array;
  /** Index of the position's weight in `row`; else -1. */
  readonly weightAt: number;
  /** How many bars are still computed twice. */
  checksLeft: number;
}

/** Thrown for errors of an author's code; it carries what is sent to the author's process. */
export class EvaluationError extends Error {
  readonly fault: EvaluationFault;

  constructor(fault: EvaluationFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/**
 * Evaluates buckets, in ascending order, of the whole DAG; nodes after their inputs. Throws EvaluationError for the first
 * bucket with a fault, and there for the first node.
 *
 * Each node is evaluated for all buckets before the next node: its code and data then stay in the processor's caches.
 */
export function evaluateBars(streams: readonly EvaluatedStream[], times: Float64Array): void {
  for (const stream of streams) beginRequest(stream, times.length);
  let first: EvaluationError | undefined;
  let buckets = times.length;
  for (const stream of streams) {
    const { computation } = stream;
    if (computation === undefined) {
      arrive(stream, times);
      continue;
    }
    const bucket = evaluateNode(stream, computation, times, buckets, (error) => {
      first = error;
    });
    // What comes before the fault may have a fault too, in a node that is evaluated later.
    buckets = bucket;
  }
  if (first !== undefined) throw first;
}

/** Runs author's code, and reports what it throws as a fault of a stream. */
export function withFault<T>(stream: number, message: string, run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    throw new EvaluationError(thrownFault(stream, message, thrown));
  }
}

function beginRequest(stream: EvaluatedStream, buckets: number): void {
  stream.cache.begin(buckets);
  stream.unwritten.length = 0;
  stream.computed = 0;
  stream.reused = 0;
}

function arrive(stream: EvaluatedStream, times: Float64Array): void {
  const { arriving, recorded, cache } = stream;
  if (arriving === undefined) return;
  for (const [bucket, time] of times.entries()) {
    const row = arriving.rowAt(time);
    if (row === -1) continue;
    // Bars recorded by an earlier run are not written again.
    if (recorded !== undefined && recorded.rowAt(time) === -1) stream.unwritten.push(cache.rows);
    cache.append(bucket, arriving.rows.values, row * arriving.rows.fields);
  }
}

/** Returns the number of buckets without a fault. */
function evaluateNode(
  stream: EvaluatedStream,
  computation: Computation,
  times: Float64Array,
  buckets: number,
  failed: (error: EvaluationError) => void,
): number {
  const { inputs, leastEnds, period } = computation;
  for (const [index, input] of inputs.entries()) leastEnds[index] = input.endOf(period);
  let bucket = 0;
  try {
    for (; bucket < buckets; bucket += 1) {
      if (isReady(computation, bucket)) evaluateBucket(stream, computation, bucket, times[bucket] ?? 0);
    }
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    failed(error);
  }
  return bucket;
}

/** Whether every input has this bucket, and `period` bars up to it. */
function isReady({ inputs, leastEnds }: Computation, bucket: number): boolean {
  for (let index = 0; index < inputs.length; index += 1) {
    const end = inputs[index]?.endAt(bucket) ?? 0;
    if (end < (leastEnds[index] ?? 0)) return false;
  }
  // A tag query may have matched nothing: then there is no bar to compute.
  return inputs.length > 0;
}

function evaluateBucket(
  stream: EvaluatedStream,
  computation: Computation,
  bucket: number,
  time: number,
): void {
  const { cache } = stream;
  if (stream.recorded !== undefined) {
    const row = stream.recorded.rowAt(time);
    if (row !== -1) {
      stream.reused += 1;
      cache.append(bucket, stream.recorded.rows.values, row * cache.fields);
      return;
    }
    stream.unwritten.push(cache.rows);
  }
  const { inputs, view, row } = computation;
  for (let index = 0; index < inputs.length; index += 1) {
    const input = inputs[index];
    input?.showTo(input.endAt(bucket));
  }
  view.moveTo(time);
  evaluate(stream, computation, false, time);
  if (computation.checksLeft > 0) refuseState(stream, computation, time);
  if (computation.weightAt !== -1) refuseWeight(stream, computation, time);
  stream.computed += 1;
  cache.append(bucket, row, 0);
}

/** `isCheck`: computes `checkRow` in a fresh instance instead of `row`. */
function evaluate(
  { index }: EvaluatedStream,
  computation: Computation,
  isCheck: boolean,
  time: number,
): void {
  const { instance, view, write, row, checkRow } = computation;
  try {
    const compute = isCheck ? instance.another() : instance.forBar();
    write(compute(view.view), isCheck ? checkRow : row);
  } catch (thrown) {
    throw evaluationError(index, computation, thrown, time);
  }
  const limit = takeLimitError();
  if (limit !== undefined) throw computeFailed(index, computation, limit, time);
}

function evaluationError(
  index: number,
  computation: Computation,
  thrown: unknown,
  time: number,
): EvaluationError {
  const limit = takeLimitError();
  // The getters of a returned row may throw.
  if (limit !== undefined || !isForeignQmtlError(thrown))
    return computeFailed(index, computation, limit ?? thrown, time);
  return new EvaluationError(returnedFault(index, `${thrown.message} at ${isoTime(time)}`, thrown.hint));
}

function computeFailed(index: number, { name }: Computation, thrown: unknown, time: number): EvaluationError {
  return new EvaluationError(
    thrownFault(index, `compute of node ${name} failed at ${isoTime(time)}`, thrown),
  );
}

/** Computes the bar again in a fresh instance: a difference means that something is kept from bar to bar. */
function refuseState(stream: EvaluatedStream, computation: Computation, time: number): void {
  computation.checksLeft -= 1;
  const { name, row, checkRow } = computation;
  evaluate(stream, computation, true, time);
  if (row.every((value, field) => Object.is(value, checkRow[field]))) return;
  const message = `compute of node ${name} keeps something from bar to bar: at ${isoTime(time)} it returned ${row.join(', ')}, and in a fresh instance ${checkRow.join(', ')}`;
  throw new EvaluationError(
    returnedFault(
      stream.index,
      message,
      'compute from the view alone: what it needs of earlier bars is in the window of its inputs',
    ),
  );
}

/** Equity, and so every figure of performance after it, would be meaningless. */
function refuseWeight({ index }: EvaluatedStream, { name, row, weightAt }: Computation, time: number): void {
  const weight = row[weightAt];
  if (Number.isFinite(weight)) return;
  const message = `compute of node ${name} returned ${weight} for field weight, the position, at ${isoTime(time)}`;
  throw new EvaluationError(
    returnedFault(index, message, 'a weight is the fraction of capital to hold: return 0 for no position'),
  );
}

function thrownFault(stream: number, message: string, thrown: unknown): EvaluationFault {
  const described = describeThrown(thrown);
  const name = errorMember(thrown, 'name') ?? 'Error';
  return {
    message: `${message}: ${described}`,
    hint: undefined,
    stream,
    cause: { name, message: described },
    places: placesOf(thrown),
  };
}

function returnedFault(stream: number, message: string, hint: string | undefined): EvaluationFault {
  return { message, hint, stream, cause: undefined, places: [] };
}
