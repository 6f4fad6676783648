import { brotliCompressSync } from 'node:zlib';
import { create } from '@bufbuild/protobuf';
import { type Payload, ValueError } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/encoding.js';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../domain/base/limits.js';
import { submitRequestToWire } from '../../proto/convert/submission.js';
import { SubmissionRefSchema } from '../../proto/gen/qmtl/v1/steps_pb.js';
import { SubmitStrategyRequestSchema } from '../../proto/gen/qmtl/v1/submission_pb.js';
import { brotliCodec, compressionCodec, encodedBytes } from '../../temporal/payloads/compression-codec.js';
import { payloadConverter } from '../../temporal/payloads/payload-converter.js';
import { sampleSubmission } from '../samples.js';

const call = { traceparent: '', requestId: '' };

function textPayload(text: string, encoding = 'json/plain'): Payload {
  return { metadata: { encoding: encode(encoding), other: encode('kept') }, data: encode(text) };
}

/** Plain objects and arrays: payloads come back as classes of Temporal's own protobuf code. */
function contentOf({ metadata, data }: Payload) {
  const entries = Object.entries(metadata ?? {}).map(([key, bytes]) => [key, decode(bytes)] as const);
  return { metadata: Object.fromEntries(entries), data: [...(data ?? [])] };
}

const encodingOf = ({ metadata }: Payload) => contentOf({ metadata: metadata ?? {} }).metadata.encoding;

describe('the compression codec', () => {
  test('gives back what it was given, in count and order', async () => {
    const payload = fc.oneof(
      fc.string({ maxLength: 40 }).map((text) => textPayload(text)),
      fc.integer({ min: 1_000, max: 5_000 }).map((length) => textPayload('x'.repeat(length))),
      fc.uint8Array({ minLength: 1_100, maxLength: 2_000 }).map((data) => ({ ...textPayload(''), data })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(payload, { maxLength: 5 }), async (payloads) => {
        const back = await compressionCodec.decode(await compressionCodec.encode(payloads));
        expect(back.map(contentOf)).toEqual(payloads.map(contentOf));
      }),
      { numRuns: 50 },
    );
  });

  test('leaves small payloads as they are', async () => {
    const small = textPayload('x'.repeat(1_023));
    expect(await compressionCodec.encode([small])).toEqual([small]);
  });

  test('shrinks large ones and says how', async () => {
    const [packed] = await compressionCodec.encode([textPayload('x'.repeat(1_024))]);
    expect(packed === undefined ? '' : encodingOf(packed)).toBe('binary/brotli');
    expect(packed?.data?.length).toBeLessThan(100);
  });

  test('leaves what does not shrink as it is', async () => {
    const noise = { ...textPayload(''), data: crypto.getRandomValues(new Uint8Array(2_000)) };
    expect(await compressionCodec.encode([noise])).toEqual([noise]);
  });

  test('passes through what it did not write', async () => {
    const foreign = [textPayload('x', 'binary/encrypted'), { data: encode('no metadata') }, {}];
    expect(await compressionCodec.decode(foreign)).toEqual(foreign);
  });

  test.each([
    ['that is no Brotli', encode('not compressed')],
    ['that was cut off', brotliCompressSync('x'.repeat(5_000)).subarray(0, 8)],
    ['that holds no payload', brotliCompressSync(new Uint8Array([255, 255, 255]))],
    ['that is empty', new Uint8Array()],
  ])('refuses a payload %s', async (_name, data) => {
    const damaged = { metadata: { encoding: encode('binary/brotli') }, data };
    await expect(compressionCodec.decode([damaged])).rejects.toThrow(ValueError);
  });

  test('refuses a small payload that unpacks to more than its bound', async () => {
    const bomb = await compressionCodec.encode([textPayload('x'.repeat(100_000))]);
    expect(bomb[0]?.data?.length).toBeLessThan(200);
    await expect(brotliCodec(100_000).decode(bomb)).rejects.toThrow(/larger than 100000 bytes/);
    expect(await brotliCodec(101_000).decode(bomb)).toHaveLength(1);
  });

  test('has room for a DAG of the largest size', async () => {
    const data = new Uint8Array(limits.dagBytesMax);
    const packed = await compressionCodec.encode([{ ...textPayload(''), data }]);
    const [restored] = await compressionCodec.decode(packed);
    expect(restored?.data?.length).toBe(limits.dagBytesMax);
  });
});

describe('the encoded size', () => {
  test('of a small message is that of its bytes', async () => {
    const message = create(SubmissionRefSchema, { submissionId: 'abc' });
    expect(await encodedBytes(message, 1_000)).toBe(5);
  });

  test('of a message over the bound is that of the compressed payload', async () => {
    const message = submitRequestToWire(sampleSubmission({ nodes: 200 }), call);
    const plain = payloadConverter.toPayload(message).data?.length ?? 0;
    expect(message.$typeName).toBe(SubmitStrategyRequestSchema.typeName);
    expect(await encodedBytes(message, plain)).toBe(plain);
    expect(await encodedBytes(message, plain - 1)).toBeLessThan(plain / 2);
  });

  test('of a submission at the limit of a payload is not compressed to be asked, one past it is', async () => {
    const bytesMax = limits.submissionEncodedBytesMax;
    const empty = payloadConverter.toPayload(
      create(SubmissionRefSchema, { submissionId: 'x'.repeat(bytesMax) }),
    );
    const overhead = (empty.data?.length ?? 0) - bytesMax;
    const ofSize = (bytes: number) =>
      create(SubmissionRefSchema, { submissionId: 'x'.repeat(bytes - overhead) });
    expect(await encodedBytes(ofSize(bytesMax), bytesMax)).toBe(bytesMax);
    expect(await encodedBytes(ofSize(bytesMax + 1), bytesMax)).toBeLessThan(1_000);
  });
});
