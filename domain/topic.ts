import type { TopicName } from './ids.js';

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

/** Where queues of one execution context live. Two namespaces never share a queue. */
export interface Namespace {
  /** Stable key of the namespace in the graph, e.g. `world-1.live`. */
  readonly key: string;
  /** Prepended to topic names, with its trailing dot; '' = none. */
  readonly topicPrefix: string;
  /** Appended to topic names: `_sim` for a dry run. */
  readonly topicSuffix: string;
}
