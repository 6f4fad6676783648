import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { ClusterReader } from '../../bus/kafka/cluster-reader.js';
import { busTopics } from '../../domain/events/control-events.js';
import type { SequencedEvent } from '../../domain/ports/control-bus.js';
import type { LogRecord, RecordLog } from '../../domain/ports/record-log.js';
import { topicSettings } from '../../domain/topics/topic.js';
import { compareTopic } from '../../domain/topics/topic-plan.js';
import { allOf } from '../all-of.js';
import { statusEvent } from '../contracts/control-bus.contract.js';
import { topicSpec } from '../contracts/topic-admin.contract.js';
import { audit, foreignTopic, Installations, plainKafka, withAdmin } from './kafka-installation.js';

const installations = new Installations();
afterEach(() => installations.close());
afterAll(() => installations.end());

const bytes = (text: string) => new TextEncoder().encode(text);
const record = (key: string, timestamp = 1_000) => ({ key, value: bytes(key), timestamp, partition: 0 });

async function readPartition(log: RecordLog, topic: string): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (let fromOffset = 0n; ; ) {
    const request = { topic, partition: 0, fromOffset, recordsMax: 5_000 } as const;
    const batch = await log.read({ ...request, isolation: 'read-committed' });
    records.push(...batch.records);
    if (batch.nextOffset >= batch.endOffset) return records;
    fromOffset = batch.nextOffset;
  }
}

/** An installation with one empty topic. */
async function withTopic(partitions = 1) {
  const kafka = await installations.fresh();
  const spec = topicSpec(kafka.named('t'), partitions);
  await kafka.topics.create([spec], audit);
  return { ...kafka, topic: spec.topic };
}

describe('a topic on Kafka', () => {
  test.each([
    ['letter case', 'Other-Name', 'other-name'],
    ['a dot', 'other.name', 'other_name'],
  ])('a topic that differs from a foreign one in %s is not created', async (_, foreign, ours) => {
    const { topics, named } = await installations.fresh();
    await foreignTopic(named(foreign));
    await expect.poll(async () => topics.list()).toContain(named(foreign));
    expect(await topics.create([topicSpec(named(ours))], audit)).toEqual([
      { kind: 'collides', topic: named(ours), other: named(foreign) },
    ]);
    expect(await topics.list()).not.toContain(named(ours));
  });

  test('a foreign topic that was created between two requests of a workflow is found when it collides', async () => {
    const { topics, named } = await installations.fresh();
    await topics.create([topicSpec(named('first'))], audit);
    await foreignTopic(named('late.name'));
    await expect.poll(async () => topics.list()).toContain(named('late.name'));
    const wanted = [topicSpec(named('late_name')), topicSpec(named('second'))];
    expect(await topics.create(wanted, audit)).toEqual([
      { kind: 'collides', topic: named('late_name'), other: named('late.name') },
      { kind: 'created', topic: named('second') },
    ]);
  });

  test('a topic that another process removed between two requests of a workflow is created again', async () => {
    const { topics, prefix, named } = await installations.fresh();
    const other = await installations.again(prefix);
    await topics.create([topicSpec(named('gone'))], audit);
    await other.topics.remove([named('gone')], audit);
    await expect.poll(async () => topics.list()).not.toContain(named('gone'));
    expect(await topics.create([topicSpec(named('gone'))], audit)).toMatchObject([{ kind: 'created' }]);
  });

  test('a topic that differs from another of the same request only in case is not created', async () => {
    const { topics, named } = await installations.fresh();
    const outcomes = await topics.create([topicSpec(named('twin')), topicSpec(named('TWIN'))], audit);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['created', 'collides']);
  });

  test('a topic that is named twice in one request is created once', async () => {
    const { topics, named } = await installations.fresh();
    const outcomes = await topics.create([topicSpec(named('same')), topicSpec(named('same'))], audit);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['created', 'created']);
    expect((await allOf(topics.history())).filter(({ topic }) => topic === named('same'))).toHaveLength(1);
  });

  test('a topic with other settings is described as it is, and compared with both sides', async () => {
    const { topics, named } = await installations.fresh();
    const name = named('mismatch');
    await foreignTopic(name, { 'retention.ms': '60000', 'cleanup.policy': 'compact' });
    await expect.poll(async () => topics.list()).toContain(name);
    const wanted = { ...topicSettings.indicator, topic: topicSpec(name).topic };
    expect(await topics.create([wanted], audit)).toEqual([{ kind: 'exists', topic: name }]);
    const actual = (await topics.describe([name])).get(name);
    if (actual === undefined) throw new Error('not described');
    expect(compareTopic(wanted, actual, 1)).toEqual([
      { topic: name, setting: 'partitions', wanted: '1', actual: '2' },
      { topic: name, setting: 'retention.ms', wanted: '2592000000', actual: '60000' },
      { topic: name, setting: 'cleanup.policy', wanted: 'delete', actual: 'compact' },
    ]);
  });

  test('a refused topic does not prevent the others of the request', async () => {
    const { topics, named } = await installations.fresh();
    const bad = { ...topicSpec(named('bad')), retentionMs: -5 };
    const [refused, made] = await topics.create([bad, topicSpec(named('good'))], audit);
    expect(refused).toMatchObject({ kind: 'failed', topic: bad.topic, retryable: false });
    expect(made).toEqual({ kind: 'created', topic: named('good') });
    expect((await allOf(topics.history())).map(({ topic }) => topic)).not.toContain(bad.topic);
  });

  test('a topic is not made with fewer replicas while brokers are away, and is made once the cluster is said to be smaller', async () => {
    const { prefix } = await installations.fresh();
    const waiting = await installations.again(prefix, { replicasMax: 3 });
    const wanted = { ...topicSettings.trade_exec, topic: topicSpec(waiting.named('waits')).topic };
    await expect(waiting.topics.create([wanted], audit)).rejects.toMatchObject({
      code: 'E_BROKER_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('need 3 brokers, and 1 are up'),
    });
    expect(await waiting.topics.replicasMax()).toBe(3);
    expect(await waiting.topics.list()).not.toContain(wanted.topic);
    const single = await installations.again(prefix, { replicasMax: 1 });
    expect(await single.topics.create([wanted], audit)).toEqual([{ kind: 'created', topic: wanted.topic }]);
    expect((await single.topics.describe([wanted.topic])).get(wanted.topic)).toMatchObject({
      replicationFactor: 1,
      minInsyncReplicas: 1,
    });
  });

  test('a topic past the limit of replicas is refused before the broker is asked', async () => {
    const { topics, named } = await installations.fresh({ replicasPerBrokerMax: 100_000 });
    const { prefix } = await installations.fresh();
    const poor = await installations.again(prefix, { replicasPerBrokerMax: 1 });
    await expect(poor.topics.create([topicSpec(poor.named('over'))], audit)).rejects.toMatchObject({
      code: 'E_TOPIC_REJECTED',
      retryable: false,
    });
    expect((await allOf(poor.topics.history())).map(({ topic }) => topic)).not.toContain(poor.named('over'));
    expect(await topics.create([topicSpec(named('within'))], audit)).toMatchObject([{ kind: 'created' }]);
  });
});

