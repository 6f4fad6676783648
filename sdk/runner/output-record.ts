import { fromBinary } from '@bufbuild/protobuf';
import { OutputRecordSchema } from '../../proto/gen/qmtl/v1/record_pb.js';
import { type BarRows, writeFloat64 } from '../realm/bar-rows.js';

/** Tags of the two fields of qmtl.v1.OutputRecord: field number and wire type. */
const bucketTag = (1 << 3) | 0;
const valuesTag = (2 << 3) | 2;
/** Length of the longest varint. */
const varintBytesMax = 10;

/**
 * Encodes rows of a stream as records, one qmtl.v1.OutputRecord per row, byte for byte as `toBinary` does.
 *
 * Written by hand, because a run spends more time on encoding than on computing: protobuf-es allocates a dozen objects per
 * record, this code one, and all records share a buffer.
 */
export function toOutputRecords(rows: BarRows, chosen: readonly number[]): Uint8Array[] {
  const valueBytes = 8 * rows.fields;
  const recordBytesMax = 2 + 2 * varintBytesMax + valueBytes;
  const buffer = new ArrayBuffer(recordBytesMax * chosen.length);
  const bytes = new Uint8Array(buffer);
  const view = new DataView(buffer);
  let offset = 0;
  return chosen.map((row) => {
    const start = offset;
    offset = writeBucket(bytes, offset, rows.time(row));
    bytes[offset] = valuesTag;
    offset = writeVarint(bytes, offset + 1, valueBytes);
    for (let at = row * rows.fields; at < (row + 1) * rows.fields; at += 1) {
      offset = writeFloat64(view, offset, rows.values[at] ?? Number.NaN);
    }
    return new Uint8Array(buffer, start, offset - start);
  });
}

/** proto3 omits a field that is 0. */
function writeBucket(bytes: Uint8Array, offset: number, bucket: number): number {
  if (bucket === 0) return offset;
  bytes[offset] = bucketTag;
  return bucket > 0 ? writeVarint(bytes, offset + 1, bucket) : writeNegativeVarint(bytes, offset + 1, bucket);
}

/** `value`: a whole number, not negative. */
function writeVarint(bytes: Uint8Array, offset: number, value: number): number {
  let rest = value;
  let at = offset;
  for (; rest >= 0x80; at += 1) {
    bytes[at] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  bytes[at] = rest;
  return at + 1;
}

/** Two's complement in 64 bits, for bars before 1970. */
function writeNegativeVarint(bytes: Uint8Array, offset: number, value: number): number {
  let rest = BigInt.asUintN(64, BigInt(value));
  let at = offset;
  for (; rest >= 0x80n; at += 1) {
    bytes[at] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  bytes[at] = Number(rest);
  return at + 1;
}

/** Throws when the bytes are not an OutputRecord. */
export function outputRecordFromBytes(bytes: Uint8Array): {
  readonly bucket: number;
  readonly values: Float64Array;
} {
  const { bucket, values } = fromBinary(OutputRecordSchema, bytes);
  return { bucket: Number(bucket), values: Float64Array.from(values) };
}
