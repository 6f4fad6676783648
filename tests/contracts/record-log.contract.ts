import { expect, test } from 'vitest';
import type { Isolation, LogRecord, RecordLog, RecordToWrite } from '../../domain/ports/record-log.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const record = (key: string, value = key): RecordToWrite => ({
  key,
  value: bytes(value),
  timestamp: 1_000,
  partition: 0,
});

async function readAll(
  log: RecordLog,
  topic: string,
  isolation: Isolation = 'read-committed',
): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (const partition of await log.partitions(topic)) {
    for (let fromOffset = 0n; ; ) {
      const batch = await log.read({ topic, partition, fromOffset, recordsMax: 2, isolation });
      records.push(...batch.records);
      if (batch.nextOffset >= batch.endOffset) break;
      fromOffset = batch.nextOffset;
    }
  }
  return records;
}

const keysOf = (records: readonly LogRecord[]) => records.map(({ key }) => key);

interface OpenedRecordLog {
  readonly log: RecordLog;
  /** Creates an empty topic with a fresh name. */
  readonly createTopic: (partitions: number) => Promise<string>;
  /** Makes the transactional ids below unique on a shared broker. */
  readonly named: (base: string) => string;
}

/** The contract of every record log, run on each adapter. */
export function recordLogContract(open: () => Promise<OpenedRecordLog>): void {
  test('records are read in order and complete, with key, time and headers', async () => {
    const { log, createTopic } = await open();
    const topic = await createTopic(1);
    await log.append(topic, [
      { ...record('a', 'one'), headers: { schema: 'x' } },
      { ...record('b'), value: null },
    ]);
    const [first, second] = await readAll(log, topic);
    expect(first).toMatchObject({
      topic,
      partition: 0,
      key: 'a',
      timestamp: 1_000,
      headers: { schema: 'x' },
    });
    expect(new TextDecoder().decode(first?.value ?? undefined)).toBe('one');
    expect(second?.value).toBeNull();
    expect(second?.headers).toEqual({});
  });

  test('event times may lie before 1970, far in the past and far ahead', async () => {
    const { log, createTopic } = await open();
    const topic = await createTopic(1);
    const times = [-86_400_000, Date.UTC(2000, 0, 3), Date.UTC(2100, 0, 1), 0];
    await log.append(
      topic,
      times.map((timestamp) => ({ ...record('bar'), timestamp })),
    );
    expect((await readAll(log, topic)).map(({ timestamp }) => timestamp)).toEqual(times);
  });

  test('a missing topic is an error and is not created', async () => {
    const { log } = await open();
    await expect(log.append('t-nowhere', [record('a')])).rejects.toMatchObject({
      code: 'E_BROKER_UNAVAILABLE',
    });
    await expect(log.partitions('t-nowhere')).rejects.toMatchObject({ code: 'E_BROKER_UNAVAILABLE' });
  });

  test('records of one key are always in one partition', async () => {
    const { log, createTopic } = await open();
    const topic = await createTopic(3);
    const keys = Array.from({ length: 60 }, (_, index) => `key-${index % 20}`);
    await log.append(
      topic,
      keys.map((key) => ({ key, value: bytes(key), timestamp: 1 })),
    );
    const partitions = new Map<string, Set<number>>();
    for (const { key, partition } of await readAll(log, topic))
      partitions.set(key, (partitions.get(key) ?? new Set()).add(partition));
    expect(partitions.size).toBe(20);
    expect([...partitions.values()].every((set) => set.size === 1)).toBe(true);
    expect(new Set([...partitions.values()].flatMap((set) => [...set])).size).toBeGreaterThan(1);
  });

  test('read-committed readers see a transaction completely, and only after its commit', async () => {
    const { log, createTopic, named } = await open();
    const [one, two] = [await createTopic(1), await createTopic(1)];
    const producer = await log.transactional(named('tx-whole'));
    const transaction = await producer.begin();
    await transaction.append(one, [record('a')]);
    await transaction.append(two, [record('b')]);
    expect(await readAll(log, one)).toEqual([]);
    await transaction.commit();
    expect(keysOf(await readAll(log, one))).toEqual(['a']);
    expect(keysOf(await readAll(log, two))).toEqual(['b']);
    await producer.close();
  });

  test('read-committed readers never see an aborted transaction, read-uncommitted ones do', async () => {
    const { log, createTopic, named } = await open();
    const topic = await createTopic(1);
    const producer = await log.transactional(named('tx-abort'));
    const aborted = await producer.begin();
    await aborted.append(topic, [record('gone')]);
    await aborted.abort();
    const kept = await producer.begin();
    await kept.append(topic, [record('kept')]);
    await kept.commit();
    expect(keysOf(await readAll(log, topic))).toEqual(['kept']);
    expect(keysOf(await readAll(log, topic, 'read-uncommitted'))).toEqual(['gone', 'kept']);
    await producer.close();
  });

  test('read-committed readers stop before an open transaction even when later records are committed', async () => {
    const { log, createTopic, named } = await open();
    const topic = await createTopic(1);
    await log.append(topic, [record('before')]);
    const producer = await log.transactional(named('tx-open'));
    const transaction = await producer.begin();
    await transaction.append(topic, [record('open')]);
    await log.append(topic, [record('after')]);
    expect(keysOf(await readAll(log, topic))).toEqual(['before']);
    await transaction.commit();
    expect(keysOf(await readAll(log, topic))).toEqual(['before', 'open', 'after']);
    await producer.close();
  });

  test('a second producer with the same transactional id fences the first and aborts its open transaction', async () => {
    const { log, createTopic, named } = await open();
    const topic = await createTopic(1);
    const zombie = await log.transactional(named('tx-fence'));
    const left = await zombie.begin();
    await left.append(topic, [record('zombie')]);
    const owner = await log.transactional(named('tx-fence'));
    await expect(left.commit()).rejects.toMatchObject({ code: 'E_PRODUCER_FENCED' });
    await expect(zombie.begin()).rejects.toMatchObject({ code: 'E_PRODUCER_FENCED' });
    const transaction = await owner.begin();
    await transaction.append(topic, [record('owner')]);
    await transaction.commit();
    expect(keysOf(await readAll(log, topic))).toEqual(['owner']);
    await owner.close();
  });

  test('closing a producer aborts its open transaction', async () => {
    const { log, createTopic, named } = await open();
    const topic = await createTopic(1);
    const producer = await log.transactional(named('tx-close'));
    const transaction = await producer.begin();
    await transaction.append(topic, [record('lost')]);
    await producer.close();
    await log.append(topic, [record('next')]);
    expect(keysOf(await readAll(log, topic))).toEqual(['next']);
  });

  test('a producer has one transaction at a time', async () => {
    const { log, named } = await open();
    const producer = await log.transactional(named('tx-single'));
    await producer.begin();
    await expect(producer.begin()).rejects.toMatchObject({ code: 'E_USAGE' });
    await producer.close();
  });
}
