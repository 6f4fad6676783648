import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BarCursor, BarRows } from '../../../sdk/realm/bar-rows.js';

function rowsOf(times: readonly number[]): BarRows {
  const rows = new BarRows(2);
  for (const time of times) rows.append(time, Float64Array.of(time, -time));
  return rows;
}

describe('rows', () => {
  test('rows keep any number of bars', () => {
    const times = Array.from({ length: 5_000 }, (_, index) => index * 60);
    const rows = rowsOf(times);
    expect(rows.rows).toBe(5_000);
    expect([...rows.times()]).toEqual(times);
    expect([...rows.column(1)]).toEqual(times.map((time) => -time));
  });

  test('sorted rows have the same bars, oldest first', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer()), (times) => {
        const sorted = rowsOf(times).sorted();
        const expected = [...times].sort((a, b) => a - b);
        expect([...sorted.times()]).toEqual(expected);
        expect([...sorted.column(0)]).toEqual(expected);
      }),
    );
  });

  test('the time of a row that does not exist is NaN, which is neither before nor after any time', () => {
    const rows = rowsOf([60]);
    expect([rows.time(-1), rows.time(0), rows.time(1)]).toEqual([Number.NaN, 60, Number.NaN]);
  });

  test('rows that are added at once are those that are added one after the other, and may be given away', () => {
    const times = Array.from({ length: 300 }, (_, index) => index * 60);
    const rows = rowsOf([-60]);
    for (const from of [0, 100, 200]) rows.appendAll(rowsOf(times.slice(from, from + 100)).giveAway());
    expect([...rows.times()]).toEqual([-60, ...times]);
    expect([...rows.column(1)]).toEqual([60, ...times.map((time) => -time)]);
    const given = rows.giveAway();
    expect([given.times.length, given.values.length, rows.rows]).toEqual([301, 602, 0]);
  });
});

test('a cursor finds the same rows as a search through all rows', () => {
  const times = fc.uniqueArray(fc.integer({ min: 0, max: 60 }));
  fc.assert(
    fc.property(times, times, (given, asked) => {
      const rows = rowsOf([...given].sort((a, b) => a - b));
      const cursor = new BarCursor(rows);
      for (const time of [...asked].sort((a, b) => a - b)) {
        expect(cursor.rowAt(time)).toBe([...rows.times()].indexOf(time));
      }
    }),
  );
});
