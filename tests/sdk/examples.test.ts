import { expect, test } from 'vitest';
import crossover from '../../examples/ma-crossover.js';
import momentum from '../../examples/momentum.js';
import { price } from '../../examples/shared-nodes.js';

test('the example strategies have no problems', () => {
  expect(crossover.check()).toEqual([]);
  expect(momentum.check()).toEqual([]);
});

test('the second example strategy shares the price, the returns and the long average with the first', () => {
  const first = new Set(crossover.compile().nodes.map(({ nodeId }) => nodeId));
  const shared = momentum.compile().nodes.filter(({ nodeId }) => first.has(nodeId));
  expect(new Set(shared.map(({ spec }) => spec.name))).toEqual(new Set(['returns', 'sma-200', 'sp500']));
  expect(momentum.compile().nodes).toHaveLength(5);
  expect(first.size).toBe(7);
});

test('the example data have 5,105 days of prices', async () => {
  const bars = await price.data?.read(price.output, price.interval);
  expect(bars).toHaveLength(5_105);
  expect(bars?.[0]).toEqual({
    time: Date.UTC(2000, 0, 3) / 1_000,
    values: Float64Array.of(1469.25, 1478, 1438.359985, 1455.219971, 931_800_000),
  });
  expect(bars?.at(-1)?.time).toBe(Date.UTC(2020, 3, 17) / 1_000);
});
