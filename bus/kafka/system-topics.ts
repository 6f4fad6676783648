import { branded, isTopicName, type TopicName } from '../../domain/base/ids.js';
import { busTopics } from '../../domain/events/control-events.js';
import type { TopicSpec } from '../../domain/topics/topic.js';

/** Names of the system topics: control topics and admin log. */
export interface SystemTopicNames {
  /** Prefix of every name, for several installations on one cluster; '' = none. */
  readonly prefix: string;
  /** Name of the topic of queue events, instead of the default with the prefix. */
  readonly queueTopic?: string | undefined;
}

/** Name of the admin log of every installation, after its prefix. */
export const adminLogName = 'qmtl.topic-admin-log';

const dayMs = 24 * 3600 * 1000;
/** System topics have three replicas, or as many as there are brokers. */
const systemReplication = 3;

/** The Kafka topic of a bus topic. */
export function controlTopic(busTopic: string, { prefix, queueTopic }: SystemTopicNames): TopicName {
  const isQueues = busTopic === busTopics.queue_updated;
  return branded(isQueues && queueTopic !== undefined ? queueTopic : `${prefix}${busTopic}`, isTopicName);
}

/** The system topics, which exist beside the queues. */
export function systemTopics(names: SystemTopicNames): {
  readonly adminLog: TopicSpec;
  readonly control: readonly TopicSpec[];
} {
  const spec = (topic: TopicName, retentionMs: number): TopicSpec => ({
    topic,
    partitions: 1,
    replicationFactor: systemReplication,
    retentionMs,
    cleanupPolicy: 'delete',
  });
  const kinds = [...new Set(Object.values(busTopics))];
  return {
    adminLog: spec(branded(`${names.prefix}${adminLogName}`, isTopicName), -1),
    control: kinds.map((busTopic) => spec(controlTopic(busTopic, names), 7 * dayMs)),
  };
}
