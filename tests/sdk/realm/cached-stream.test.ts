import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Columns } from '../../../sdk/nodes/cache-view.js';
import { CachedStream } from '../../../sdk/realm/cached-stream.js';
import { day } from '../runner/backtest-fixture.js';

const output = { low: 'float64', high: 'float64' } as const;

const open = (barsKept: number) => new CachedStream(output, barsKept);

/** The expected columns of one window after some bars, from a plain array. */
const expectEnd = (columns: Columns, window: number, bars: readonly (readonly [number, number])[]) => {
  const end = bars.slice(-window);
  expect([...(columns.low ?? [])]).toEqual(end.map(([low]) => low));
  expect([...(columns.high ?? [])]).toEqual(end.map(([, high]) => high));
  expect(columns.high?.at(-1)).toBe(end.at(-1)?.[1]);
};

const windowsAndRows = [
  fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 }),
  fc.array(fc.tuple(fc.double(), fc.double()), { maxLength: 60 }),
] as const;

test('a column has the values of the end of a plain array, after every bar and for every window', () => {
  fc.assert(
    fc.property(...windowsAndRows, (windows, bars) => {
      const stream = open(Math.max(...windows));
      const columns = windows.map((window) => ({ window, of: stream.columns(window) }));
      for (const [index, row] of bars.entries()) {
        stream.push(Float64Array.from(row), 0);
        expect(stream.bars).toBe(index + 1);
        const full = columns.filter(({ window }) => window <= index + 1);
        for (const { window, of } of full) expectEnd(of, window, bars.slice(0, index + 1));
      }
    }),
  );
});

test('a consumer sees each bucket of a request as if later bars were not there yet, for requests of any length', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(...windowsAndRows, gaps, (windows, bars, lengths) => {
      const stream = open(Math.max(...windows));
      const columns = windows.map((window) => ({ window, of: stream.columns(window) }));
      for (const { from, rows } of inRequests(bars, lengths)) {
        const seenAt = request(stream, rows, from);
        for (const [row, seen] of seenAt.entries()) {
          stream.showTo(stream.endAt(2 * row));
          const full = columns.filter(({ window }) => window <= seen);
          expect(full).toEqual(columns.filter(({ window }) => stream.endAt(2 * row) >= stream.endOf(window)));
          for (const { window, of } of full) expectEnd(of, window, bars.slice(0, seen));
        }
      }
    }),
  );
});

type Row = readonly [number, number];

function inRequests(bars: readonly Row[], lengths: readonly number[]) {
  const requests: { readonly from: number; readonly rows: readonly Row[] }[] = [];
  for (let from = 0; from < bars.length; from += requests.at(-1)?.rows.length ?? 1) {
    const length = lengths[requests.length % lengths.length] ?? 1;
    requests.push({ from, rows: bars.slice(from, from + length) });
  }
  return requests;
}

/** Adds bars to every second bucket of a request. Returns the number of bars up to each of them. */
function request(stream: CachedStream, rows: readonly Row[], before: number): number[] {
  stream.begin(2 * rows.length);
  for (const [row, values] of rows.entries()) stream.append(2 * row, Float64Array.from(values), 0);
  expect([stream.bars, stream.rows]).toEqual([before + rows.length, rows.length]);
  for (const row of rows.keys()) expect(stream.endAt(2 * row + 1)).toBe(0);
  return rows.map((_, row) => before + row + 1);
}

test('the bars of a request are copied with their times, one after the other', () => {
  const stream = open(1);
  stream.push(Float64Array.of(-1, -2), 0);
  stream.begin(3);
  stream.append(0, Float64Array.of(1, 2), 0);
  stream.append(2, Float64Array.of(3, 4), 0);
  const into = new Float64Array(8);
  expect(stream.copyTo(into, 1, Float64Array.of(day, 2 * day, 3 * day))).toBe(7);
  expect([...into]).toEqual([0, day, 3 * day, 1, 2, 3, 4, 0]);
});

test('the values of a bar are read from their offset in the array', () => {
  const stream = open(1);
  stream.push(Float64Array.of(1, 2, 3, 4), 2);
  const { low, high } = stream.columns(1);
  expect([low?.at(0), high?.at(0)]).toEqual([3, 4]);
});
