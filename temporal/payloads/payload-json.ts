import { fromBinary, toJsonString } from '@bufbuild/protobuf';
import { type Payload, ValueError } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/encoding.js';
import { QmtlError } from '../../domain/base/errors.js';
import { messageRegistry } from '../../proto/registry.js';
import { isPlainObject, pointerSegment } from '../../std/json.js';
import { jsonElements } from './decode-budget.js';

/** Payloads as the codec server exchanges them: base64 in JSON. */
interface PayloadOnWire {
  readonly metadata: Readonly<Record<string, string>>;
  readonly data: string;
}

/** Values of a request body: its payloads, each with a few entries of metadata. */
export const bodyElementsMax = 500_000;

/**
 * The payloads of a request body `{"payloads": [{"metadata": {…}, "data": "…"}]}`, undefined for any other body. Clients in Go leave
 * an empty list out, or send null. Throws ValueError for text that is not base64, and E_LIMIT_EXCEEDED for more than `payloadsMax`.
 */
export function parsePayloads(body: Buffer, payloadsMax: number): Payload[] | undefined {
  if (jsonElements(body, bodyElementsMax) > bodyElementsMax) throw tooMany('values', bodyElementsMax);
  const document = parsed(body.toString('utf8'));
  if (!isPlainObject(document)) return undefined;
  const list = document.payloads ?? [];
  if (!Array.isArray(list)) return undefined;
  if (list.length > payloadsMax) throw tooMany('payloads', payloadsMax);
  const payloads = list.flatMap((entry: unknown, index) => fromWire(entry, `/payloads/${index}`) ?? []);
  return payloads.length === list.length ? payloads : undefined;
}

function tooMany(what: string, max: number): QmtlError {
  return new QmtlError('E_LIMIT_EXCEEDED', `the body has more than ${max} ${what}`);
}

export function payloadToWire({ metadata, data }: Payload): PayloadOnWire {
  const encoded = Object.entries(metadata ?? {}).map(([key, bytes]) => [key, base64(bytes)] as const);
  return { metadata: Object.fromEntries(encoded), data: base64(data ?? new Uint8Array()) };
}

/** A protobuf message as ProtoJSON with its field names; any other payload unchanged. */
export function readablePayload(payload: Payload): Payload {
  if (textOf(payload, 'encoding') !== 'binary/protobuf') return payload;
  const messageType = textOf(payload, 'messageType');
  const schema = messageRegistry.getMessage(messageType);
  if (schema === undefined) return payload;
  try {
    const message = fromBinary(schema, payload.data ?? new Uint8Array());
    const json = toJsonString(schema, message, { useProtoFieldName: true, registry: messageRegistry });
    return {
      metadata: { encoding: encode('json/protobuf'), messageType: encode(messageType) },
      data: encode(json),
    };
  } catch (cause) {
    throw new ValueError(`a payload is not the ${messageType} its metadata names`, cause);
  }
}

function parsed(body: string): unknown {
  try {
    const document: unknown = JSON.parse(body);
    return document;
  } catch {
    return undefined;
  }
}

/** `at`: JSON Pointer into the body. */
function fromWire(value: unknown, at: string): Payload | undefined {
  if (!isPlainObject(value)) return undefined;
  const { metadata = {}, data = '' } = value;
  if (!isPlainObject(metadata) || typeof data !== 'string') return undefined;
  const decoded = Object.entries(metadata).flatMap(([key, text]) =>
    typeof text === 'string' ? [[key, bytesOf(text, `${at}/metadata/${pointerSegment(key)}`)] as const] : [],
  );
  if (decoded.length < Object.keys(metadata).length) return undefined;
  return { metadata: Object.fromEntries(decoded), data: bytesOf(data, `${at}/data`) };
}

/** Node ignores what is not base64, so the bytes are compared with what they came from. */
function bytesOf(text: string, at: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') === text) return bytes;
  throw new ValueError(`${at} is not base64 with padding`);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function textOf(payload: Payload, key: string): string {
  const bytes = payload.metadata?.[key];
  return bytes === undefined || bytes === null ? '' : decode(bytes);
}
