import { QmtlError } from '../../domain/base/errors.js';
import { thrownAt } from '../compile/user-frame.js';
import { describeThrown, isForeignQmtlError } from '../nodes/foreign-value.js';
import type { ComputedOutput, ComputeNode } from '../nodes/node.js';
import { type BarCursor, isoTime } from './bar-rows.js';
import type { Computation, RunNode } from './run-node.js';

/** Evaluates one bucket of the whole DAG. Buckets come in ascending order, nodes after their inputs. */
export function evaluateBar(nodes: readonly RunNode[], time: number): void {
  for (const run of nodes) {
    if (run.computation === undefined) arrive(run, time);
    else if (isReady(run.computation, time)) compute(run, run.computation, time);
  }
}

function arrive(run: RunNode, time: number): void {
  const row = run.arriving?.rowAt(time) ?? -1;
  if (run.arriving === undefined || row === -1) return;
  // The bars of a member are in its topic already, and bars recorded by an earlier run are not written again.
  if (run.definition.kind === 'source' && (run.recorded?.rowAt(time) ?? -1) === -1)
    run.unwritten.push(run.outputs.rows);
  take(run, time, run.arriving, row);
}

/** Whether every input has this bucket, and `period` bars up to it. */
function isReady({ node, inputs }: Computation, time: number): boolean {
  for (const input of inputs) {
    if (input.newest !== time || input.bars < node.period.bars) return false;
  }
  // A tag query may have matched nothing: then there is no bar to compute.
  return inputs.length > 0;
}

function compute(run: RunNode, computation: Computation, time: number): void {
  const row = run.recorded?.rowAt(time) ?? -1;
  if (run.recorded !== undefined && row !== -1) {
    run.reused += 1;
    take(run, time, run.recorded, row);
    return;
  }
  computation.view.moveTo(time);
  store(computation, evaluated(computation), time);
  refuseWeight(computation, time);
  run.computed += 1;
  run.unwritten.push(run.outputs.rows);
  run.stream.append(time, computation.row, 0);
  run.outputs.append(time, computation.row, 0);
}

function take(run: RunNode, time: number, { rows }: BarCursor, row: number): void {
  const from = row * rows.fields;
  run.stream.append(time, rows.values, from);
  run.outputs.append(time, rows.values, from);
}

function evaluated({ node, view }: Computation): ComputedOutput {
  try {
    return node.compute(view.view);
  } catch (cause) {
    throw failed(node, view.view.time, cause);
  }
}

function store({ node, write, row }: Computation, returned: ComputedOutput, time: number): void {
  try {
    write(returned, row);
  } catch (cause) {
    // The getters of a returned row may throw.
    if (!isForeignQmtlError(cause)) throw failed(node, time, cause);
    const { code, message, hint } = cause;
    throw new QmtlError(code, `${message} at ${isoTime(time)}`, {
      cause,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** Equity, and so every figure of performance after it, would be meaningless. */
function refuseWeight({ node, row, weightAt }: Computation, time: number): void {
  const weight = weightAt === -1 ? 0 : row[weightAt];
  if (Number.isFinite(weight)) return;
  const message = `compute of node ${node.name} returned ${weight} for field weight, the position, at ${isoTime(time)}`;
  throw new QmtlError('E_COMPUTE', message, {
    hint: 'a weight is the fraction of capital to hold: return 0 for no position',
  });
}

/** The error thrown by the author's code, with its place in the author's source. */
function failed({ name, compute: called }: ComputeNode, time: number, cause: unknown): QmtlError {
  const message = `compute of node ${name} failed at ${isoTime(time)}: ${describeThrown(cause)}`;
  return new QmtlError('E_COMPUTE', message, { ...thrownAt(cause, called), cause });
}
