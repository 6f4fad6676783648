import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import type { Message } from '@bufbuild/protobuf';
import { type DataConverter, type Payload, type PayloadCodec, ValueError } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/encoding.js';
import proto from '@temporalio/proto';
import { limits } from '../../domain/base/limits.js';
import { payloadConverter } from './payload-converter.js';

const PayloadMessage = proto.temporal.api.common.v1.Payload;
const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);

/** The `encoding` of a payload compressed by this codec. */
const brotliEncoding = 'binary/brotli';
const encodingBytes = encode(brotliEncoding);
/** A smaller payload is cheaper to send than to compress. */
const threshold = 1024;
/** The window spans a whole DAG, so the repetition of a NodeID as a dependency costs a few bytes. */
const brotliOptions = {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 4,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
  },
};

/** Limit of what one call decompresses: the largest DAG, with room for names and escapes. */
const restoredBytesMax = 4 * limits.dagBytesMax;

/** Compresses payloads with Brotli. Payloads of other encodings pass through unchanged; count and order are kept. */
export const compressionCodec: PayloadCodec = brotliCodec(restoredBytesMax);

/** `bytesMax` prevents small malicious payloads from filling the memory: all of one call together are restored up to it. */
export function brotliCodec(bytesMax: number): PayloadCodec {
  return {
    encode: (payloads) => Promise.all(payloads.map(shrink)),
    decode: (payloads) => restoreAll(payloads, bytesMax),
  };
}

async function shrink(payload: Payload): Promise<Payload> {
  if ((payload.data?.length ?? 0) < threshold) return payload;
  const whole = PayloadMessage.encode(payload).finish();
  const data = await compress(whole, brotliOptions);
  return data.length < whole.length ? { metadata: { encoding: encodingBytes }, data } : payload;
}

/** One after another, so that each may use what the others have left of the limit. */
async function restoreAll(payloads: readonly Payload[], bytesMax: number): Promise<Payload[]> {
  const restored: Payload[] = [];
  let left = bytesMax;
  for (const payload of payloads) {
    if (!isCompressed(payload)) {
      restored.push(payload);
      continue;
    }
    try {
      // Zlib accepts no limit of 0.
      const maxOutputLength = Math.max(left, 1);
      const whole = await decompress(payload.data ?? new Uint8Array(), { maxOutputLength });
      left -= whole.length;
      restored.push(PayloadMessage.decode(whole));
    } catch (cause) {
      throw new ValueError(
        `a compressed payload is damaged, or all of them are larger than ${bytesMax} bytes together`,
        cause,
      );
    }
  }
  return restored;
}

function isCompressed({ metadata }: Payload): boolean {
  const encoding = metadata?.encoding;
  return encoding !== undefined && encoding !== null && decode(encoding) === brotliEncoding;
}

/**
 * Bytes a message takes as a Temporal payload. Compresses only when the plain message is over `bytesMax`,
 * so that asking costs next to nothing for the usual sizes.
 */
export async function encodedBytes(message: Message, bytesMax: number): Promise<number> {
  const payload = payloadConverter.toPayload(message);
  const plain = payload.data?.length ?? 0;
  if (plain <= bytesMax) return plain;
  const [encoded] = await compressionCodec.encode([payload]);
  return encoded?.data?.length ?? 0;
}

/**
 * Temporal loads the converter with `require`, so the path is always that of the built file,
 * also when this file runs from source.
 */
export const payloadConverterPath = builtFile('temporal/payloads/payload-converter.js');

/** The data converter of clients, workers and replay. */
export const dataConverter: DataConverter = { payloadConverterPath, payloadCodecs: [compressionCodec] };

/** A built file: beside this one in the build, under dist/ when this file runs from source. */
export function builtFile(path: string): string {
  const root = import.meta.url.endsWith('.ts') ? '../../dist/' : '../../';
  return fileURLToPath(new URL(`${root}${path}`, import.meta.url));
}
