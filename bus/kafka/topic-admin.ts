import kafkajs, { type Admin, type BrokerMetadata } from 'kafkajs';
import { limits } from '../../domain/base/limits.js';
import type { CreateOutcome, TopicAdmin } from '../../domain/ports/topic-admin.js';
import type { TopicDescription, TopicSpec } from '../../domain/topics/topic.js';
import type { TopicAudit } from '../../domain/topics/topic-log.js';
import { topicCollisionKey } from '../../domain/topics/topic-name.js';
import { refuseMissingBrokers, refuseTooManyTopics } from '../../domain/topics/topic-plan.js';
import type { AdminLog } from './admin-log.js';
import type { Guarded } from './client.js';
import type { ClusterReader } from './cluster-reader.js';
import { isCalled, toQmtlError } from './failure.js';
import { waitForTopics } from './topic-metadata-wait.js';
import type { TopicOwners } from './topic-owners.js';
import { refuseOverBudget, topicConfig } from './topic-settings.js';

/** How long the controller may take for one request, in milliseconds. */
const controllerTimeoutMs = 5_000;

export interface TopicAdminDeps {
  readonly admin: Admin;
  readonly reader: ClusterReader;
  readonly log: AdminLog;
  readonly owners: TopicOwners;
  readonly guarded: Guarded;
  readonly replicasPerBrokerMax: number;
  /** How many brokers the cluster has; 0: as many as are up. */
  readonly replicasMax: number;
}

/**
 * Topic administration on Kafka, in bulk requests. When the broker throttles, kafkajs waits as long as it says before the next
 * request.
 */
export function kafkaTopicAdmin(deps: TopicAdminDeps): TopicAdmin {
  const { reader, log, guarded } = deps;
  return {
    create: async (specs, audit) => guarded('create topics', () => createTopics(deps, specs, audit)),
    remove: async (topics, audit) => guarded('remove topics', () => removeTopics(deps, topics, audit)),
    describe: async (topics) => guarded('describe topics', () => describeTopics(deps, topics)),
    list: async () =>
      guarded('list topics', async () =>
        namesOf(await reader.everything())
          .filter(isOurs)
          .sort(),
      ),
    replicasMax: async () =>
      deps.replicasMax > 0 ? deps.replicasMax : guarded('count brokers', () => reader.brokerCount()),
    brokerCount: async () => guarded('count brokers', () => reader.brokerCount()),
    history: () => log.history(),
  };
}

/** Names of Kafka's internal topics. */
function isOurs(topic: string): boolean {
  return !topic.startsWith('__');
}

function namesOf({ topicMetadata }: BrokerMetadata): string[] {
  return topicMetadata.map(({ topic }) => topic);
}

async function createTopics(
  deps: TopicAdminDeps,
  specs: readonly TopicSpec[],
  audit: TopicAudit,
): Promise<readonly CreateOutcome[]> {
  refuseTooManyTopics(specs.length);
  const cluster = await deps.reader.everything();
  const outcomes = new Map(
    standingInTheWay(specs, namesOf(cluster)).map((outcome) => [outcome.topic, outcome]),
  );
  const wanted = specs.filter(
    ({ topic }, index) => !outcomes.has(topic) && specs.findIndex((spec) => spec.topic === topic) === index,
  );
  if (wanted.length > 0) {
    const { brokers } = cluster;
    const replicasMax = deps.replicasMax || brokers.length;
    refuseMissingBrokers(wanted, brokers.length, replicasMax);
    refuseOverBudget(wanted, cluster, { perBrokerMax: deps.replicasPerBrokerMax, replicasMax });
    for (const outcome of await askToCreate(deps, wanted, replicasMax, audit)) {
      outcomes.set(outcome.topic, outcome);
    }
  }
  const existing = [...outcomes.values()].filter(({ kind }) => kind === 'exists').map(({ topic }) => topic);
  const foreign = await deps.owners.foreignOnes(existing, namesOf(cluster));
  for (const [topic, installation] of foreign) outcomes.set(topic, { kind: 'foreign', topic, installation });
  return specs.flatMap(({ topic }) => outcomes.get(topic) ?? []);
}

/** Outcomes of topics that are not created: the topic exists, or one that collides with it. Earlier specs of the request count. */
function standingInTheWay(
  specs: readonly TopicSpec[],
  existing: readonly string[],
): readonly CreateOutcome[] {
  const names = new Set(existing);
  const holders = new Map(existing.map((name) => [topicCollisionKey(name), name]));
  return specs.flatMap(({ topic }): CreateOutcome[] => {
    if (names.has(topic)) return [{ kind: 'exists', topic }];
    const other = holders.get(topicCollisionKey(topic));
    if (other !== undefined && other !== topic) return [{ kind: 'collides', topic, other }];
    holders.set(topicCollisionKey(topic), topic);
    return [];
  });
}

