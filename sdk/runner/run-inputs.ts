import { QmtlError } from '../../domain/base/errors.js';
import type { RecordLog } from '../../domain/ports/record-log.js';
import type { Stopping } from '../compile/stop-signal.js';
import { type BarRows, isoTime } from '../realm/bar-rows.js';
import { readRecordedOutputs } from './recorded-outputs.js';
import type { RunNode } from './run-node.js';
import { otherFields } from './run-streams.js';
import { readSourceBars } from './source-bars.js';

/** Reads the history of every source of the strategy. */
export async function loadSources(nodes: readonly RunNode[], stopping: Stopping): Promise<void> {
  for (const run of nodes) {
    const { definition } = run;
    if (definition.kind !== 'source') continue;
    run.arriving = await readSourceBars(definition.node, stopping);
  }
}

/** Reads the streams that tag queries matched. `standing`: as in `ReadRecorded`. */
export async function loadMembers(
  nodes: readonly RunNode[],
  log: RecordLog,
  standing: 'first' | 'last',
): Promise<void> {
  for (const run of nodes) {
    const { definition } = run;
    if (definition.kind !== 'member') continue;
    const { rows, otherSchema } = await readRecordedOutputs({ log, standing }, run);
    if (otherSchema > 0) throw otherFields(definition.node, run.topic, []);
    run.arriving = rows;
  }
}

/** Reads the records that topics hold for the ComputeKeys of this run, and refuses data that changed under its snapshot. */
export async function loadRecorded(nodes: readonly RunNode[], log: RecordLog): Promise<void> {
  for (const run of nodes) {
    if (run.definition.kind === 'member') continue;
    const { rows } = await readRecordedOutputs({ log, standing: 'first' }, run);
    if (run.arriving !== undefined) refuseChanged(run.name, run.arriving, rows);
    run.recorded = rows;
  }
}

/**
 * Outputs computed from recorded bars are reused from topics, so the arriving bars must equal the recorded ones. A history
 * may continue after the recorded one, or begin before it; within it, no value may differ and no bar may be missing or new.
 */
function refuseChanged(source: string, arriving: BarRows, recorded: BarRows): void {
  const from = Math.max(arriving.time(0), recorded.time(0));
  const to = Math.min(arriving.time(arriving.rows - 1), recorded.time(recorded.rows - 1));
  let given = rowFrom(arriving, from);
  let known = rowFrom(recorded, from);
  // NaN, the time of a row that does not exist, is never `<=`: without rows there is nothing to compare.
  while (arriving.time(given) <= to || recorded.time(known) <= to) {
    const bucket = Math.min(arriving.time(given), recorded.time(known));
    if (arriving.time(given) !== recorded.time(known)) throw changed(source, bucket);
    if (!recorded.rowEquals(known, arriving.values, given * arriving.fields)) throw changed(source, bucket);
    given += 1;
    known += 1;
  }
}

function rowFrom(rows: BarRows, time: number): number {
  let row = 0;
  while (rows.time(row) < time) row += 1;
  return row;
}

function changed(source: string, bucket: number): QmtlError {
  return new QmtlError(
    'E_DATA',
    `source ${source} differs at ${isoTime(bucket)} from the bars recorded under this as_of`,
    { hint: 'a snapshot never changes: run changed data under a new as_of' },
  );
}

/** All buckets with an arriving bar, ascending, each once. */
export function eventTimes(nodes: readonly RunNode[]): Float64Array {
  const [longest = Float64Array.of(), ...others] = nodes
    .flatMap(({ arriving }) => (arriving === undefined ? [] : [arriving.times()]))
    .sort((a, b) => b.length - a.length);
  const known = new Set(others.length === 0 ? [] : longest);
  const further = new Set<number>();
  for (const times of others) for (const time of times) if (!known.has(time)) further.add(time);
  return further.size === 0 ? longest : Float64Array.from([...longest, ...further]).sort();
}
