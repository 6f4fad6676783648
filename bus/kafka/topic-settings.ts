import type { BrokerMetadata, ITopicConfig } from 'kafkajs';
import { QmtlError } from '../../domain/base/errors.js';
import type { TopicSpec } from '../../domain/topics/topic.js';
import { cappedReplication } from '../../domain/topics/topic-plan.js';

/** What kafkajs is asked to create for a spec. */
export function topicConfig(spec: TopicSpec, brokerCount: number): ITopicConfig {
  const replicationFactor = cappedReplication(spec.replicationFactor, brokerCount);
  const entries: Record<string, string> = {
    'cleanup.policy': spec.cleanupPolicy,
    'retention.ms': String(spec.retentionMs),
    // Kept by when it was written, not by when it happened: bars of 2000 are as new as the run that wrote them.
    'message.timestamp.type': 'LogAppendTime',
    // Acknowledged means on two brokers where there are two; one may be away.
    ...(replicationFactor >= 2 ? { 'min.insync.replicas': '2' } : {}),
  };
  return {
    topic: spec.topic,
    numPartitions: spec.partitions,
    replicationFactor,
    configEntries: Object.entries(entries).map(([name, value]) => ({ name, value })),
  };
}

/** Throws E_TOPIC_REJECTED when the cluster would hold more replicas than it is meant to. Nothing was created. */
export function refuseOverBudget(
  wanted: readonly TopicSpec[],
  { brokers, topicMetadata }: BrokerMetadata,
  perBrokerMax: number,
): void {
  const held = topicMetadata
    .flatMap(({ partitionMetadata }) => partitionMetadata)
    .reduce((sum, { replicas }) => sum + replicas.length, 0);
  const added = wanted.reduce(
    (sum, spec) => sum + spec.partitions * cappedReplication(spec.replicationFactor, brokers.length),
    0,
  );
  const most = perBrokerMax * brokers.length;
  if (held + added <= most) return;
  throw new QmtlError(
    'E_TOPIC_REJECTED',
    `${wanted.length} topics need ${added} partition replicas; the cluster holds ${held} of at most ${most}`,
    { hint: 'add brokers, collect topics nobody uses, or raise the bound of replicas per broker' },
  );
}
