import { create, toBinary } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OutputRecordSchema } from '../../../proto/gen/qmtl/v1/record_pb.js';
import { BarRows } from '../../../sdk/realm/bar-rows.js';
import { outputRecordFromBytes, toOutputRecords } from '../../../sdk/runner/output-record.js';

function rowsOf(bars: readonly (readonly [number, readonly number[]])[], fields: number): BarRows {
  const rows = new BarRows(fields);
  for (const [time, values] of bars) rows.append(time, Float64Array.from(values));
  return rows;
}

const canonicalNaN = (value: number) => (Number.isNaN(value) ? Number.NaN : value);

const bucket = fc.oneof(
  fc.constantFrom(0, 1, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32, 2 ** 53 - 1, -1, -86_400, -(2 ** 53 - 1)),
  fc.integer({ min: -5_000_000_000, max: 5_000_000_000 }),
);

describe('output records', () => {
  test('output records have exactly the bytes of toBinary', () => {
    const table = fc.integer({ min: 1, max: 20 }).chain((fields) =>
      fc.tuple(
        fc.constant(fields),
        fc.array(fc.tuple(bucket, fc.array(fc.double(), { minLength: fields, maxLength: fields })), {
          minLength: 1,
          maxLength: 10,
        }),
      ),
    );
    fc.assert(
      fc.property(table, ([fields, bars]) => {
        const records = toOutputRecords(
          rowsOf(bars, fields),
          bars.map((_, row) => row),
        );
        const expected = bars.map(([time, values]) =>
          toBinary(
            OutputRecordSchema,
            create(OutputRecordSchema, { bucket: BigInt(time), values: values.map(canonicalNaN) }),
          ),
        );
        expect(records.map((one) => Buffer.from(one).toString('hex'))).toEqual(
          expected.map((one) => Buffer.from(one).toString('hex')),
        );
      }),
    );
  });

  test('output records are written for the chosen rows, in their order', () => {
    const rows = rowsOf(
      [
        [10, [1]],
        [20, [2]],
        [30, [3]],
      ],
      1,
    );
    const back = toOutputRecords(rows, [2, 0]).map(outputRecordFromBytes);
    expect(back).toEqual([
      { bucket: 30, values: Float64Array.of(3) },
      { bucket: 10, values: Float64Array.of(1) },
    ]);
  });

  test('output records are read as they were written', () => {
    const values = [0, -0, 1.5, Number.MIN_VALUE, Number.MAX_VALUE, Number.POSITIVE_INFINITY, Number.NaN];
    const [record] = toOutputRecords(rowsOf([[-86_400, values]], values.length), [0]);
    const back = outputRecordFromBytes(record ?? new Uint8Array());
    expect(back.bucket).toBe(-86_400);
    expect([...back.values]).toEqual(values);
  });

  test('output records contain one and the same NaN, whichever was computed', () => {
    const bits = new DataView(new ArrayBuffer(8));
    const records = [0x7ff8000000000000n, 0xfff8000000000000n, 0x7ff8000000000001n, 0xffffffffffffffffn].map(
      (pattern) => {
        bits.setBigUint64(0, pattern);
        const [record] = toOutputRecords(rowsOf([[60, [bits.getFloat64(0)]]], 1), [0]);
        return Buffer.from(record ?? new Uint8Array()).toString('hex');
      },
    );
    expect(new Set(records)).toEqual(new Set(['083c1208000000000000f87f']));
  });
});