describe('records on Kafka', () => {
  test('records of the years 2000 and before 1970 keep their event time; retention counts from their arrival', async () => {
    const { log, topic } = await withTopic();
    const start = Date.now();
    const times = [Date.UTC(2000, 0, 3), -86_400_000, Date.UTC(2100, 0, 1)];
    await log.append(
      topic,
      times.map((time) => record('bar', time)),
    );
    expect((await readPartition(log, topic)).map(({ timestamp }) => timestamp)).toEqual(times);
    const reader = new ClusterReader(plainKafka(), topic);
    const raw = await reader.fetch({ topic, partition: 0, offset: 0n }, 'read-committed');
    await reader.close();
    expect(raw?.messages).toHaveLength(3);
    for (const { timestamp } of raw?.messages ?? [])
      expect(Number(timestamp)).toBeGreaterThanOrEqual(start - 1_000);
  });

  test('records of several requests are complete and in order, in and outside a transaction', async () => {
    const { log, topic, named } = await withTopic();
    const value = new Uint8Array(1_000);
    const many = Array.from({ length: 3_000 }, (_, i) => ({ ...record(`k-${i}`), value }));
    await log.append(topic, many);
    const producer = await log.transactional(named('tx-large'));
    const transaction = await producer.begin();
    await transaction.append(topic, many);
    await transaction.commit();
    expect((await readPartition(log, topic)).map(({ key }) => key)).toEqual(
      [...many, ...many].map(({ key }) => key),
    );
  });

  test('a read at an offset removed by retention starts at the first retained record', async () => {
    const { log, topic } = await withTopic();
    await log.append(
      topic,
      ['a', 'b', 'c'].map((key) => record(key)),
    );
    await withAdmin(async (admin) => {
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });
    });
    expect((await readPartition(log, topic)).map(({ key }) => key)).toEqual(['c']);
  });

  test('records of a removed topic cannot be read, and writes to other topics continue', async () => {
    const { log, topics, topic, named } = await withTopic();
    const other = topicSpec(named('other')).topic;
    await topics.create([topicSpec(other)], audit);
    await log.append(topic, [record('a')]);
    expect(await readPartition(log, topic)).toHaveLength(1);
    await topics.remove([topic], audit);
    await expect(readPartition(log, topic)).rejects.toMatchObject({
      message: `topic ${topic} does not exist`,
    });
    await log.append(other, [record('b')]);
    expect(await readPartition(log, other)).toHaveLength(1);
    await expect(log.append(topic, [record('c')])).rejects.toMatchObject({ code: 'E_BROKER_UNAVAILABLE' });
  });

  test('records for a missing partition are refused', async () => {
    const { log, topic } = await withTopic(2);
    const lost = { ...record('a'), partition: 2 };
    await expect(log.append(topic, [lost])).rejects.toMatchObject({
      message: `topic ${topic} has no partition 2`,
    });
  });
});

