import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import type { TopicSpec } from '../../domain/topics/topic.js';
import type { TopicHistoryEntry } from '../../domain/topics/topic-log.js';
import { compareTopic } from '../../domain/topics/topic-plan.js';
import { envelopeFromBytes } from '../../proto/convert/events.js';

/** Reads the broker without the adapter and returns violations of the invariants. */
export interface BrokerExpectation {
  /** The expected topics: those of the graph's active queues. */
  readonly queues: readonly TopicSpec[];
  /** Distinguishes the topics of queues from all others in the cluster. */
  readonly isQueueTopic: (topic: string) => boolean;
  /** Names of the control topics in the cluster. */
  readonly controlTopics: readonly string[];
}

export async function brokerViolations(
  kafka: Kafka,
  expected: BrokerExpectation,
): Promise<readonly string[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topics = await admin.listTopics();
    return [
      ...setViolations(expected, topics),
      ...(await settingViolations(
        admin,
        expected.queues.filter(({ topic }) => topics.includes(topic)),
      )),
      ...sequenceViolations(await publishedEvents(kafka, admin, expected.controlTopics)),
    ];
  } finally {
    await admin.disconnect();
  }
}

/** One topic for each queue, and one queue for each topic. */
function setViolations(
  { queues, isQueueTopic }: BrokerExpectation,
  topics: readonly string[],
): readonly string[] {
  const wanted = queues.map((queue): string => queue.topic);
  const twice = wanted.filter((topic, index) => wanted.indexOf(topic) !== index);
  return [
    ...twice.map((topic) => `topic ${topic} belongs to two queues`),
    ...wanted.filter((topic) => !topics.includes(topic)).map((topic) => `queue ${topic} has no topic`),
    ...topics
      .filter((topic) => isQueueTopic(topic) && !wanted.includes(topic))
      .map((topic) => `topic ${topic} has no queue`),
  ];
}

async function settingViolations(admin: Admin, queues: readonly TopicSpec[]): Promise<readonly string[]> {
  if (queues.length === 0) return [];
  const { brokers } = await admin.describeCluster();
  const names = queues.map(({ topic }) => topic);
  const { topics } = await admin.fetchTopicMetadata({ topics: names });
  const { resources } = await admin.describeConfigs({
    resources: names.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
    includeSynonyms: false,
  });
  return queues.flatMap((queue) => {
    const entries = resources.find(({ resourceName }) => resourceName === queue.topic)?.configEntries ?? [];
    const config = new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
    const partitions = topics.find(({ name }) => name === queue.topic)?.partitions ?? [];
    const actual = {
      topic: queue.topic,
      partitions: partitions.length,
      replicationFactor: partitions[0]?.replicas.length ?? 0,
      minInsyncReplicas: Number(config.get('min.insync.replicas')),
      retentionMs: Number(config.get('retention.ms')),
      cleanupPolicy: config.get('cleanup.policy') ?? '',
    };
    return [
      ...compareTopic(queue, actual, brokers.length),
      ...differing(queue.topic, config, 'message.timestamp.type', 'LogAppendTime'),
    ].map(
      ({ topic, setting, wanted, actual: found }) => `topic ${topic}: ${setting} is ${found}, not ${wanted}`,
    );
  });
}

function differing(topic: string, config: ReadonlyMap<string, string>, setting: string, wanted: string) {
  const actual = config.get(setting) ?? 'missing';
  return actual === wanted ? [] : [{ topic, setting, wanted, actual }];
}

interface PublishedEvent {
  readonly topic: string;
  readonly key: string;
  /** undefined: the record is not a control event. */
  readonly event: { readonly id: string; readonly seq: bigint } | undefined;
}

