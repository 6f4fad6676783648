import type { Admin } from 'kafkajs';
import { QmtlError } from '../../domain/base/errors.js';
import type { TopicAdmin } from '../../domain/ports/topic-admin.js';
import type { TopicSpec } from '../../domain/topics/topic.js';
import { refuseMissingBrokers } from '../../domain/topics/topic-plan.js';
import { connectMsMax } from './client.js';
import type { ClusterReader } from './cluster-reader.js';
import type { systemTopics } from './system-topics.js';
import { waitForTopics } from './topic-metadata-wait.js';
import type { TopicOwners } from './topic-owners.js';
import { topicConfig } from './topic-settings.js';

export interface SystemTopicDeps {
  readonly admin: Admin;
  readonly reader: ClusterReader;
  readonly owners: TopicOwners;
  readonly topics: TopicAdmin;
  readonly system: ReturnType<typeof systemTopics>;
  /** 0: as many as brokers are up. */
  readonly replicasMax: number;
}

/** Creates the control topics and the admin log where they are missing, and refuses those of another installation. */
export async function makeSystemTopics(deps: SystemTopicDeps): Promise<void> {
  const { topics, owners, system } = deps;
  const present = await presentTopics(deps);
  if (!present.has(system.adminLog.topic)) await makeAdminLog(deps);
  // New, or of a broker that has just started and leads nothing yet.
  await waitForTopics(deps.reader, [system.adminLog.topic], 'served', connectMsMax);
  const existing = system.control.map(({ topic }) => topic).filter((topic) => present.has(topic));
  const [foreign] = await owners.foreignOnes(existing, [...present]);
  if (foreign !== undefined) throw foreignTopic(...foreign);
  const missing = system.control.filter(({ topic }) => !present.has(topic));
  if (missing.length > 0) await topics.create(missing, { workflowId: '', reason: 'control topic' });
}

/** For a process that creates nothing. */
export async function requireSystemTopics(deps: Pick<SystemTopicDeps, 'reader' | 'system'>): Promise<void> {
  const { topic } = deps.system.adminLog;
  if ((await presentTopics(deps)).has(topic)) {
    await waitForTopics(deps.reader, [topic], 'served', connectMsMax);
    return;
  }
  throw new QmtlError('E_BROKER_UNAVAILABLE', `the brokers have no topic ${topic} yet`, {
    hint: 'a worker creates it when it starts: start one first',
  });
}

async function presentTopics({ reader }: Pick<SystemTopicDeps, 'reader'>): Promise<ReadonlySet<string>> {
  const { topicMetadata } = await reader.everything();
  return new Set(topicMetadata.map(({ topic }) => topic));
}

/** The only topic whose creation is not in the log, since it is the log. */
async function makeAdminLog({ admin, reader, system, replicasMax }: SystemTopicDeps): Promise<void> {
  const log: TopicSpec = system.adminLog;
  // Not `brokerCount`, which needs the log.
  const { brokers } = await reader.everything();
  const brokersUp = brokers.length;
  refuseMissingBrokers([log], brokersUp, replicasMax || brokersUp);
  const config = topicConfig(log, replicasMax || brokersUp);
  await admin.createTopics({ topics: [config], waitForLeaders: false });
}

function foreignTopic(topic: string, installation: string): QmtlError {
  return new QmtlError('E_TOPIC_FOREIGN', `topic ${topic} belongs to installation ${installation}`, {
    hint: 'give each installation on one cluster its own dagmanager.kafka_topic_prefix and controlbus_queue_topic',
  });
}
