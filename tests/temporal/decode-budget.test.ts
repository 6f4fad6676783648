import { brotliCompressSync } from 'node:zlib';
import { create, type DescMessage, type MessageShape, toJsonString } from '@bufbuild/protobuf';
import type { Payload } from '@temporalio/common';
import { encode } from '@temporalio/common/lib/encoding.js';
import proto from '@temporalio/proto';
import { describe, expect, test } from 'vitest';
import { limits } from '../../domain/base/limits.js';
import { submitRequestToWire } from '../../proto/convert/submission.js';
import { ReceiptSchema, SubmitStrategyRequestSchema } from '../../proto/gen/qmtl/v1/submission_pb.js';
import { brotliCodec, compressionCodec, decodedElementsMax } from '../../temporal/payloads/data-converter.js';
import { jsonElements, metadataEntriesMax } from '../../temporal/payloads/decode-budget.js';
import { payloadConverter } from '../../temporal/payloads/payload-converter.js';
import { sampleSubmission } from '../samples.js';

const PayloadMessage = proto.temporal.api.common.v1.Payload;

/** A compressed payload as an attacker would make it. */
function compressed(whole: Uint8Array): Payload {
  return { metadata: { encoding: encode('binary/brotli') }, data: brotliCompressSync(whole) };
}

function payloadOf(encoding: string, data: Uint8Array, messageType = ''): Payload {
  return { metadata: { encoding: encode(encoding), messageType: encode(messageType) }, data };
}

const whole = (payload: Payload) => compressed(PayloadMessage.encode(payload).finish());
const message = (schema: DescMessage, data: Uint8Array) =>
  payloadOf('binary/protobuf', data, schema.typeName);
const repeated = (bytes: readonly number[], times: number) =>
  Buffer.alloc(bytes.length * times, Buffer.from(bytes));
const limit = { code: 'E_LIMIT_EXCEEDED' };

describe('what decoding would create is refused before it is created', () => {
  const times = decodedElementsMax / 8 + 1;
  test.each([
    ['empty messages in a list', message(ReceiptSchema, repeated([0x4a, 0], times))],
    ['one message over and over', message(ReceiptSchema, repeated([0x32, 0], times))],
    ['unknown fields', message(ReceiptSchema, repeated([0x7a, 0], times))],
    ['nested messages', message(SubmitStrategyRequestSchema, nested(repeated([0x0a, 0], times)))],
    ['texts', message(ReceiptSchema, repeated([0x0a, 0], decodedElementsMax + 1))],
    ['objects in JSON', payloadOf('json/protobuf', Buffer.from(`{"nodes":[${'{},'.repeat(times)}{}]}`))],
    ['lists in JSON', payloadOf('json/plain', Buffer.from('['.repeat(decodedElementsMax + 1)))],
  ])('%s', async (_what, payload) => {
    const bomb = whole(payload);
    expect(bomb.data?.length).toBeLessThan(200);
    await expect(compressionCodec.decode([bomb])).rejects.toMatchObject(limit);
    await expect(compressionCodec.decode([payload])).rejects.toMatchObject(limit);
  });

  /** The DAG of a request. */
  function nested(dag: Uint8Array): Uint8Array {
    const length: number[] = [];
    for (let left = dag.length; left > 0; left = Math.floor(left / 128)) length.push((left % 128) | 128);
    const last = (length.pop() ?? 0) & 127;
    return Buffer.concat([Buffer.from([0x42, ...length, last]), dag]);
  }

  test('an argument of some hundred bytes that became millions of objects in a workflow task is refused', async () => {
    const bomb = whole(message(ReceiptSchema, Buffer.alloc(limits.dagBytesMax, Buffer.from([0x4a, 0]))));
    expect(bomb.data?.length).toBeLessThan(200);
    await expect(compressionCodec.decode([bomb])).rejects.toMatchObject(limit);
  });

  test('metadata of many entries', async () => {
    const entry = (n: number) => [0x0a, 5, 0x0a, 1, 48 + (n % 64), 0x12, 0];
    const entries = (count: number) =>
      compressed(Buffer.from(Array.from({ length: count }, (_, n) => entry(n)).flat()));
    await expect(compressionCodec.decode([entries(metadataEntriesMax)])).resolves.toHaveLength(1);
    await expect(compressionCodec.decode([entries(metadataEntriesMax + 1)])).rejects.toMatchObject(limit);
  });

  test('values of all payloads together', async () => {
    const codec = brotliCodec({ bytesMax: 1_000_000, elementsMax: 100 });
    const six = message(ReceiptSchema, repeated([0x4a, 0], 6));
    expect(await codec.decode([six, six])).toHaveLength(2);
    await expect(codec.decode([six, six, six])).rejects.toThrow(/payload 2, with the payloads before it/);
  });
});

test('an empty message passes, also as Temporal decodes it', async () => {
  const { metadata } = message(ReceiptSchema, new Uint8Array());
  const decoded = PayloadMessage.decode(PayloadMessage.encode({ ...(metadata && { metadata }) }).finish());
  const payloads = [
    decoded,
    { metadata: decoded.metadata, data: new Uint8Array() },
    { metadata: decoded.metadata },
    {},
  ];
  expect(await compressionCodec.decode(payloads)).toEqual(payloads);
});

test('a group, and bytes of no message, are damaged', async () => {
  for (const bytes of [repeated([0x7b], 1_000_000), Buffer.from([0x4a, 0x7f]), Buffer.from([0xff])]) {
    await expect(compressionCodec.decode([message(ReceiptSchema, bytes)])).rejects.toThrow(
      'is not the qmtl.v1.Receipt',
    );
  }
});

test('a message counts at least what it becomes, in protobuf and in JSON', async () => {
  const request = submitRequestToWire(sampleSubmission({ nodes: 50 }), { traceparent: '', requestId: '' });
  const values = countValues(request);
  const codec = (elementsMax: number) => brotliCodec({ bytesMax: 1_000_000, elementsMax });
  await expect(codec(values).decode([payloadConverter.toPayload(request)])).rejects.toMatchObject(limit);
  const json = Buffer.from(toJsonString(SubmitStrategyRequestSchema, request));
  expect(jsonElements(json, Number.MAX_SAFE_INTEGER)).toBeGreaterThan(values);
});

/** Objects, and values that are not defaults. */
function countValues(value: MessageShape<typeof SubmitStrategyRequestSchema> | object): number {
  return Object.values(value).reduce((sum: number, part: unknown) => {
    if (typeof part === 'object' && part !== null) return sum + 1 + countValues(part);
    return sum + 1;
  }, 0);
}

test('the largest DAG that is allowed is within the budget', async () => {
  const tags = Array.from({ length: limits.nodeTagsMax }, (_, n) => `t${n}`);
  const dependencies = [`blake3:${'0'.repeat(64)}`];
  const node = { nodeId: `blake3:${'1'.repeat(64)}`, nodeType: 'a', name: 'b', tags, dependencies };
  const request = create(SubmitStrategyRequestSchema, {
    dag: { nodes: Array.from({ length: limits.dagNodesMax }, () => node) },
  });
  const packed = await compressionCodec.encode([payloadConverter.toPayload(request)]);
  expect(await compressionCodec.decode(packed)).toHaveLength(1);
});

test('a separator inside a text of JSON counts nothing', () => {
  expect(jsonElements(Buffer.from('"a,b\\"{{{[:,"'), 100)).toBe(0);
  expect(jsonElements(Buffer.from('{"a":[1,2]}'), 100)).toBe(8 + 3);
});