/** Events that are on the bus more than once: none as long as nothing fails. */
export async function repeatedEvents(
  kafka: Kafka,
  controlTopics: readonly string[],
): Promise<readonly string[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const copies = new Map<string, number>();
    for (const { event } of await publishedEvents(kafka, admin, controlTopics)) {
      if (event !== undefined) copies.set(event.id, (copies.get(event.id) ?? 0) + 1);
    }
    return [...copies]
      .filter(([, count]) => count > 1)
      .map(([id, count]) => `${id} was published ${count} times`);
  } finally {
    await admin.disconnect();
  }
}

/** Topics whose creation is not recorded exactly once as done. Only a lost answer may leave that open. */
export function unrecordedTopics(
  history: readonly TopicHistoryEntry[],
  topics: readonly string[],
): readonly string[] {
  const created = history.filter(({ action, outcome }) => action === 'created' && outcome === 'done');
  const counts = new Map<string, number>();
  for (const { topic } of created) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  return topics
    .filter((topic) => counts.get(topic) !== 1)
    .map((topic) => `the creation of ${topic} is recorded as done ${counts.get(topic) ?? 0} times`);
}

/** Each stream begins at 1 without gaps; a seq has one event, which may have been published several times. */
function sequenceViolations(events: readonly PublishedEvent[]): readonly string[] {
  const unreadable = events.filter(({ event }) => event === undefined);
  const streams = new Map<string, Map<bigint, Set<string>>>();
  for (const { topic, key, event } of events) {
    if (event === undefined) continue;
    const stream = `${topic} / ${key}`;
    const ids = streams.get(stream) ?? new Map<bigint, Set<string>>();
    streams.set(stream, ids.set(event.seq, (ids.get(event.seq) ?? new Set()).add(event.id)));
  }
  return [
    ...unreadable.map(({ topic, key }) => `${topic} / ${key}: a record is not a control event`),
    ...[...streams].flatMap(([stream, ids]) => streamViolations(stream, ids)),
  ];
}

function streamViolations(stream: string, ids: ReadonlyMap<bigint, ReadonlySet<string>>): readonly string[] {
  const seqs = [...ids.keys()].sort((a, b) => Number(a - b));
  const [first] = seqs;
  return [
    ...(first === 1n ? [] : [`${stream}: begins at seq ${first}`]),
    ...seqs
      .filter((seq, index) => index > 0 && seq !== (seqs[index - 1] ?? 0n) + 1n)
      .map((seq) => `${stream}: a gap before seq ${seq}`),
    ...seqs
      .filter((seq) => (ids.get(seq)?.size ?? 0) > 1)
      .map((seq) => `${stream}: seq ${seq} has events ${[...(ids.get(seq) ?? [])].sort().join(', ')}`),
  ];
}

/** The current content of the control topics. */
async function publishedEvents(
  kafka: Kafka,
  admin: Admin,
  controlTopics: readonly string[],
): Promise<readonly PublishedEvent[]> {
  const ends = new Map<string, bigint>();
  for (const topic of controlTopics) {
    for (const { partition, high, low } of await admin.fetchTopicOffsets(topic)) {
      if (high !== low) ends.set(`${topic}/${partition}`, BigInt(high));
    }
  }
  if (ends.size === 0) return [];
  const groupId = `checker-${crypto.randomUUID()}`;
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 100 });
  const events: PublishedEvent[] = [];
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...controlTopics], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          autoCommit: false,
          eachBatch: async ({ batch }) => {
            for (const { key, value } of batch.messages) {
              events.push({ topic: batch.topic, key: String(key), event: eventOf(value) });
            }
            const end = ends.get(`${batch.topic}/${batch.partition}`);
            if (end !== undefined && BigInt(batch.lastOffset()) + 1n >= end) {
              ends.delete(`${batch.topic}/${batch.partition}`);
            }
            if (ends.size === 0) resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([groupId]);
  }
  return events;
}

function eventOf(value: Buffer | null): PublishedEvent['event'] {
  try {
    return value === null ? undefined : envelopeFromBytes(value);
  } catch {
    return undefined;
  }
}
