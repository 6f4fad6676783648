import type { TopicClass, TopicSettings } from './topic.js';

const dayMs = 24 * 60 * 60 * 1000;

/** What each class is created with (design §7). Replication is capped by the brokers there are. */
export const topicSettings: Readonly<Record<TopicClass, TopicSettings>> = {
  raw: { partitions: 3, replicationFactor: 3, retentionMs: 7 * dayMs, cleanupPolicy: 'delete' },
  indicator: { partitions: 1, replicationFactor: 2, retentionMs: 30 * dayMs, cleanupPolicy: 'delete' },
  trade_exec: { partitions: 1, replicationFactor: 3, retentionMs: 90 * dayMs, cleanupPolicy: 'delete' },
};

/** Class of a node's topic, by what its node_type contains in any letter case (interop.md, Topics). */
export function topicClassOf(nodeType: string): TopicClass {
  if (/exec|trade|order|portfolio/i.test(nodeType)) return 'trade_exec';
  return /raw|price|ohlcv/i.test(nodeType) ? 'raw' : 'indicator';
}
