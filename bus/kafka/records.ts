import type { Message } from 'kafkajs';
import { QmtlError } from '../../domain/base/errors.js';
import type { LogRecord, RecordToWrite } from '../../domain/ports/record-log.js';
import { recordPartition } from '../../domain/topics/message-key.js';
import type { FetchedMessage } from './fetched.js';

/**
 * Event time of a record, in milliseconds since the epoch as decimal text.
 *
 * It is not Kafka's own timestamp, because the broker deletes by that one: bars of the year 2000 in a topic that keeps seven days
 * would be gone at its next check, and times more than an hour ahead would be refused. Kafka's timestamp is when the broker
 * took the record.
 */
export const eventTimeHeader = 'event_time_ms';

/** Below the broker's default `message.max.bytes` (1,048,588); kafkajs sends everything for a partition in one batch. */
const batchBytesMax = 900_000;
/** kafkajs copies its list of messages for every message it adds. */
const batchMessagesMax = 2_000;
/** Lengths, deltas and attributes of one record, at most. */
const recordOverheadBytes = 40;

const decoder = new TextDecoder();

/** Records as kafkajs sends them. A record for a missing partition is refused, since kafkajs would drop it. */
export function toMessages(topic: string, records: readonly RecordToWrite[], partitions: number): Message[] {
  const missing = records.find(({ partition = 0 }) => partition >= partitions);
  if (missing !== undefined) {
    throw new QmtlError('E_BROKER_UNAVAILABLE', `topic ${topic} has no partition ${missing.partition}`);
  }
  return records.map((record) => toMessage(record, partitions));
}

/** A record as kafkajs sends it; `partitions`: the number of partitions of the topic. */
export function toMessage(record: RecordToWrite, partitions: number): Message {
  const { key, value, timestamp, headers, partition = recordPartition(key, partitions) } = record;
  return {
    key,
    value: value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    partition,
    headers: { ...headers, [eventTimeHeader]: String(timestamp) },
  };
}

export function toRecord(topic: string, partition: number, message: FetchedMessage): LogRecord {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    const text = headerText(value);
    if (text !== undefined && name !== eventTimeHeader) headers[name] = text;
  }
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    key: message.key === null ? '' : decoder.decode(message.key),
    value: message.value === null ? null : plainBytes(message.value),
    timestamp: eventTimeOf(message),
    headers,
  };
}

/** The same bytes as a plain Uint8Array, without the differing behaviour of Node's Buffer. */
function plainBytes({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}

/** A record written by others, without the header of QMTL, has Kafka's timestamp. */
function eventTimeOf({ headers, timestamp }: FetchedMessage): number {
  const text = headerText(headers[eventTimeHeader]);
  return Number(text === undefined || !/^-?\d+(\.\d+)?$/.test(text) ? timestamp : text);
}

/** The last of several headers of one name counts. */
function headerText(value: unknown): string | undefined {
  const last: unknown = Array.isArray(value) ? value.at(-1) : value;
  if (typeof last === 'string') return last;
  return last instanceof Uint8Array ? decoder.decode(last) : undefined;
}

/** Splits messages, in order, so that the broker refuses none of the batches for its size. */
export function splitIntoBatches(
  messages: readonly Message[],
  bytesMax: number = batchBytesMax,
): readonly Message[][] {
  const batches: Message[][] = [];
  let bytes = bytesMax;
  for (const message of messages) {
    const size = bytesOf(message);
    if (bytes + size > bytesMax || batches.at(-1)?.length === batchMessagesMax) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(message);
    bytes += size;
  }
  return batches;
}

function bytesOf({ key, value, headers = {} }: Message): number {
  let bytes = recordOverheadBytes + lengthOf(key) + lengthOf(value);
  for (const [name, header] of Object.entries(headers)) {
    bytes += name.length + 4 + (typeof header === 'string' ? lengthOf(header) : 0);
  }
  return bytes;
}

function lengthOf(part: Buffer | string | null | undefined): number {
  if (part == null) return 0;
  return typeof part === 'string' ? Buffer.byteLength(part) : part.length;
}
