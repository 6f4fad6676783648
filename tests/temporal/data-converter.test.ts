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
import { brotliCodec, compressionCodec, encodedBytes } from '../../temporal/payloads/data-converter.js';
import { payloadConverter } from '../../temporal/payloads/payload-converter.js';
import { sampleSubmission } from '../samples.js';

const codecOf = (bytesMax: number) => brotliCodec({ bytesMax, elementsMax: 1_000 });

const call = { traceparent: '', requestId: '' };

function textPayload(text: string, encoding = 'json/plain'): Payload {
  return { metadata: { encoding: encode(encoding), other: encode('kept') }, data: encode(text) };
}

/** Converts payloads, which are classes of Temporal's protobuf code, to plain objects and arrays. */
function contentOf({ metadata, data }: Payload) {
  const entries = Object.entries(metadata ?? {}).map(([key, bytes]) => [key, decode(bytes)] as const);
  return { metadata: Object.fromEntries(entries), data: [...(data ?? [])] };
}

const encodingOf = ({ metadata }: Payload) => contentOf({ metadata: metadata ?? {} }).metadata.encoding;

describe('the compression codec', () => {
  test('the codec restores payloads in count and order', async () => {
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

  test('small payloads are not compressed', async () => {
    const small = textPayload('x'.repeat(1_023));
    expect(await compressionCodec.encode([small])).toEqual([small]);
  });

  test('large payloads are compressed and name their encoding', async () => {
    const [packed] = await compressionCodec.encode([textPayload('x'.repeat(1_024))]);
    expect(packed === undefined ? '' : encodingOf(packed)).toBe('binary/brotli');
    expect(packed?.data?.length).toBeLessThan(100);
  });

  test('incompressible payloads are left unchanged', async () => {
    const noise = { ...textPayload(''), data: crypto.getRandomValues(new Uint8Array(2_000)) };
    expect(await compressionCodec.encode([noise])).toEqual([noise]);
  });

  test('payloads of other encodings pass through', async () => {
    const foreign = [textPayload('x', 'binary/encrypted'), { data: encode('no metadata') }, {}];
    expect(await compressionCodec.decode(foreign)).toEqual(foreign);
  });

  test.each([
    ['that is not Brotli', encode('not compressed')],
    ['that was cut off', brotliCompressSync('x'.repeat(5_000)).subarray(0, 8)],
    ['that holds no payload', brotliCompressSync(new Uint8Array([255, 255, 255]))],
    ['that is empty', new Uint8Array()],
  ])('the codec refuses a payload %s', async (_name, data) => {
    const damaged = { metadata: { encoding: encode('binary/brotli') }, data };
    await expect(compressionCodec.decode([damaged])).rejects.toThrow(ValueError);
  });

  test('a small payload that decompresses past the limit is refused', async () => {
    const bomb = await compressionCodec.encode([textPayload('x'.repeat(100_000))]);
    expect(bomb[0]?.data?.length).toBeLessThan(200);
    await expect(codecOf(100_000).decode(bomb)).rejects.toThrow(/payload 0.* larger than 100000 bytes/);
    expect(await codecOf(101_000).decode(bomb)).toHaveLength(1);
  });

  test('small payloads that together decompress past the limit are refused', async () => {
    const each = await compressionCodec.encode([textPayload('x'.repeat(50_000))]);
    const codec = codecOf(101_000);
    expect(await codec.decode([...each, textPayload('plain'), ...each])).toHaveLength(3);
    await expect(codec.decode([...each, ...each, ...each])).rejects.toThrow(/larger than 101000 bytes/);
  });

  test('a DAG of the largest size fits the limit of the codec', async () => {
    const data = new Uint8Array(limits.dagBytesMax);
    const packed = await compressionCodec.encode([{ ...textPayload(''), data }]);
    const [restored] = await compressionCodec.decode(packed);
    expect(restored?.data?.length).toBe(limits.dagBytesMax);
  });
});

describe('the encoded size', () => {
  test('the encoded size of a small message is that of its bytes', async () => {
    const message = create(SubmissionRefSchema, { submissionId: 'abc' });
    expect(await encodedBytes(message, 1_000)).toBe(5);
  });

  test('the encoded size of a message past the limit is that of the compressed payload', async () => {
    const message = submitRequestToWire(sampleSubmission({ nodes: 200 }), call);
    const plain = payloadConverter.toPayload(message).data?.length ?? 0;
    expect(message.$typeName).toBe(SubmitStrategyRequestSchema.typeName);
    expect(await encodedBytes(message, plain)).toBe(plain);
    expect(await encodedBytes(message, plain - 1)).toBeLessThan(plain / 2);
  });

  test('a submission at the limit of a payload is measured without compression, one past it with compression', async () => {
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
