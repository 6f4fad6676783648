import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { basisPointsOf, fractionOf, isBasisPoints } from '../../../domain/base/basis-points.js';
import { points } from '../../samples.js';

test('every basis point is read back from the fraction that it stands for, and from its six decimals', () => {
  for (let value = 0; value <= 10_000; value += 1) {
    const fraction = fractionOf(points(value));
    expect(basisPointsOf(fraction)).toBe(value);
    expect(basisPointsOf(Number(fraction.toFixed(6)))).toBe(value);
  }
});

test('shares that make up the whole add up exactly', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 10_000 }), { maxLength: 8 }), (cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), 10_000];
      const shares = edges.slice(1).map((edge, index) => points(edge - (edges[index] ?? 0)));
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(10_000);
    }),
  );
});

test.each([-1, 10_001, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
  '%d is not a number of basis points',
  (value) => {
    expect(isBasisPoints(value)).toBe(false);
  },
);

test('a fraction between two basis points, or outside 0 … 1, is none', () => {
  const values = [0.00005, 0.33333, 1.0001, -0.0001, Number.NaN, Number.POSITIVE_INFINITY];
  expect(values.map(basisPointsOf)).toEqual(values.map(() => undefined));
});
