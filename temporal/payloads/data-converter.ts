import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import type { Message } from '@bufbuild/protobuf';
import { type DataConverter, type Payload, type PayloadCodec, ValueError } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/encoding.js';
import proto from '@temporalio/proto';
import { isQmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';
import { findErrno } from '../../std/node/errno.js';
import { BudgetUse, checkWholePayload, type DecodeBudget } from './decode-budget.js';
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

/** Values of one call: 20,000 nodes with all their tags and dependencies are some 2 million. */
export const decodedElementsMax = 3_000_000;

/** What the payloads of one call may become: the largest DAG and its code, with room for names and escapes. */
const payloadBudget: DecodeBudget = { bytesMax: 4 * limits.dagBytesMax, elementsMax: decodedElementsMax };

/** Compresses payloads with Brotli. Payloads of other encodings pass through unchanged; count and order are kept. */
export const compressionCodec: PayloadCodec = brotliCodec(payloadBudget);

/** All payloads of one call together are restored up to the budget, so that small malicious ones cannot fill the memory. */
export function brotliCodec(budget: DecodeBudget): PayloadCodec {
  return {
    encode: (payloads) => Promise.all(payloads.map(shrink)),
    decode: (payloads) => restoreAll(payloads, new BudgetUse(budget)),
  };
}

async function shrink(payload: Payload): Promise<Payload> {
  if ((payload.data?.length ?? 0) < threshold) return payload;
  const whole = PayloadMessage.encode(payload).finish();
  const data = await compress(whole, brotliOptions);
  return data.length < whole.length ? { metadata: { encoding: encodingBytes }, data } : payload;
}

/** One after another, so that each may use what the others have left of the budget. */
export async function restoreAll(payloads: readonly Payload[], use: BudgetUse): Promise<Payload[]> {
  const restored: Payload[] = [];
  for (const [index, payload] of payloads.entries()) {
    const place = `payload ${index}`;
    const whole = isCompressed(payload) ? await restore(payload, use, place) : payload;
    use.takeElements(whole, place);
    restored.push(whole);
  }
  return restored;
}

async function restore({ data }: Payload, use: BudgetUse, place: string): Promise<Payload> {
  try {
    // Zlib accepts no limit of 0.
    const maxOutputLength = Math.max(use.bytesLeft, 1);
    const whole = await decompress(data ?? new Uint8Array(), { maxOutputLength });
    use.takeBytes(whole.length);
    checkWholePayload(whole, place);
    return PayloadMessage.decode(whole);
  } catch (cause) {
    if (isQmtlError(cause)) throw cause;
    if (findErrno(cause) === 'ERR_BUFFER_TOO_LARGE') throw use.tooManyBytes(place);
    throw new ValueError(`${place} is damaged: it is not what was compressed`, cause);
  }
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
