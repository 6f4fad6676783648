import * as fc from 'fast-check';
import type { Message } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { type FetchedMessage, visibleMessages } from '../../bus/kafka/fetched.js';
import { eventTimeHeader, splitIntoBatches, toMessage, toRecord } from '../../bus/kafka/records.js';
import type { RecordToWrite } from '../../domain/ports/record-log.js';

const bytes = (text: string) => new TextEncoder().encode(text);

/** The message as the broker returns it, with the broker's own time. */
function fetchedFrom(message: Message, change: Partial<FetchedMessage> = {}): FetchedMessage {
  const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, bytes(String(value))]);
  return {
    offset: '7',
    timestamp: '1700000000000',
    key: bytes(String(message.key)),
    value: typeof message.value === 'string' ? bytes(message.value) : message.value,
    headers: Object.fromEntries(headers),
    isControlRecord: false,
    batchContext: { producerId: '1', inTransaction: false },
    ...change,
  };
}

describe('a record', () => {
  test('a record is read from the broker as it was written, with its event time', () => {
    const written = fc.record({
      key: fc.string({ unit: 'grapheme' }),
      value: fc.option(fc.uint8Array()),
      timestamp: fc.integer({ min: -4_000_000_000_000, max: 4_000_000_000_000 }),
      headers: fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), fc.string({ unit: 'grapheme' })),
    });
    fc.assert(
      fc.property(written, (record: RecordToWrite) => {
        const back = toRecord('t', 2, fetchedFrom(toMessage(record, 3)));
        expect(back).toMatchObject({ topic: 't', partition: 2, offset: 7n, key: record.key });
        expect(back).toMatchObject({ timestamp: record.timestamp, headers: record.headers });
        expect(back.value === null ? null : [...back.value]).toEqual(record.value && [...record.value]);
      }),
    );
  });

  test('the timestamp by which the broker deletes is not the event time', () => {
    const message = toMessage({ key: 'k', value: null, timestamp: 946_857_600_000 }, 1);
    expect(message.timestamp).toBeUndefined();
    expect(message.headers).toEqual({ [eventTimeHeader]: '946857600000' });
  });

  test('a record written by others has the time of the broker', () => {
    const foreign = fetchedFrom({ key: 'k', value: null }, { headers: { other: [bytes('a'), bytes('b')] } });
    expect(toRecord('t', 0, foreign)).toMatchObject({
      timestamp: 1_700_000_000_000,
      headers: { other: 'b' },
    });
  });

  test('a record goes to the partition named by its writer, else to that of its key', () => {
    const record = { key: 'key-1', value: null, timestamp: 1 };
    expect(toMessage({ ...record, partition: 2 }, 3).partition).toBe(2);
    expect(toMessage(record, 1).partition).toBe(0);
    expect(toMessage(record, 3).partition).toBe(2);
    expect(toMessage({ ...record, key: 'ä' }, 3).partition).toBe(2);
    const used = Array.from({ length: 50 }, (_, i) => toMessage({ ...record, key: `key-${i}` }, 3).partition);
    expect(new Set(used)).toEqual(new Set([0, 1, 2]));
  });
});

describe('a batch', () => {
  const message = (length: number): Message => ({ key: 'k', value: Buffer.alloc(length) });

  test('a batch has no more bytes than the broker allows, and messages keep their order', () => {
    const messages = [400, 400, 100, 900, 10].map(message);
    const batches = splitIntoBatches(messages, 1_000);
    expect(batches.map((batch) => batch.map(({ value }) => value?.length))).toEqual([
      [400, 400],
      [100],
      [900, 10],
    ]);
  });

  test('a batch has at most 2,000 messages', () => {
    expect(
      splitIntoBatches(Array.from({ length: 2_001 }, () => message(1))).map(({ length }) => length),
    ).toEqual([2_000, 1]);
  });

  test('a single message that is too large is left to the broker to refuse', () => {
    expect(splitIntoBatches([message(5_000)], 1_000)).toHaveLength(1);
    expect(splitIntoBatches([])).toEqual([]);
  });
});

interface Sent {
  readonly producerId?: string;
  readonly inTransaction?: boolean;
  readonly isControlRecord?: boolean;
}

/** A partition whose records are named by their offset. */
function partitionOf(sent: readonly Sent[], aborted: readonly [string, number][] = [], stable = sent.length) {
  return {
    partition: 0,
    isThrottled: false,
    highWatermark: String(sent.length),
    lastStableOffset: String(stable),
    abortedTransactions: aborted.map(([producerId, first]) => ({ producerId, firstOffset: String(first) })),
    messages: sent.map(({ producerId = '1', inTransaction = false, isControlRecord = false }, offset) =>
      fetchedFrom(
        { key: 'k', value: null },
        { offset: String(offset), isControlRecord, batchContext: { producerId, inTransaction } },
      ),
    ),
  };
}

describe('what a reader sees of a partition', () => {
  const plain: Sent = {};
  const marker = (producerId: string): Sent => ({ producerId, inTransaction: true, isControlRecord: true });
  const within = (producerId: string): Sent => ({ producerId, inTransaction: true });
  const offsets = ({ messages }: { messages: readonly FetchedMessage[] }) =>
    messages.map(({ offset }) => offset);

  test('markers and records of aborted transactions are left out', () => {
    const fetched = partitionOf(
      [within('1'), within('2'), marker('1'), marker('2'), within('1'), marker('1')],
      [['1', 0]],
    );
    const committed = visibleMessages(fetched, 0n, 10, 'read-committed');
    expect(offsets(committed)).toEqual(['1', '4']);
    expect(committed).toMatchObject({ nextOffset: 6n, endOffset: 6n });
    expect(offsets(visibleMessages(fetched, 0n, 10, 'read-uncommitted'))).toEqual(['0', '1', '4']);
  });

  test('two aborted transactions that began before the requested offset are both left out', () => {
    const sent = [within('1'), within('2'), within('2'), within('1'), marker('1'), marker('2'), plain];
    const later = {
      ...partitionOf(sent, [
        ['2', 1],
        ['1', 0],
      ]),
    };
    const fetched = { ...later, messages: later.messages.slice(2) };
    expect(offsets(visibleMessages(fetched, 2n, 10, 'read-committed'))).toEqual(['6']);
  });

  test('a read ends before an open transaction, even when later records are committed', () => {
    const fetched = partitionOf([plain, within('1'), plain], [], 1);
    const committed = visibleMessages(fetched, 0n, 10, 'read-committed');
    expect(offsets(committed)).toEqual(['0']);
    expect(committed).toMatchObject({ nextOffset: 1n, endOffset: 1n });
    expect(visibleMessages(fetched, 0n, 10, 'read-uncommitted')).toMatchObject({ endOffset: 3n });
  });

  test('a read begins at the requested offset, although the broker sends whole batches', () => {
    expect(offsets(visibleMessages(partitionOf([plain, plain, plain]), 1n, 10, 'read-committed'))).toEqual([
      '1',
      '2',
    ]);
  });

  test('a read returns at most the requested number of records, and the next one continues after them', () => {
    const some = visibleMessages(partitionOf([plain, plain, plain]), 0n, 2, 'read-committed');
    expect(offsets(some)).toEqual(['0', '1']);
    expect(some).toMatchObject({ nextOffset: 2n, endOffset: 3n });
  });
});
