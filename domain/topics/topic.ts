import type { TopicName } from '../base/ids.js';

export const topicClasses = ['raw', 'indicator', 'trade_exec'] as const;
export type TopicClass = (typeof topicClasses)[number];

/** The settings a topic is created with and compared to. */
export interface TopicSettings {
  readonly partitions: number;
  /** Of the class, before it is capped by the number of brokers. */
  readonly replicationFactor: number;
  readonly retentionMs: number;
  readonly cleanupPolicy: 'delete' | 'compact';
}

export interface TopicSpec extends TopicSettings {
  readonly topic: TopicName;
}

/** A topic as the broker describes it. */
export interface TopicDescription {
  readonly topic: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
  readonly retentionMs: number;
  readonly cleanupPolicy: string;
}

/** A setting on the broker that differs from that of the topic class. */
export interface TopicMismatch {
  readonly topic: TopicName;
  readonly setting: string;
  readonly wanted: string;
  readonly actual: string;
}

const dayMs = 24 * 60 * 60 * 1000;

/** The settings of each class (docs/spec/topics.md#settings). Replication is capped by the number of brokers. */
export const topicSettings: Readonly<Record<TopicClass, TopicSettings>> = {
  raw: { partitions: 3, replicationFactor: 3, retentionMs: 7 * dayMs, cleanupPolicy: 'delete' },
  indicator: { partitions: 1, replicationFactor: 2, retentionMs: 30 * dayMs, cleanupPolicy: 'delete' },
  trade_exec: { partitions: 1, replicationFactor: 3, retentionMs: 90 * dayMs, cleanupPolicy: 'delete' },
};

/** Class of a node's topic, from its node_type, in any letter case (docs/spec/topics.md#topic-classes). */
export function classifyTopic(nodeType: string): TopicClass {
  if (/exec|trade|order|portfolio/i.test(nodeType)) return 'trade_exec';
  return /raw|price|ohlcv/i.test(nodeType) ? 'raw' : 'indicator';
}
