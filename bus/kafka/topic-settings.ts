import type { ITopicConfig } from 'kafkajs';
import type { TopicSpec } from '../../domain/topics/topic.js';
import { cappedReplication } from '../../domain/topics/topic-plan.js';

/** The request to kafkajs for a spec. */
export function topicConfig(spec: TopicSpec, brokerCount: number): ITopicConfig {
  const replicationFactor = cappedReplication(spec.replicationFactor, brokerCount);
  const entries: Record<string, string> = {
    'cleanup.policy': spec.cleanupPolicy,
    'retention.ms': String(spec.retentionMs),
    // Retention counts from the time of writing, not from event time: bars of the year 2000 are as new as the run that wrote them.
    'message.timestamp.type': 'LogAppendTime',
    // With two brokers or more, a write is acknowledged by two; one of three may be away.
    ...(replicationFactor >= 2 ? { 'min.insync.replicas': '2' } : {}),
  };
  return {
    topic: spec.topic,
    numPartitions: spec.partitions,
    replicationFactor,
    configEntries: Object.entries(entries).map(([name, value]) => ({ name, value })),
  };
}
