import { isQmtlError, QmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';
import type { ControlBus } from '../../domain/ports/control-bus.js';
import type { RecordLog } from '../../domain/ports/record-log.js';
import type { TopicAdmin } from '../../domain/ports/topic-admin.js';
import { refuseMissingBrokers } from '../../domain/topics/topic-plan.js';
import { probeConnection } from '../../std/node/probe-connection.js';
import { AdminLog } from './admin-log.js';
import { connectMsMax, guardedCalls, type KafkaHooks, type KafkaSettings, kafkaClient } from './client.js';
import { ClusterReader } from './cluster-reader.js';
import { kafkaControlBus } from './control-bus.js';
import { connectionError } from './failure.js';
import { kafkaRecordLog } from './record-log.js';
import { IdempotentSender } from './sender.js';
import { type SystemTopicNames, systemTopics } from './system-topics.js';
import { kafkaTopicAdmin } from './topic-admin.js';
import { waitForTopics } from './topic-metadata-wait.js';
import { topicConfig } from './topic-settings.js';

export interface KafkaOptions extends KafkaSettings, KafkaHooks {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Prefix of the names of control topics and admin log, for several installations on one cluster; '' = none. */
  readonly topicPrefix?: string;
  /** Whether missing control topics and the admin log are created; false for processes that only read. Default: true. */
  readonly mayCreate?: boolean;
  /** Topic of queue events; default: `queue` after the prefix. */
  readonly queueTopic?: string;
  /** How many brokers the cluster has, which caps the replicas of topics; 0, the default: as many as are up when a topic is made. */
  readonly replicasMax?: number;
  /** Partition replicas a broker may hold; default: `limits.brokerReplicasMax`. */
  readonly replicasPerBrokerMax?: number;
}

export interface OpenedKafka {
  readonly topics: TopicAdmin;
  readonly log: RecordLog;
  readonly bus: ControlBus;
  close(): Promise<void>;
}

/** Connects to Kafka and creates missing system topics. Fails with one error when no broker answers or the login is refused. */
export async function openKafka(options: KafkaOptions): Promise<OpenedKafka> {
  if (options.brokers.length === 0) throw new QmtlError('E_CONFIG', 'no Kafka brokers are given');
  const prefix = options.topicPrefix ?? '';
  const names: SystemTopicNames = { prefix, queueTopic: options.queueTopic };
  const system = systemTopics(names);
  const kafka = kafkaClient(options, options.onLog);
  const guarded = guardedCalls(options);
  const admin = kafka.admin();
  const reader = new ClusterReader(kafka, system.adminLog.topic);
  const sender = new IdempotentSender(kafka);
  const log = new AdminLog({ reader, sender, topic: system.adminLog.topic, now: options.now });
  const perBrokerMax = options.replicasPerBrokerMax ?? limits.brokerReplicasMax;
  const replicasMax = options.replicasMax ?? 0;
  const topics = kafkaTopicAdmin({
    admin,
    reader,
    log,
    guarded,
    replicasMax,
    replicasPerBrokerMax: perBrokerMax,
  });
  const records = kafkaRecordLog({ kafka, reader, sender, guarded });
  const bus = kafkaControlBus({ kafka, sender, guarded, names, anchor: system.adminLog.topic, ...options });
  const close = async () => {
    await Promise.all([bus.close(), records.close()]);
    await sender.close();
    await Promise.all([reader.close(), admin.disconnect()]);
  };
  try {
    const connecting = async () => {
      await admin.connect();
      await makeSystemTopics();
    };
    await guarded('connect', connecting, { about: ` to ${options.brokers.join(', ')}`, msMax: connectMsMax });
  } catch (error) {
    await close().catch(() => {});
    throw await explained(options, error);
  }
  return { topics, log: records, bus, close };

  async function makeSystemTopics(): Promise<void> {
    const cluster = await reader.everything();
    const present = new Set(cluster.topicMetadata.map(({ topic }) => topic));
    if (!present.has(system.adminLog.topic)) {
      if (options.mayCreate === false) throw notSetUp(system.adminLog.topic);
      // The only topic whose creation is not in the log, since it is the log.
      const brokersUp = cluster.brokers.length;
      refuseMissingBrokers([system.adminLog], brokersUp, replicasMax || brokersUp);
      const config = topicConfig(system.adminLog, replicasMax || brokersUp);
      await admin.createTopics({ topics: [config], waitForLeaders: false });
      await waitForTopics(reader, [system.adminLog.topic], 'served', connectMsMax);
    }
    const missing = system.control.filter(({ topic }) => !present.has(topic));
    if (missing.length > 0 && options.mayCreate !== false)
      await topics.create(missing, { workflowId: '', reason: 'control topic' });
    // From here on kafkajs refreshes the metadata of this topic only.
    await admin.fetchTopicOffsets(system.adminLog.topic);
  }
}

/** kafkajs says of some faults only that a connection was closed or took too long: then a broker is asked directly. */
async function explained({ brokers, ssl }: KafkaSettings, error: unknown): Promise<unknown> {
  if (!isQmtlError(error) || error.code !== 'E_BROKER_UNAVAILABLE') return error;
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(brokers[0] ?? '') ?? [];
  const server = { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  const fault = await probeConnection(ssl === undefined ? server : { ...server, tls: ssl });
  return fault === undefined ? error : connectionError(fault, `connect to ${brokers.join(', ')}`, error);
}

function notSetUp(topic: string): QmtlError {
  return new QmtlError('E_BROKER_UNAVAILABLE', `the brokers have no topic ${topic} yet`, {
    hint: 'a worker creates it when it starts: start one first',
  });
}