async function askToCreate(
  deps: TopicAdminDeps,
  wanted: readonly TopicSpec[],
  replicasMax: number,
  audit: TopicAudit,
): Promise<readonly CreateOutcome[]> {
  const topics = wanted.map(({ topic }) => topic);
  const request = await deps.log.intend('created', topics, audit);
  const failures = await refusedBy(async () =>
    deps.admin.createTopics({
      topics: wanted.map((spec) => topicConfig(spec, replicasMax)),
      // The wait of kafkajs fails on KRaft, where a broker learns of a topic a moment later.
      waitForLeaders: false,
      timeout: controllerTimeoutMs,
    }),
  );
  // kafkajs does not say which topics were created when all others existed: another process created the same names at the
  // same time, and the intents in the log stay without an outcome.
  if (failures === 'some-existed') return topics.map((topic) => ({ kind: 'exists', topic }));
  await request.note(new Map(topics.map((topic) => [topic, failures.get(topic)?.message ?? ''])));
  await waitForTopics(
    deps.reader,
    topics.filter((topic) => !failures.has(topic)),
    'present',
  );
  return topics.map((topic) => outcomeOf(topic, failures.get(topic)));
}

function outcomeOf(topic: string, failure: Error | undefined): CreateOutcome {
  if (failure === undefined) return { kind: 'created', topic };
  if (isCalled(failure, 'TOPIC_ALREADY_EXISTS')) return { kind: 'exists', topic };
  const { message, hint, retryable } = toQmtlError(failure, 'create topic');
  return { kind: 'failed', topic, reason: hint === undefined ? message : `${message} (${hint})`, retryable };
}

/** The error of each topic the broker refused; the others were created. */
async function refusedBy(ask: () => Promise<boolean>): Promise<ReadonlyMap<string, Error> | 'some-existed'> {
  try {
    return (await ask()) ? new Map() : 'some-existed';
  } catch (error) {
    if (!(error instanceof kafkajs.KafkaJSAggregateError)) throw error;
    const refused = new Map<string, Error>();
    for (const failure of error.errors) {
      if (!(failure instanceof Error) || !('topic' in failure) || typeof failure.topic !== 'string')
        throw error;
      refused.set(failure.topic, failure);
    }
    return refused;
  }
}

async function removeTopics(
  deps: TopicAdminDeps,
  topics: readonly string[],
  audit: TopicAudit,
): Promise<readonly string[]> {
  const existing = new Set(namesOf(await deps.reader.everything()));
  const wanted = [...new Set(topics)].filter((topic) => existing.has(topic));
  if (wanted.length === 0) return [];
  for (const batch of inRequests(wanted)) {
    const request = await deps.log.intend('removed', batch, audit);
    await deps.admin.deleteTopics({ topics: batch, timeout: controllerTimeoutMs });
    for (const topic of batch) deps.reader.forget(topic);
    await request.note(new Map(batch.map((topic) => [topic, ''])));
  }
  await waitForTopics(deps.reader, wanted, 'absent');
  return wanted;
}

async function describeTopics(
  { admin, reader }: TopicAdminDeps,
  topics: readonly string[],
): Promise<ReadonlyMap<string, TopicDescription>> {
  const found = await metadataOf(reader, topics);
  if (found.length === 0) return new Map();
  const settings = await settingsOf(
    admin,
    found.map(({ topic }) => topic),
  );
  return new Map(
    found.map(({ topic, partitionMetadata }) => [
      topic,
      {
        topic,
        partitions: partitionMetadata.length,
        replicationFactor: partitionMetadata[0]?.replicas.length ?? 0,
        minInsyncReplicas: Number(settings.get(topic)?.get('min.insync.replicas')),
        retentionMs: Number(settings.get(topic)?.get('retention.ms')),
        cleanupPolicy: settings.get(topic)?.get('cleanup.policy') ?? '',
      },
    ]),
  );
}

/** Settings by topic, then by name. */
async function settingsOf(
  admin: Admin,
  topics: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const settings = new Map<string, ReadonlyMap<string, string>>();
  for (const batch of inRequests(topics)) {
    const { resources } = await admin.describeConfigs({
      resources: batch.map((name) => ({
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name,
        configNames: ['retention.ms', 'cleanup.policy', 'min.insync.replicas'],
      })),
      includeSynonyms: false,
    });
    for (const { resourceName, configEntries } of resources) {
      const entries = configEntries.map(({ configName, configValue }) => [configName, configValue] as const);
      settings.set(resourceName, new Map(entries));
    }
  }
  return settings;
}

function inRequests(topics: readonly string[]): readonly string[][] {
  const requests = Math.ceil(topics.length / limits.topicsPerRequestMax);
  return Array.from({ length: requests }, (_, index) => {
    const first = index * limits.topicsPerRequestMax;
    return topics.slice(first, first + limits.topicsPerRequestMax);
  });
}

/** Metadata of the topics that exist. The broker refuses the whole request when one is missing; then all topics are listed. */
async function metadataOf(
  reader: ClusterReader,
  topics: readonly string[],
): Promise<BrokerMetadata['topicMetadata']> {
  if (topics.length === 0) return [];
  const named = await reader.topics(topics);
  if (named !== undefined) return named;
  const wanted = new Set(topics);
  return (await reader.everything()).topicMetadata.filter(({ topic }) => wanted.has(topic));
}
