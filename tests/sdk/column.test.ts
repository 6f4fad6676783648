import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { openView } from '../../sdk/nodes/cache-view.js';
import { Series, SeriesColumn } from '../../sdk/nodes/column.js';

function columnOf(values: readonly number[], length: number): SeriesColumn {
  const series = new Series(length);
  for (const value of values) series.append(value);
  return new SeriesColumn(series, length);
}

test('a column shows the newest values, oldest first', () => {
  const column = columnOf([1, 2, 3, 4, 5], 3);
  expect([...column]).toEqual([3, 4, 5]);
  expect([column.length, column.at(0), column.at(-1), column.at(-3), column.at(2)]).toEqual([3, 3, 5, 3, 5]);
});

test.each([3, -4, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
  'at(%d) of three bars is outside the window',
  (index) => {
    expect(() => columnOf([1, 2, 3], 3).at(index)).toThrow(
      new RangeError(`at(${index}) is outside the window of 3 bars: give the node a longer period`),
    );
  },
);

test('statistics are those of the window', () => {
  const column = columnOf([100, 2, 4, 4, 4, 5, 5, 7, 9], 8);
  expect(column.sum()).toBe(40);
  expect(column.mean()).toBe(5);
  expect(column.std()).toBe(Math.sqrt(32 / 7));
  expect([column.min(), column.max()]).toEqual([2, 9]);
  expect(columnOf([3], 1).std()).toBeNaN();
});

test('a NaN in the window makes every statistic NaN', () => {
  const column = columnOf([1, Number.NaN, 3], 3);
  for (const value of [column.sum(), column.mean(), column.std(), column.min(), column.max()])
    expect(value).toBeNaN();
});

test('columns of any length move with their series, however long it runs', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double(), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      (values, kept) => {
        const series = new Series(kept);
        const seen: number[] = [];
        for (const value of values) {
          series.append(value);
          seen.push(value);
          const length = Math.min(kept, seen.length);
          expect([...new SeriesColumn(series, length)]).toEqual(seen.slice(-length));
        }
      },
    ),
  );
});

test('equal windows have bit-equal statistics, whatever values precede them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true }), { minLength: 4, maxLength: 4 }),
      fc.array(fc.double(), { maxLength: 20 }),
      (window, before) => {
        const [a, b] = [columnOf(window, 4), columnOf([...before, ...window], 4)];
        expect([b.sum(), b.mean(), b.std(), b.min(), b.max()]).toEqual([
          a.sum(),
          a.mean(),
          a.std(),
          a.min(),
          a.max(),
        ]);
      },
    ),
  );
});

test('a view has its inputs, params and bar, and is read-only', () => {
  const close = columnOf([1, 2, 3], 2);
  const open = openView({ k: 2 }, { price: { close }, average: { value: close } });
  const { view } = open;
  open.moveTo(86_400);
  expect(Object.keys(view)).toEqual(['average', 'price', 'params', 'time']);
  expect([view.time, view.params]).toEqual([86_400, { k: 2 }]);
  open.moveTo(172_800);
  expect(view.time).toBe(172_800);
  expect(Reflect.set(view, 'time', 1)).toBe(false);
  expect(Reflect.set(view, 'price', 1)).toBe(false);
  expect(Reflect.set(close, 'length', 9)).toBe(false);
});
