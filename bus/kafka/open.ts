import { isQmtlError, QmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';
import type { ControlBus } from '../../domain/ports/control-bus.js';
import type { RecordLog } from '../../domain/ports/record-log.js';
import type { TopicAdmin } from '../../domain/ports/topic-admin.js';
import { probeConnection } from '../../std/node/probe-connection.js';
import { AdminLog } from './admin-log.js';
import { connectMsMax, guardedCalls, type KafkaHooks, type KafkaSettings, kafkaClient } from './client.js';
import { isPassing } from './cluster-connection.js';
import { ClusterReader } from './cluster-reader.js';
import { kafkaControlBus } from './control-bus.js';
import { connectionError } from './failure.js';
import { makeSystemTopics, requireSystemTopics } from './make-system-topics.js';
import { kafkaRecordLog } from './record-log.js';
import { IdempotentSender } from './sender.js';
import { type SystemTopicNames, systemTopics } from './system-topics.js';
import { kafkaTopicAdmin } from './topic-admin.js';
import { TopicListing } from './topic-listing.js';
import { TopicOwners } from './topic-owners.js';

export interface KafkaOptions extends KafkaSettings, KafkaHooks {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Prefix of the names of control topics and admin log, for several installations on one cluster; '' = none. */
  readonly topicPrefix?: string;
  /** Whether missing control topics and the admin log are created; false for processes that only read. Default: true. */
  readonly mayCreate?: boolean;
  /** Id of the installation; absent when its graph ends with a process. */
  readonly installation?: string;
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
  const { installation = '', now } = options;
  const log = new AdminLog({ reader, sender, topic: system.adminLog.topic, guarded, installation, now });
  const owners = new TopicOwners({
    reader,
    installation: options.installation,
    ownLog: system.adminLog.topic,
  });
  const perBrokerMax = options.replicasPerBrokerMax ?? limits.brokerReplicasMax;
  const replicasMax = options.replicasMax ?? 0;
  const listing = new TopicListing(reader);
  const topics = kafkaTopicAdmin({
    admin,
    reader,
    listing,
    log,
    owners,
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
      const parts = { admin, reader, owners, topics, system, replicasMax };
      await (options.mayCreate === false ? requireSystemTopics(parts) : makeSystemTopics(parts));
      // From here on kafkajs refreshes the metadata of this topic only; the offsets are not needed.
      await admin.fetchTopicOffsets(system.adminLog.topic).catch((offsetsError: unknown) => {
        if (!isPassing(offsetsError)) throw offsetsError;
      });
    };
    await guarded('connect', connecting, { about: ` to ${options.brokers.join(', ')}`, msMax: connectMsMax });
  } catch (error) {
    await close().catch(() => {});
    throw await explained(options, error);
  }
  return { topics, log: records, bus, close };
}

/** kafkajs says of some faults only that a connection was closed or took too long: then a broker is asked directly. */
async function explained({ brokers, ssl }: KafkaSettings, error: unknown): Promise<unknown> {
  if (!isQmtlError(error) || error.code !== 'E_BROKER_UNAVAILABLE') return error;
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(brokers[0] ?? '') ?? [];
  const server = { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  const fault = await probeConnection(ssl === undefined ? server : { ...server, tls: ssl });
  return fault === undefined ? error : connectionError(fault, `connect to ${brokers.join(', ')}`, error);
}
