import { QmtlError } from '../base/errors.js';
import type { TopicSpec } from './topic.js';
import { cappedReplication } from './topic-plan.js';

/** What topics need on the brokers, and what these have room for, in partition replicas. */
export interface TopicRoom {
  /** Topics that do not exist yet. */
  readonly missing: number;
  readonly needed: number;
  readonly held: number;
  readonly most: number;
}

/** Partition replicas of topics on a number of brokers. */
export function replicasOf(specs: readonly TopicSpec[], brokers: number): number {
  return specs.reduce(
    (sum, { partitions, replicationFactor }) =>
      sum + partitions * cappedReplication(replicationFactor, brokers),
    0,
  );
}

/** The error for topics that do not fit, with the number that does; undefined when they fit. */
export function roomFault({ missing, needed, held, most }: TopicRoom): QmtlError | undefined {
  if (held + needed <= most) return undefined;
  const free = Math.max(0, most - held);
  return new QmtlError(
    'E_TOPIC_REJECTED',
    `${missing} topics need ${needed} partition replicas; the cluster holds ${held} of at most ${most}, so ${free} more fit`,
    {
      hint: 'add brokers, remove unused topics, or raise the limits of the brokers and then dagmanager.kafka_replicas_max',
    },
  );
}
