import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { blake3Hex } from '../../../domain/base/blake3.js';
import { BarsDigest } from '../../../sdk/runner/bars-digest.js';

type Rows = readonly (readonly number[])[];

function digestOf(...pieces: readonly Rows[]): string {
  const digest = new BarsDigest();
  for (const rows of pieces) {
    digest.add({
      times: Float64Array.from(rows, ([time = 0]) => time),
      values: Float64Array.from(rows.flatMap(([, ...values]) => values)),
    });
  }
  return digest.hex();
}

test.each([
  {
    what: 'a value',
    other: [
      [60, 1.5],
      [120, 2],
    ],
  },
  {
    what: 'a time',
    other: [
      [60, 1],
      [121, 2],
    ],
  },
  {
    what: 'the sign of zero',
    other: [
      [60, 1],
      [120, 2],
      [180, -0],
    ],
  },
  { what: 'the number of rows', other: [[60, 1]] },
])('the digest of bars changes with $what', ({ other }) => {
  const base = [[60, 1], [120, 2], ...(other.length === 3 ? [[180, 0]] : [])];
  expect(digestOf(base)).toBe(digestOf(base));
  expect(digestOf(other)).not.toBe(digestOf(base));
});

test('the digest of bars is the hash of their numbers as little-endian float64, in whatever pieces they are given', () => {
  const rows = fc.array(fc.tuple(fc.double(), fc.double(), fc.double()), { maxLength: 20 });
  fc.assert(
    fc.property(fc.array(rows, { maxLength: 5 }), (pieces) => {
      const numbers = pieces.flat(2);
      const bytes = new DataView(new ArrayBuffer(8 * numbers.length));
      for (const [index, value] of numbers.entries()) bytes.setFloat64(8 * index, value, true);
      expect(digestOf(...pieces)).toBe(blake3Hex(new Uint8Array(bytes.buffer)));
    }),
  );
});

test('all NaNs have one digest', () => {
  const [first, second] = [Float64Array.of(Number.NaN), Float64Array.of(Number.NaN)];
  new Uint8Array(second.buffer).set([1, 0, 0, 0, 0, 0, 248, 255]);
  const digests = [first, second].map((values) => {
    const digest = new BarsDigest();
    digest.add({ times: Float64Array.of(60), values });
    return digest.hex();
  });
  expect(digests[0]).toBe(digests[1]);
});

test('a digest that is not needed may be ended, and begins again', () => {
  const digest = new BarsDigest();
  digest.add({ times: Float64Array.of(60), values: Float64Array.of(1) });
  digest.dispose();
  digest.dispose();
  expect(digest.hex()).toBe(digestOf([]));
});
