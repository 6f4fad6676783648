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

test('a column has the values of the end of a plain array, after every bar and for every window', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });
  const rows = fc.array(fc.tuple(fc.double(), fc.double()), { maxLength: 60 });
  fc.assert(
    fc.property(lengths, rows, (windows, bars) => {
      const stream = open(Math.max(...windows));
      const columns = windows.map((window) => ({ window, of: stream.columns(window) }));
      for (const [index, row] of bars.entries()) {
        stream.append(index * day, Float64Array.from(row), 0);
        expect([stream.bars, stream.newest]).toEqual([index + 1, index * day]);
        const full = columns.filter(({ window }) => window <= index + 1);
        for (const { window, of } of full) expectEnd(of, window, bars.slice(0, index + 1));
      }
    }),
  );
});

test('the values of a bar are read from their offset in the array', () => {
  const stream = open(1);
  stream.append(0, Float64Array.of(1, 2, 3, 4), 2);
  const { low, high } = stream.columns(1);
  expect([low?.at(0), high?.at(0)]).toEqual([3, 4]);
});