describe('two processes with one transactional id', () => {
  test('a newer producer fences the older one, whose records are never seen and which cannot continue', async () => {
    const first = await withTopic();
    const second = await installations.again(first.prefix);
    const zombie = await first.log.transactional(first.named('tx'));
    const left = await zombie.begin();
    await left.append(first.topic, [record('zombie')]);
    const owner = await second.log.transactional(first.named('tx'));
    await expect(left.append(first.topic, [record('late')])).rejects.toMatchObject({
      code: 'E_PRODUCER_FENCED',
    });
    await expect(left.commit()).rejects.toMatchObject({ code: 'E_PRODUCER_FENCED' });
    await expect(zombie.begin()).rejects.toMatchObject({ code: 'E_PRODUCER_FENCED' });
    const transaction = await owner.begin();
    await transaction.append(first.topic, [record('owner')]);
    await transaction.commit();
    expect((await readPartition(second.log, first.topic)).map(({ key }) => key)).toEqual(['owner']);
  });
});

describe('a subscriber on Kafka', () => {
  test('a subscriber skips and logs a record that is not a control event, and leaves no consumer group', async () => {
    const said: string[] = [];
    const onLog = ({ message }: { message: string }) => void said.push(message);
    const { bus, log, prefix } = await installations.fresh({ onLog });
    const topic = `${prefix}${busTopics.node_status_changed}`;
    await bus.publish([statusEvent(1n)]);
    await log.append(topic, [{ key: 'x', value: bytes('\u0007no envelope'), timestamp: 1 }]);
    await bus.publish([statusEvent(2n)]);
    const seen: SequencedEvent[] = [];
    await new Promise<void>((resolve, reject) => {
      bus
        .subscribe([busTopics.node_status_changed], async (event) => {
          seen.push(event);
          if (event.seq === 2n) resolve();
        })
        .catch(reject);
    });
    expect(seen.map(({ seq }) => seq)).toEqual([1n, 2n]);
    expect(said).toContain(`the record at offset 1 of ${topic} is not a control event`);
    const { groups } = await withAdmin((admin) => admin.listGroups());
    expect(groups.map(({ groupId }) => groupId).filter((group) => group.includes('qmtl'))).toEqual([]);
  });

  test('a subscription to a missing topic is refused', async () => {
    const { bus } = await installations.fresh();
    await expect(bus.subscribe(['nowhere'], async () => {})).rejects.toMatchObject({
      code: 'E_BROKER_UNAVAILABLE',
    });
  });

  test('an event has the headers a reader needs without decoding it', async () => {
    const { bus, log, prefix } = await installations.fresh();
    await bus.publish([statusEvent(1n)]);
    const [published] = await readPartition(log, `${prefix}${busTopics.node_status_changed}`);
    expect(published?.headers).toEqual({
      'content-type': 'application/cloudevents+protobuf',
      schema_id: 'qmtl.v1.NodeStatusChanged',
      traceparent: '00-ab-cd-01',
    });
  });
});

describe('two processes that connect at once', () => {
  test('two processes that connect at once create the control topics once, and both work', async () => {
    const prefix = installations.unopened();
    const both = await Promise.all([installations.again(prefix), installations.again(prefix)]);
    for (const [index, { bus }] of both.entries()) await bus.publish([statusEvent(BigInt(index + 1))]);
    expect((await both[0].topics.list()).filter((topic) => topic.startsWith(prefix))).toHaveLength(4);
  });
});

describe('a broker that is away', () => {
  test('a broker that is away is one retryable error, within the budget of a call', async () => {
    const failures: unknown[] = [];
    const opening = installations.fresh({
      brokers: ['127.0.0.1:1'],
      onCall: (operation, _, error) => failures.push([operation, error?.code]),
    });
    await expect(opening).rejects.toMatchObject({ code: 'E_BROKER_UNAVAILABLE', retryable: true });
    await expect(opening).rejects.toThrow(
      /^Kafka, connect to 127\.0\.0\.1:1: the broker refuses connections/,
    );
    expect(failures).toEqual([['connect', 'E_BROKER_UNAVAILABLE']]);
  });
});

describe('an event that the broker refuses', () => {
  test('it is found among the others, which are published in their order', async () => {
    const { bus } = await installations.fresh();
    const events = [1n, 2n, 3n, 4n, 5n].map(statusEvent);
    // Longer than message.max.bytes, also compressed.
    const noise = Array.from({ length: 130_000 }, () => Math.random().toString(36).slice(2)).join('');
    const poisoned = events.map((event) => (event.seq === 3n ? { ...event, traceparent: noise } : event));
    const refused = await bus.publish(poisoned);
    expect(refused).toMatchObject([{ id: 'row/3', reason: expect.stringContaining('larger than') }]);
    const seen = new Set<bigint>();
    const order: bigint[] = [];
    await new Promise<void>((resolve, reject) => {
      const subscribed = bus.subscribe([busTopics.node_status_changed], async ({ seq }) => {
        // A part of a batch may have been stored before the rest was refused.
        if (!seen.has(seq)) order.push(seq);
        seen.add(seq);
        if (seen.size === 4) resolve();
      });
      subscribed.catch(reject);
    });
    expect(order).toEqual([1n, 2n, 4n, 5n]);
  });
});
