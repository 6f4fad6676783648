import { isQmtlError, QmtlError } from '../../domain/base/errors.js';
import type { RecordLog } from '../../domain/ports/record-log.js';
import { isPlainObject } from '../../std/json.js';
import { describeThrown, thrownAt } from '../compile/user-frame.js';
import type { SourceBar, SourceNode } from '../nodes/node.js';
import { BarCursor, BarRows, isoTime } from './bar-rows.js';
import { readRecordedOutputs } from './recorded-outputs.js';
import type { RunNode } from './run-node.js';
import { otherFields } from './run-streams.js';

/** Reads the history of every source of the strategy. */
export async function loadSources(nodes: readonly RunNode[]): Promise<void> {
  for (const run of nodes) {
    const { definition } = run;
    if (definition.kind === 'source') run.arriving = new BarCursor(await sourceBars(definition.node));
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
    run.arriving = new BarCursor(rows);
  }
}

/** Reads the records that topics hold for the ComputeKeys of this run, and refuses data that changed under its snapshot. */
export async function loadRecorded(nodes: readonly RunNode[], log: RecordLog): Promise<void> {
  for (const run of nodes) {
    if (run.definition.kind === 'member') continue;
    const { rows } = await readRecordedOutputs({ log, standing: 'first' }, run);
    if (run.arriving !== undefined) refuseChanged(run.name, run.arriving.rows, rows);
    run.recorded = new BarCursor(rows);
  }
}

async function sourceBars(source: SourceNode): Promise<BarRows> {
  const { name, output, interval } = source;
  const rows = new BarRows(Object.keys(output).length);
  let newest = Number.NEGATIVE_INFINITY;
  for (const bar of await readBars(source)) {
    const { time, values } = checkedBar(name, bar);
    if (!Number.isSafeInteger(time) || time % interval.seconds !== 0) {
      const hint = 'bars start at whole multiples of the interval since 1970-01-01T00:00Z';
      throw badBar(name, time, `does not start an interval of ${interval.seconds} s`, hint);
    }
    if (time <= newest)
      throw badBar(name, time, 'is not after the bar before it', 'return each bar once, oldest first');
    if (values.length !== rows.fields) {
      throw badBar(
        name,
        time,
        `has ${values.length} values`,
        `return one value for each of ${rows.fields} fields`,
      );
    }
    rows.append(time, values);
    newest = time;
  }
  return rows;
}

/** `data` is the author's code: its errors are about the data, and its result is checked at run time. */
async function readBars({ name, data, output }: SourceNode): Promise<readonly unknown[]> {
  if (data === undefined) {
    throw new QmtlError('E_DATA', `source ${name} has no data to run on`, {
      hint: 'add `data` to the source, for example csv(new URL("./bars.csv", import.meta.url))',
    });
  }
  let bars: unknown;
  try {
    bars = await data.read(output);
  } catch (cause) {
    if (isQmtlError(cause)) throw cause;
    throw new QmtlError('E_DATA', `data of source ${name} cannot be read: ${describeThrown(cause)}`, {
      ...thrownAt(cause),
      cause,
    });
  }
  if (isList(bars)) return bars;
  throw new QmtlError('E_DATA', `data of source ${name} did not return a list of bars`, {
    hint: 'read() must return an array of { time, values }',
  });
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function checkedBar(source: string, bar: unknown): Pick<SourceBar, 'time' | 'values'> {
  if (isBar(bar)) return bar;
  throw new QmtlError('E_DATA', `data of source ${source} returned something that is not a bar`, {
    hint: 'a bar is { time, values }: seconds since the epoch, and a Float64Array',
  });
}

function isBar(bar: unknown): bar is SourceBar {
  return isPlainObject(bar) && typeof bar.time === 'number' && bar.values instanceof Float64Array;
}

function badBar(source: string, time: number, what: string, hint: string): QmtlError {
  return new QmtlError('E_DATA', `source ${source}: a bar at ${isoTime(time)} ${what}`, { hint });
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
  const times = new Set<number>();
  for (const run of nodes) for (const time of run.arriving?.rows.times() ?? []) times.add(time);
  return Float64Array.from(times).sort();
}
