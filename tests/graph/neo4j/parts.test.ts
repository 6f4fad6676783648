import { expect, test } from 'vitest';
import { QmtlError } from '../../../domain/base/errors.js';
import { inParts, partSizeMin, slowPartMs } from '../../../graph/neo4j/registration/parts.js';

const items = Array.from({ length: 2_000 }, (_, index) => index);
const sizeMax = 1_000;

/** Sizes of the parts that a server is given, which takes `msPerItem` for each item and gives up after 9 s. */
async function partsOn(msPerItem: number, { lateMs = 100_000, stopAfter = Number.POSITIVE_INFINITY } = {}) {
  let clock = 0;
  const sizes: number[] = [];
  const done: number[] = [];
  const work = async (part: readonly number[]) => {
    sizes.push(part.length);
    const tookMs = msPerItem * part.length;
    clock += Math.min(tookMs, 9_000);
    if (tookMs > 9_000) throw new QmtlError('E_GRAPH_UNAVAILABLE', 'too slow');
    done.push(...part);
    return done.length < stopAfter;
  };
  const left = await inParts(items, work, { sizeMax, lateMs, now: () => clock });
  return { sizes, done, left };
}

test('a quick server gets the largest parts, in order', async () => {
  expect(await partsOn(1)).toEqual({ sizes: [1_000, 1_000], done: items, left: 0 });
});

test('a slow server gets smaller parts, before one of them fails', async () => {
  const { sizes, done } = await partsOn(slowPartMs / 1_000 + 1);
  expect(sizes).toEqual([1_000, 500, 500]);
  expect(done).toEqual(items);
});

test('a part that the server does not finish is begun again with fewer items', async () => {
  const { sizes, done } = await partsOn(15);
  expect(sizes).toEqual([1_000, 500, 250, 250, 250, 250, 250, 250]);
  expect(done).toEqual(items);
});

test('a server that does not finish the smallest part is left to the caller', async () => {
  await expect(partsOn(9_001 / partSizeMin)).rejects.toMatchObject({ code: 'E_GRAPH_UNAVAILABLE' });
});

test('no part begins too late, and what is left is counted', async () => {
  expect(await partsOn(3, { lateMs: 2_000 })).toMatchObject({ sizes: [1_000], left: 1_000 });
  expect(await partsOn(3, { lateMs: 3_000 })).toMatchObject({ sizes: [1_000, 1_000], left: 0 });
});

test('the work ends when there is nothing more to do', async () => {
  expect(await partsOn(1, { stopAfter: 1 })).toMatchObject({ sizes: [1_000], left: 0 });
});
