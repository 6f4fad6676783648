import { expect, test } from 'vitest';
import { BarCursor, BarRows } from '../../../sdk/realm/bar-rows.js';
import { CachedStream } from '../../../sdk/realm/cached-stream.js';
import { packBars, unpackBars } from '../../../sdk/realm/packed-bars.js';

const times = Float64Array.of(60, 120, 180);

/** A stream from outside, with a bar of every time whose values are 1 and 2, 3 and 4, … */
function streamOf(isWritten: boolean, unwritten: readonly number[] | undefined) {
  const cache = new CachedStream({ low: 'float64', high: 'float64' }, 1);
  cache.begin(times.length);
  for (const row of times.keys()) cache.append(row, Float64Array.of(2 * row + 1, 2 * row + 2), 0);
  return {
    ...{ index: 0, cache, arriving: undefined, isWritten, computation: undefined },
    ...{ recorded: undefined, unwritten: [], computed: 2, reused: 1 },
    ...(unwritten === undefined ? {} : { recorded: cursor, unwritten: [...unwritten] }),
  };
}

const cursor = new BarCursor(new BarRows(2));

test.each([
  ['none', streamOf(false, undefined), []],
  ['all', streamOf(true, undefined), [0, 1, 2]],
  ['some', streamOf(true, [0, 2]), [0, 2]],
  ['none of those of which some were', streamOf(true, []), []],
])('packed bars are unpacked as they were when %s are to be written', (_, stream, unwritten) => {
  const empty = new CachedStream({ value: 'float64' }, 1);
  empty.begin(times.length);
  const streams = [{ ...stream, cache: empty, unwritten: [] }, stream, stream];
  const expected = {
    times,
    values: Float64Array.of(1, 2, 3, 4, 5, 6),
    unwritten: Uint32Array.from(unwritten),
    ...{ computed: 2, reused: 1 },
  };
  const [none, ...others] = unpackBars(packBars(streams, times), [1, 2, 2]);
  expect(none).toMatchObject({ times: new Float64Array(0), unwritten: new Uint32Array(0) });
  expect(others).toEqual([expected, expected]);
});
