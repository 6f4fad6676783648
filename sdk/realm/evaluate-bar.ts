import type { OpenView } from '../nodes/cache-view.js';
import { describeThrown, errorMember, isForeignQmtlError } from '../nodes/foreign-value.js';
import { type BarCursor, type BarRows, isoTime } from './bar-rows.js';
import type { CachedStream } from './cached-stream.js';
import type { EvaluationFault } from './messages.js';
import { type Compute, type ModuleInstance, takeLimitError } from './module-instance.js';
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
  /** Outputs that the author's process has not got yet. */
  readonly outputs: BarRows;
  /** Rows of `outputs` that are not in a topic yet. */
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

/** Evaluates one bucket of the whole DAG. Buckets come in ascending order, nodes after their inputs. */
export function evaluateBar(streams: readonly EvaluatedStream[], time: number): void {
  for (const stream of streams) {
    if (stream.computation === undefined) arrive(stream, time);
    else if (isReady(stream.computation, time)) computeBar(stream, stream.computation, time);
  }
}

/** Runs author's code, and reports what it throws as a fault of a stream. */
export function withFault<T>(stream: number, message: string, run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    throw new EvaluationError(thrownFault(stream, message, thrown));
  }
}

function arrive(stream: EvaluatedStream, time: number): void {
  const row = stream.arriving?.rowAt(time) ?? -1;
  if (stream.arriving === undefined || row === -1) return;
  // Bars recorded by an earlier run are not written again.
  if (stream.isWritten && (stream.recorded?.rowAt(time) ?? -1) === -1)
    stream.unwritten.push(stream.outputs.rows);
  take(stream, time, stream.arriving, row);
}

/** Whether every input has this bucket, and `period` bars up to it. */
function isReady({ period, inputs }: Computation, time: number): boolean {
  for (const input of inputs) {
    if (input.newest !== time || input.bars < period) return false;
  }
  // A tag query may have matched nothing: then there is no bar to compute.
  return inputs.length > 0;
}

function computeBar(stream: EvaluatedStream, computation: Computation, time: number): void {
  const row = stream.recorded?.rowAt(time) ?? -1;
  if (stream.recorded !== undefined && row !== -1) {
    stream.reused += 1;
    take(stream, time, stream.recorded, row);
    return;
  }
  computation.view.moveTo(time);
  evaluate(stream, computation, computation.instance.forBar(), computation.row, time);
  if (computation.checksLeft > 0) refuseState(stream, computation, time);
  refuseWeight(stream, computation, time);
  stream.computed += 1;
  stream.unwritten.push(stream.outputs.rows);
  stream.cache.append(time, computation.row, 0);
  stream.outputs.append(time, computation.row, 0);
}

function take(stream: EvaluatedStream, time: number, { rows }: BarCursor, row: number): void {
  const from = row * rows.fields;
  stream.cache.append(time, rows.values, from);
  stream.outputs.append(time, rows.values, from);
}

function evaluate(
  { index }: EvaluatedStream,
  { name, view, write }: Computation,
  compute: Compute,
  row: Float64Array,
  time: number,
): void {
  const failed = (thrown: unknown) =>
    new EvaluationError(thrownFault(index, `compute of node ${name} failed at ${isoTime(time)}`, thrown));
  try {
    write(compute(view.view), row);
  } catch (thrown) {
    const limit = takeLimitError();
    // The getters of a returned row may throw.
    if (limit !== undefined || !isForeignQmtlError(thrown)) throw failed(limit ?? thrown);
    throw new EvaluationError(returnedFault(index, `${thrown.message} at ${isoTime(time)}`, thrown.hint));
  }
  const limit = takeLimitError();
  if (limit !== undefined) throw failed(limit);
}

/** Computes the bar again in a fresh instance: a difference means that something is kept from bar to bar. */
function refuseState(stream: EvaluatedStream, computation: Computation, time: number): void {
  computation.checksLeft -= 1;
  const { name, row, checkRow, instance } = computation;
  evaluate(stream, computation, instance.another(), checkRow, time);
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
  const weight = weightAt === -1 ? 0 : row[weightAt];
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
