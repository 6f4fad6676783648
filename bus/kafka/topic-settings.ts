import type { BrokerMetadata, ITopicConfig } from 'kafkajs';
import { QmtlError } from '../../domain/base/errors.js';
import type { TopicSpec } from '../../domain/topics/topic.js';
import { cappedReplication, minInsyncReplicas } from '../../domain/topics/topic-plan.js';

/** The request to kafkajs for a spec. */
export function topicConfig(spec: TopicSpec, replicasMax: number): ITopicConfig {
  const replicationFactor = cappedReplication(spec.replicationFactor, replicasMax);
  const entries: Record<string, string> = {
    'cleanup.policy': spec.cleanupPolicy,
    'retention.ms': String(spec.retentionMs),
    // Retention counts from the time of writing, not from event time: bars of the year 2000 are as new as the run that wrote them.
    'message.timestamp.type': 'LogAppendTime',
    'min.insync.replicas': String(minInsyncReplicas(replicationFactor)),
  };
  return {
    topic: spec.topic,
    numPartitions: spec.partitions,
    replicationFactor,
    configEntries: Object.entries(entries).map(([name, value]) => ({ name, value })),
  };
}

/** Throws E_TOPIC_REJECTED when the cluster would hold too many replicas. Nothing was created. */
export function refuseOverBudget(
  wanted: readonly TopicSpec[],
  { brokers, topicMetadata }: BrokerMetadata,
  { perBrokerMax, replicasMax }: { readonly perBrokerMax: number; readonly replicasMax: number },
): void {
  const held = topicMetadata
    .flatMap(({ partitionMetadata }) => partitionMetadata)
    .reduce((sum, { replicas }) => sum + replicas.length, 0);
  const added = wanted.reduce(
    (sum, spec) => sum + spec.partitions * cappedReplication(spec.replicationFactor, replicasMax),
    0,
  );
  const most = perBrokerMax * brokers.length;
  if (held + added <= most) return;
  throw new QmtlError(
    'E_TOPIC_REJECTED',
    `${wanted.length} topics need ${added} partition replicas; the cluster holds ${held} of at most ${most}`,
    { hint: 'add brokers, remove unused topics, or raise the limit of replicas per broker' },
  );
}
