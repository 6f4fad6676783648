import { expect, test } from 'vitest';
import { bars, node, strategy } from '../../../sdk/index.js';
import { daily, dataOf, day, outputCounts, outputsOf, place, placeAndRun, run } from './backtest-fixture.js';
import { newestOf, priceFrom, sumOf, sumStrategy } from './strategies.js';

const count = 12;
const values = Array.from({ length: count }, (_, index) => 2 ** index);

test.each([1, 2, 3, 7, 11, 12, 13, 500])(
  'a node of period %d computes nothing before it has that many bars',
  async (period) => {
    const placed = await place(sumStrategy(daily(values), period));
    const report = await run(placed);
    const expected = values.flatMap((_, index) =>
      index + 1 < period
        ? []
        : [[index * day, values.slice(index + 1 - period, index + 1).reduce((sum, value) => sum + value, 0)]],
    );
    expect(outputCounts(report)).toEqual({ price: count, sum: expected.length });
    expect(await outputsOf(placed, 'sum')).toEqual(expected);
  },
);

test('warm-ups add up along a chain', async () => {
  const first = sumOf('first', priceFrom(daily(values)), 3);
  const sumsOf = (name: string, before: typeof first, window: number) =>
    node(name, { inputs: { before }, period: bars(window), compute: (view) => view.before.value.sum() });
  const third = sumsOf('third', sumsOf('second', first, 4), 2);
  const report = await placeAndRun(strategy('chain', { outputs: { third } }));
  expect(outputCounts(report)).toEqual({ price: 12, first: 10, second: 7, third: 6 });
});

test('every input needs the whole period, not one of them', async () => {
  const price = priceFrom(daily(values));
  const slow = sumOf('slow', price, 6);
  const both = node('both', {
    inputs: { price, slow },
    period: bars(3),
    compute: (view) => view.price.close.sum() + view.slow.value.sum(),
  });
  const report = await placeAndRun(strategy('both', { outputs: { both } }));
  expect(outputCounts(report)).toEqual({ price: 12, slow: 7, both: 5 });
});

test('one stream serves consumers of different periods', async () => {
  const price = priceFrom(daily(values));
  const [short, long] = [sumOf('short', price, 2), sumOf('long', price, 9)];
  const placed = await place(strategy('two', { outputs: { short, long } }));
  await run(placed);
  expect((await outputsOf(placed, 'short')).at(-1)).toEqual([11 * day, 2 ** 10 + 2 ** 11]);
  expect((await outputsOf(placed, 'long')).at(-1)).toEqual([11 * day, 2 ** 12 - 2 ** 3]);
});

test('a node sees the bucket it computes as its time', async () => {
  const price = priceFrom(daily(values));
  const clock = node('clock', { inputs: { price }, compute: (view) => view.time });
  const placed = await place(strategy('clock', { outputs: { clock } }));
  await run(placed);
  expect(await outputsOf(placed, 'clock')).toEqual(values.map((_, index) => [index * day, index * day]));
});

test('a node of two sources with different calendars computes the buckets that both have', async () => {
  const weekdays = priceFrom(dataOf([0, 1, 2, 5, 6, 7].map((at) => [at * day, at])), 'weekdays');
  const always = priceFrom(dataOf([1, 2, 3, 4, 5, 6, 7].map((at) => [at * day, 10 * at])), 'always');
  const spread = node('spread', {
    inputs: { weekdays, always },
    period: bars(2),
    compute: (view) => view.always.close.sum() - view.weekdays.close.sum(),
  });
  const placed = await place(strategy('spread', { outputs: { spread, single: newestOf('single', always) } }));
  const report = await run(placed);
  expect(report.bars).toBe(8);
  expect(outputCounts(report)).toEqual({ weekdays: 6, always: 7, spread: 4, single: 7 });
  expect(await outputsOf(placed, 'spread')).toEqual([
    [2 * day, 10 + 20 - (1 + 2)],
    [5 * day, 40 + 50 - (2 + 5)],
    [6 * day, 50 + 60 - (5 + 6)],
    [7 * day, 60 + 70 - (6 + 7)],
  ]);
});

test('bars before 1970 are computed and recorded like others', async () => {
  const price = priceFrom(dataOf([-2, -1, 0, 1].map((at) => [at * day, at])));
  const placed = await place(strategy('old', { outputs: { sum: sumOf('sum', price, 2) } }));
  await run(placed);
  expect(await outputsOf(placed, 'sum')).toEqual([
    [-day, -3],
    [0, -1],
    [day, 1],
  ]);
});
