import kafkajs, { type Admin, type BrokerMetadata } from 'kafkajs';
import { limits } from '../../domain/base/limits.js';
import type { CreateOutcome, TopicAdmin } from '../../domain/ports/topic-admin.js';
import type { TopicDescription, TopicSpec } from '../../domain/topics/topic.js';
import type { TopicAudit } from '../../domain/topics/topic-log.js';
import { topicCollisionKey } from '../../domain/topics/topic-name.js';
import { refuseMissingBrokers, refuseTooManyTopics } from '../../domain/topics/topic-plan.js';
import { replicasOf, roomFault, type TopicRoom } from '../../domain/topics/topic-room.js';
import type { AdminLog } from './admin-log.js';
import { type Guarded, topicCallMsMax } from './client.js';
import type { ClusterReader } from './cluster-reader.js';
import { isCalled, toQmtlError } from './failure.js';
import type { ListedTopics, TopicListing } from './topic-listing.js';
import { waitForTopics } from './topic-metadata-wait.js';
import type { TopicOwners } from './topic-owners.js';
import { topicConfig } from './topic-settings.js';

/** How long the controller may take for one request, in milliseconds. */
const controllerTimeoutMs = 5_000;

const patient = { msMax: topicCallMsMax } as const;

export interface TopicAdminDeps {
  readonly admin: Admin;
  readonly reader: ClusterReader;
  readonly listing: TopicListing;
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
  const { reader, listing, log, guarded } = deps;
  return {
    room: async (specs) =>
      guarded('read room for topics', async () => roomOf(deps, planAgainst(await listing.read(), specs))),
    create: async (specs, audit) => guarded('create topics', () => createTopics(deps, specs, audit), patient),
    remove: async (topics, audit) =>
      guarded('remove topics', () => removeTopics(deps, topics, audit), patient),
    describe: async (topics) => guarded('describe topics', () => describeTopics(deps, topics), patient),
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
  const { listed, outcomes, wanted } = await planRequest(deps, specs, audit);
  await deps.log.settle(namedAs('exists', outcomes.values()));
  if (wanted.length > 0) {
    const replicasMax = deps.replicasMax || listed.brokers;
    refuseMissingBrokers(wanted, listed.brokers, replicasMax);
    const asked = await askToCreate(deps, wanted, replicasMax, audit);
    for (const outcome of await explained(deps, wanted, asked)) outcomes.set(outcome.topic, outcome);
  }
  const existing = namedAs('exists', outcomes.values());
  const foreign = await deps.owners.foreignOnes(existing, [...listed.names]);
  for (const [topic, installation] of foreign) outcomes.set(topic, { kind: 'foreign', topic, installation });
  return specs.flatMap(({ topic }) => outcomes.get(topic) ?? []);
}

/** The broker refuses a name that collides without saying so: another client may have created its holder since the list was read. */
async function explained(
  deps: TopicAdminDeps,
  wanted: readonly TopicSpec[],
  outcomes: readonly CreateOutcome[],
): Promise<readonly CreateOutcome[]> {
  const failed = new Set(namedAs('failed', outcomes));
  if (failed.size === 0) return outcomes;
  const listed = await deps.listing.read();
  const found = planAgainst(
    listed,
    wanted.filter(({ topic }) => failed.has(topic)),
  ).outcomes;
  return outcomes.map((outcome) => found.get(outcome.topic) ?? outcome);
}

function namedAs(kind: CreateOutcome['kind'], outcomes: Iterable<CreateOutcome>): readonly string[] {
  return [...outcomes].filter((outcome) => outcome.kind === kind).map(({ topic }) => topic);
}

interface RequestPlan {
  readonly listed: ListedTopics;
  /** Of the topics that are not created. */
  readonly outcomes: Map<string, CreateOutcome>;
  /** The others, each once. */
  readonly wanted: readonly TopicSpec[];
}

/** What has to be created. Whatever speaks against creating a topic is taken from a list read for this request. */
async function planRequest(
  deps: TopicAdminDeps,
  specs: readonly TopicSpec[],
  { workflowId }: TopicAudit,
): Promise<RequestPlan> {
  const recent = planAgainst(await deps.listing.recent(workflowId), specs);
  if (recent.listed.fresh) return fitting(deps, recent);
  const isSure = recent.outcomes.size === 0 && roomFault(roomOf(deps, recent)) === undefined;
  return isSure ? recent : fitting(deps, planAgainst(await deps.listing.read(), specs));
}

function fitting(deps: TopicAdminDeps, plan: RequestPlan): RequestPlan {
  const fault = roomFault(roomOf(deps, plan));
  if (fault !== undefined) throw fault;
  return plan;
}

function planAgainst(listed: ListedTopics, specs: readonly TopicSpec[]): RequestPlan {
  const outcomes = new Map(standingInTheWay(specs, listed).map((outcome) => [outcome.topic, outcome]));
  const unique = new Map(specs.map((spec) => [spec.topic, spec]));
  return { listed, outcomes, wanted: [...unique.values()].filter(({ topic }) => !outcomes.has(topic)) };
}

function roomOf(
  { replicasPerBrokerMax, replicasMax }: Pick<TopicAdminDeps, 'replicasPerBrokerMax' | 'replicasMax'>,
  { listed: { brokers, held }, wanted }: RequestPlan,
): TopicRoom {
  return {
    missing: wanted.length,
    needed: replicasOf(wanted, replicasMax || brokers),
    held,
    most: replicasPerBrokerMax * brokers,
  };
}

/** Outcomes of topics that are not created: the topic exists, or one that collides with it. Earlier specs of the request count. */
function standingInTheWay(
  specs: readonly TopicSpec[],
  { names, holders }: ListedTopics,
): readonly CreateOutcome[] {
  const own = new Map<string, string>();
  return specs.flatMap(({ topic }): CreateOutcome[] => {
    if (names.has(topic)) return [{ kind: 'exists', topic }];
    const key = topicCollisionKey(topic);
    const other = holders.get(key) ?? own.get(key);
    if (other !== undefined && other !== topic) return [{ kind: 'collides', topic, other }];
    own.set(key, topic);
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
  const failures = await refusedBy(() =>
    deps.reader.createTopics(
      wanted.map((spec) => topicConfig(spec, replicasMax)),
      controllerTimeoutMs,
    ),
  ).catch((error: unknown) => {
    // Some may have been created: what exists is read again, and the log is completed when they are found.
    deps.listing.forget();
    request.lose();
    throw error;
  });
  await request.note(new Map(topics.map((topic) => [topic, failures.get(topic)?.message ?? ''])));
  const created = wanted.filter(({ topic }) => !failures.has(topic));
  deps.listing.add(created, replicasMax);
  if (failures.size > 0) deps.listing.forget();
  await waitForTopics(
    deps.reader,
    created.map(({ topic }) => topic),
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
async function refusedBy(ask: () => Promise<void>): Promise<ReadonlyMap<string, Error>> {
  try {
    await ask();
    return new Map();
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
    deps.listing.forget();
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
