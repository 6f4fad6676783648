import type { EvaluatedStream } from './evaluate-bars.js';
import type { EvaluatedBars, PackedBars } from './messages.js';

/** Numbers of each stream in `PackedBars.counts`. */
const countsPerStream = 4;

/** The outputs of one request, as they are sent. */
export function packBars(streams: readonly EvaluatedStream[], times: Float64Array): PackedBars {
  const numbers = streams.reduce((sum, { cache }) => sum + cache.rows * (1 + cache.fields), 0);
  const values = new Float64Array(numbers);
  const counts: number[] = [];
  const lists: number[] = [];
  let at = 0;
  for (const stream of streams) {
    at = stream.cache.copyTo(values, at, times);
    const { cache, computed, reused } = stream;
    const unwritten = unwrittenOf(stream);
    counts.push(cache.rows, computed, reused, unwritten);
    if (isListed(cache.rows, unwritten)) for (const row of stream.unwritten) lists.push(row);
  }
  return { counts: Uint32Array.from([...counts, ...lists]), values };
}

function unwrittenOf({ cache, computation, isWritten, recorded, unwritten }: EvaluatedStream): number {
  if (computation === undefined && !isWritten) return 0;
  return recorded === undefined ? cache.rows : unwritten.length;
}

function isListed(rows: number, unwritten: number): boolean {
  return unwritten > 0 && unwritten < rows;
}

/** The outputs of each stream. `fields`: the number of fields of each. The arrays are parts of the packed ones. */
export function unpackBars({ counts, values }: PackedBars, fields: readonly number[]): EvaluatedBars[] {
  let at = 0;
  let listed = fields.length * countsPerStream;
  return fields.map((fieldsOfStream, index) => {
    const [rows = 0, computed = 0, reused = 0, unwritten = 0] = counts.subarray(
      index * countsPerStream,
      (index + 1) * countsPerStream,
    );
    const firstValue = at + rows;
    const bars = {
      times: values.subarray(at, firstValue),
      values: values.subarray(firstValue, firstValue + rows * fieldsOfStream),
      computed,
      reused,
    };
    at = firstValue + rows * fieldsOfStream;
    if (!isListed(rows, unwritten)) return { ...bars, unwritten: firstRows(unwritten) };
    listed += unwritten;
    return { ...bars, unwritten: counts.subarray(listed - unwritten, listed) };
  });
}

/** 0, 1, 2, …: the same for all streams of which no bar is in a topic. */
let ascending = Uint32Array.of();

function firstRows(count: number): Uint32Array {
  if (ascending.length < count) ascending = Uint32Array.from({ length: 2 * count }, (_, row) => row);
  return ascending.subarray(0, count);
}
