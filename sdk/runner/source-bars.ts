import { QmtlError } from '../../domain/base/errors.js';
import { refuseStopped, type Stopping, unlessStopped } from '../compile/stop-signal.js';
import { thrownAt } from '../compile/user-frame.js';
import { describeThrown, describeValue, isForeignQmtlError, memberOf } from '../nodes/foreign-value.js';
import { gridHint, type SourceNode } from '../nodes/node.js';
import type { FieldType } from '../nodes/output-schema.js';
import { BarRows, isoTime } from '../realm/bar-rows.js';

/**
 * Reads and checks the history of a source. `data` is the author's code, whatever wrote it: its errors are about the data,
 * and nothing that it returns is trusted.
 */
export async function readSourceBars(source: SourceNode, stopping: Stopping): Promise<BarRows> {
  const list = await readList(source, stopping);
  const fields = Object.entries(source.output);
  const rows = new BarRows(fields.length);
  for (let index = 0; index < list.length; index += 1) {
    const { time, values } = barAt(source, list, index);
    refuseTime(source, time, rows.time(index - 1));
    refuseValues(source, time, values, fields);
    rows.append(time, values);
  }
  if (rows.rows > 0) return rows;
  throw new QmtlError('E_DATA', `data of source ${source.name} contain no bars`, {
    hint: 'return at least one bar',
  });
}

async function readList(source: SourceNode, stopping: Stopping): Promise<readonly unknown[]> {
  const { name, data, output, interval } = source;
  if (data === undefined) {
    throw new QmtlError('E_DATA', `source ${name} has no data to run on`, {
      hint: 'add `data` to the source, for example csv(new URL("./bars.csv", import.meta.url))',
    });
  }
  const what = `while the data of source ${name} were read`;
  let bars: unknown;
  try {
    bars = await unlessStopped(() => data.read(output, interval), stopping, what);
  } catch (cause) {
    refuseStopped(stopping, what);
    throw unreadable(source, cause, `data of source ${name} cannot be read`);
  }
  if (isList(bars)) return bars;
  throw new QmtlError(
    'E_DATA',
    `data of source ${name} did not return a list of bars: ${describeValue(bars)}`,
    {
      hint: 'read() must return an array of { time, values }',
    },
  );
}

/** An error of the author's code, with its place in the author's source. */
function unreadable({ data }: SourceNode, cause: unknown, what: string): QmtlError {
  if (isForeignQmtlError(cause)) return cause;
  const place = thrownAt(cause, memberOf(data, 'read'));
  return new QmtlError('E_DATA', `${what}: ${describeThrown(cause)}`, { ...place, cause });
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

interface ReadBar {
  readonly time: number;
  readonly values: Float64Array;
}

/** Reads each member of a bar once: a getter may throw, or return something else the next time. */
function barAt(source: SourceNode, list: readonly unknown[], index: number): ReadBar {
  let read: { readonly bar: unknown; readonly time?: unknown; readonly values?: unknown };
  try {
    const bar = list[index];
    read =
      typeof bar === 'object' && bar !== null
        ? { bar, time: Reflect.get(bar, 'time'), values: Reflect.get(bar, 'values') }
        : { bar };
  } catch (cause) {
    throw unreadable(source, cause, `bar ${index} of source ${source.name} cannot be read`);
  }
  const { bar, time, values } = read;
  if (typeof time === 'number' && values instanceof Float64Array) return { time, values };
  const at = typeof time === 'number' && isDate(time) ? ` (${isoTime(time)})` : '';
  throw new QmtlError(
    'E_DATA',
    `bar ${index}${at} of source ${source.name} is not a bar: ${describeValue(bar)}`,
    {
      hint: 'a bar is { time, values }: seconds since the epoch, and a Float64Array',
    },
  );
}

function isDate(seconds: number): boolean {
  return !Number.isNaN(new Date(seconds * 1_000).getTime());
}

/** `before`: the time of the bar before; NaN for the first. */
function refuseTime({ name, interval }: SourceNode, time: number, before: number): void {
  if (Number.isFinite(time) && !isDate(time)) {
    const hint = 'a time is in seconds since the epoch, not in milliseconds or finer units';
    throw badBar(name, time, 'is beyond the range of dates', hint);
  }
  if (!Number.isSafeInteger(time) || time % interval.seconds !== 0) {
    throw badBar(name, time, `does not start an interval of ${interval.seconds} s`, gridHint);
  }
  if (time <= before) {
    throw badBar(name, time, 'is not after the bar before it', 'return each bar once, oldest first');
  }
}

function refuseValues(
  { name }: SourceNode,
  time: number,
  values: Float64Array,
  fields: readonly (readonly [string, FieldType])[],
): void {
  if (values.length !== fields.length) {
    const hint = `return one value for each of ${fields.length} fields`;
    throw badBar(name, time, `has ${values.length} values`, hint);
  }
  for (const [index, [field, type]] of fields.entries()) {
    const value = values[index] ?? Number.NaN;
    const fits = Number.isFinite(value) && (type === 'float64' || value === (value | 0));
    if (fits) continue;
    const hint = 'return a number for every field, or leave the bar out';
    throw badBar(name, time, `has ${value} for field ${field}, not ${type}`, hint);
  }
}

function badBar(source: string, time: number, what: string, hint: string): QmtlError {
  return new QmtlError('E_DATA', `source ${source}: a bar at ${isoTime(time)} ${what}`, { hint });
}
