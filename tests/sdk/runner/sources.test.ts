import { describe, expect, test } from 'vitest';
import { strategy } from '../../../sdk/index.js';
import {
  type Bar,
  dataOf,
  day,
  outputCounts,
  place,
  placeAndRun,
  recordsIn,
  run,
  topicOf,
} from './backtest-fixture.js';
import { newestOf, priceFrom, sumOf, sumStrategy } from './strategies.js';

const bars: readonly Bar[] = [0, 1, 2, 3, 4, 5].map((at) => [at * day, at + 1]);

const flat = bars.map(([time]): Bar => [time, 7]);

describe('a snapshot never changes', () => {
  const changed: readonly [string, readonly Bar[], number][] = [
    ['a value', bars.map(([time, value = 0]): Bar => [time, time === 3 * day ? 9 : value]), 3],
    ['the sign of zero', bars.map(([time, value = 0]): Bar => [time, time === 0 ? -0 : value]), 0],
    ['the first value', bars.map(([time, value = 0]): Bar => [time, time === 0 ? 9 : value]), 0],
    ['the last value', bars.map(([time, value = 0]): Bar => [time, time === 5 * day ? 9 : value]), 5],
    ['a missing bar', bars.filter(([time]) => time !== 2 * day), 2],
  ];

  test.each(changed)(
    'a snapshot changed by %s is refused with source and bucket',
    async (what, other, at) => {
      const first = bars.map(
        ([time, value = 0]): Bar => [time, what.includes('zero') && time === 0 ? 0 : value],
      );
      const placed = await place(sumStrategy(dataOf(first), 2));
      await run(placed);
      const again = { ...placed, strategy: sumStrategy(dataOf(other), 2).compile() };
      const bucket = new Date(at * day * 1_000).toISOString();
      await expect(run(again)).rejects.toMatchObject({
        code: 'E_DATA',
        message: `source price differs at ${bucket} from the bars recorded under this as_of`,
        hint: expect.stringContaining('new as_of'),
      });
    },
  );

  test('a snapshot with a new bar in the middle is refused', async () => {
    const placed = await place(sumStrategy(dataOf(bars.filter(([time]) => time !== 2 * day)), 2));
    await run(placed);
    const again = { ...placed, strategy: sumStrategy(dataOf(bars), 2).compile() };
    await expect(run(again)).rejects.toMatchObject({
      code: 'E_DATA',
      message: expect.stringContaining('1970-01-03'),
    });
  });

  test.each([
    ['missing', flat, flat.filter(([time]) => time !== 2 * day)],
    ['new', flat.filter(([time]) => time !== 2 * day), flat],
  ])('a %s bar of a snapshot is found even when all values are equal', async (_, first, second) => {
    const placed = await place(sumStrategy(dataOf(first), 2));
    await run(placed);
    await expect(
      run({ ...placed, strategy: sumStrategy(dataOf(second), 2).compile() }),
    ).rejects.toMatchObject({ code: 'E_DATA', message: expect.stringContaining('1970-01-03') });
  });

  test('a run refused for a changed snapshot has written and computed nothing', async () => {
    const placed = await place(sumStrategy(dataOf(bars), 2));
    await run(placed);
    const longer = [...flat, [6 * day, 7]] as const;
    await expect(run({ ...placed, strategy: sumStrategy(dataOf(longer), 2).compile() })).rejects.toThrow(
      'from the bars recorded',
    );
    expect(await recordsIn(placed.stores.log, topicOf(placed, 'price'))).toHaveLength(6);
    expect(await recordsIn(placed.stores.log, topicOf(placed, 'sum'))).toHaveLength(5);
  });

  test('changed data are accepted under a new as_of', async () => {
    const { stores, ...first } = await place(sumStrategy(dataOf(bars), 2));
    await run({ stores, ...first });
    const revised = await place(sumStrategy(dataOf([[0, 5]]), 2), { stores, asOf: '2030-01-01' });
    expect(outputCounts(await run(revised))).toEqual({ price: 1, sum: 0 });
  });
});

describe('source data', () => {
  test('a source without data is reported by name', async () => {
    const price = priceFrom(undefined, 'feed');
    const alone = strategy('alone', { outputs: { newest: newestOf('newest', price) } });
    await expect(placeAndRun(alone)).rejects.toMatchObject({
      code: 'E_DATA',
      message: 'source feed has no data to run on',
      hint: expect.stringContaining('csv('),
    });
  });

  test.each([
    {
      what: 'between two intervals',
      data: [
        [0, 1],
        [day + 60, 2],
      ],
      says: '1970-01-02T00:01:00.000Z does not start an interval',
    },
    { what: 'at a fraction of a second', data: [[0.5, 1]], says: 'does not start an interval' },
    { what: 'without a time', data: [[Number.NaN, 1]], says: 'NaN s does not start an interval' },
    {
      what: 'out of order',
      data: [
        [2 * day, 1],
        [day, 2],
      ],
      says: '1970-01-02T00:00:00.000Z is not after the bar before it',
    },
    {
      what: 'returned twice',
      data: [
        [day, 1],
        [day, 1],
      ],
      says: 'is not after the bar before it',
    },
    { what: 'with too many values', data: [[day, 1, 2]], says: 'has 2 values' },
    { what: 'with too few values', data: [[day]], says: 'has 0 values' },
    { what: 'of NaN', data: [[day, Number.NaN]], says: '1970-01-02T00:00:00.000Z has NaN for field close' },
    {
      what: 'of an infinity',
      data: [[day, Number.NEGATIVE_INFINITY]],
      says: 'has -Infinity for field close',
    },
    { what: 'beyond the range of dates', data: [[1e10 * day, 1]], says: 'is beyond the range of dates' },
    {
      what: 'at an infinite time',
      data: [[Number.POSITIVE_INFINITY, 1]],
      says: 'does not start an interval',
    },
  ] as const)('source data with a bar $what are refused', async ({ data, says }) => {
    const placed = await place(sumStrategy(dataOf(data), 1));
    await expect(run(placed)).rejects.toMatchObject({
      code: 'E_DATA',
      message: expect.stringContaining(says),
    });
    expect(await recordsIn(placed.stores.log, topicOf(placed, 'price'))).toEqual([]);
  });

  test('source data without bars are refused', async () => {
    await expect(placeAndRun(sumStrategy(dataOf([]), 1))).rejects.toMatchObject({
      code: 'E_DATA',
      message: 'data of source price contain no bars',
    });
  });

  test('a run whose data cannot be read does not fence a running one', async () => {
    const placed = await place(sumStrategy(dataOf(bars), 2));
    const broken = { description: 'broken', read: () => Promise.reject(new Error('no such feed')) };
    const price = priceFrom(broken);
    const brokenStrategy = strategy('sum', { outputs: { sum: sumOf('sum', price, 2) } }).compile();
    let second: Promise<unknown> | undefined;
    const onProgress = () => {
      second ??= run({ ...placed, strategy: brokenStrategy }).catch((error: unknown) => error);
    };
    expect(outputCounts(await run(placed, { onProgress }))).toEqual({ price: 6, sum: 5 });
    expect(await second).toMatchObject({
      code: 'E_DATA',
      message: 'data of source price cannot be read: no such feed',
      hint: expect.stringMatching(/^it was thrown at .*sources\.test\.ts:\d+:\d+$/),
    });
  });
});
