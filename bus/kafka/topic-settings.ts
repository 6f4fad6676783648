import type { ITopicConfig } from 'kafkajs';
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
