import { Blake3Pieces } from '../../domain/base/blake3.js';
import { writeFloat64 } from '../realm/bar-rows.js';
import type { Bars } from '../realm/messages.js';

/** Written before they are hashed; grows to the longest piece. */
let scratch = new DataView(new ArrayBuffer(0));

/**
 * BLAKE3 over the bars of a stream, time and values as little-endian float64, bar after bar: equal exactly when every value is
 * bit-equal, except that all NaNs are equal.
 *
 * Bars are hashed while the thread of the run evaluates the next ones, so that the end of a run does not wait for it. It holds
 * memory that no garbage collection frees until `hex` or `dispose`.
 */
export class BarsDigest {
  #pieces: Blake3Pieces | undefined;

  add({ times, values }: Bars): void {
    if (times.length === 0) return;
    this.#pieces ??= new Blake3Pieces();
    this.#pieces.add(bytesOf(times, values));
  }

  /** Ends it: the text of the hash. */
  hex(): string {
    const pieces = this.#pieces ?? new Blake3Pieces();
    this.#pieces = undefined;
    return pieces.hex();
  }

  /** Ends it without a hash. */
  dispose(): void {
    this.#pieces?.dispose();
    this.#pieces = undefined;
  }
}

function bytesOf(times: Float64Array, values: Float64Array): Uint8Array {
  const length = 8 * (times.length + values.length);
  if (scratch.byteLength < length) scratch = new DataView(new ArrayBuffer(length));
  const fields = values.length / times.length;
  let offset = 0;
  let at = 0;
  for (let row = 0; row < times.length; row += 1) {
    offset = writeFloat64(scratch, offset, times[row] ?? Number.NaN);
    for (const end = at + fields; at < end; at += 1) {
      offset = writeFloat64(scratch, offset, values[at] ?? Number.NaN);
    }
  }
  return new Uint8Array(scratch.buffer, 0, length);
}
