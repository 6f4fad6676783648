import type { TopicName } from '../base/ids.js';

export const topicClasses = ['raw', 'indicator', 'trade_exec'] as const;
export type TopicClass = (typeof topicClasses)[number];

/** Settings a topic is created with and compared against. */
export interface TopicSettings {
  readonly partitions: number;
  /** What the class asks for, before it is capped by the number of brokers. */
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
  readonly retentionMs: number;
  readonly cleanupPolicy: string;
}

/** A broker setting that is not what the topic class asks for. */
export interface TopicMismatch {
  readonly topic: TopicName;
  readonly setting: string;
  readonly wanted: string;
  readonly actual: string;
}

const dayMs = 24 * 60 * 60 * 1000;

/** What each class is created with (docs/spec/topics.md#settings). Replication is capped by the brokers there are. */
export const topicSettings: Readonly<Record<TopicClass, TopicSettings>> = {
  raw: { partitions: 3, replicationFactor: 3, retentionMs: 7 * dayMs, cleanupPolicy: 'delete' },
  indicator: { partitions: 1, replicationFactor: 2, retentionMs: 30 * dayMs, cleanupPolicy: 'delete' },
  trade_exec: { partitions: 1, replicationFactor: 3, retentionMs: 90 * dayMs, cleanupPolicy: 'delete' },
};

/** Class of a node's topic, by what its node_type contains in any letter case (docs/spec/topics.md#topic-classes). */
export function topicClassOf(nodeType: string): TopicClass {
  if (/exec|trade|order|portfolio/i.test(nodeType)) return 'trade_exec';
  return /raw|price|ohlcv/i.test(nodeType) ? 'raw' : 'indicator';
}
