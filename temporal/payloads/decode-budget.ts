import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { type Payload, ValueError } from '@temporalio/common';
import { decode } from '@temporalio/common/lib/encoding.js';
import { QmtlError } from '../../domain/base/errors.js';
import { messageRegistry } from '../../proto/registry.js';

/**
 * What the payloads of one call may become. Two bytes of a payload can be a whole object, and a few bytes of Brotli a hundred
 * megabytes: what decoding would create is counted before anything is created.
 */
export interface DecodeBudget {
  /** Bytes of everything decompressed. */
  readonly bytesMax: number;
  /** Values of everything decoded; an object counts as `objectCost` values. */
  readonly elementsMax: number;
}

/** Memory of an empty object, in that of a value in a list. */
const objectCost = 8;
/** Entries of a payload's own metadata: encoding, message type, and what a codec of another system adds. */
export const metadataEntriesMax = 64;

/** Counts what the decoding of payloads uses up; E_LIMIT_EXCEEDED at the first that is too large. */
export class BudgetUse {
  readonly #budget: DecodeBudget;
  #bytes = 0;
  #elements = 0;

  constructor(budget: DecodeBudget) {
    this.#budget = budget;
  }

  get bytesLeft(): number {
    return this.#budget.bytesMax - this.#bytes;
  }

  takeBytes(bytes: number): void {
    this.#bytes += bytes;
  }

  /** `place` names the payload in messages. */
  takeElements(payload: Payload, place: string): void {
    this.#elements += elementsOf(payload, this.#budget.elementsMax - this.#elements, place);
    if (this.#elements > this.#budget.elementsMax) {
      throw tooLarge(place, `${this.#budget.elementsMax} values, an object counted as ${objectCost}`);
    }
  }

  tooManyBytes(place: string): QmtlError {
    return tooLarge(place, `${this.#budget.bytesMax} bytes`);
  }
}

function tooLarge(place: string, limit: string): QmtlError {
  return new QmtlError('E_LIMIT_EXCEEDED', `${place}, with the payloads before it, is larger than ${limit}`, {
    hint: 'no submission within the limits is that large: look at who wrote the payload',
  });
}

/** What a payload becomes when it is decoded. The count stops once it is past `max`. */
function elementsOf({ metadata, data }: Payload, max: number, place: string): number {
  // What Temporal decodes from no bytes is a list, not bytes.
  if (data === undefined || data === null || data.length === 0) return 0;
  const encoding = textOf(metadata?.encoding);
  if (encoding.startsWith('json/')) return jsonElements(data, max);
  if (encoding !== 'binary/protobuf') return 0;
  const schema = messageRegistry.getMessage(textOf(metadata?.messageType));
  if (schema === undefined) return 0;
  try {
    return fieldElements(new BinaryReader(data), schema, data.length, max);
  } catch (cause) {
    throw new ValueError(`${place} is not the ${schema.typeName} its metadata names`, cause);
  }
}

/** The metadata of a payload has at most so many entries; a longer one is refused before it becomes an object. */
export function checkWholePayload(bytes: Uint8Array, place: string): void {
  const reader = new BinaryReader(bytes);
  let fields = 0;
  while (reader.pos < bytes.length) {
    const [no, wireType] = reader.tag();
    reader.skip(wireType, no);
    fields += 1;
    if (fields > metadataEntriesMax)
      throw tooLarge(`the metadata of ${place}`, `${metadataEntriesMax} entries`);
  }
}

function fieldElements(reader: BinaryReader, schema: DescMessage, end: number, max: number): number {
  let used = 0;
  while (reader.pos < end && used <= max) {
    const [no, wireType] = reader.tag();
    const field = schema.fields.find(({ number }) => number === no);
    used += oneField(reader, field, [no, wireType], max - used);
  }
  return used;
}

function oneField(
  reader: BinaryReader,
  field: DescField | undefined,
  [no, wireType]: readonly [number, WireType],
  max: number,
): number {
  // Groups nest without a length; no contract has one.
  if (wireType === WireType.StartGroup) throw new ValueError('a group is in no message of QMTL');
  if (wireType === WireType.LengthDelimited && field?.message !== undefined) {
    const length = reader.uint32();
    return objectCost + fieldElements(reader, field.message, reader.pos + length, max - objectCost);
  }
  reader.skip(wireType, no);
  return field === undefined || field.fieldKind === 'map' ? objectCost : 1;
}

const [quote, backslash, brace] = [0x22, 0x5c, 0x7b];
const separators: ReadonlySet<number> = new Set([0x5b, 0x2c, 0x3a]);

/** What a JSON text becomes: its objects, and the values its separators show. The count stops once it is past `max`. */
export function jsonElements(bytes: Uint8Array, max: number): number {
  let used = 0;
  for (let at = 0; at < bytes.length && used <= max; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) at = endOfText(bytes, at);
    else if (byte === brace) used += objectCost;
    else if (separators.has(byte)) used += 1;
  }
  return used;
}

function endOfText(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return bytes === undefined || bytes === null ? '' : decode(bytes);
}
