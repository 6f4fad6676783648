import { isNodeId, isTopicName } from '../../../domain/base/ids.js';
import { type QueueState, queueStates } from '../../../domain/dag/diff.js';
import type { QueueRecord } from '../../../domain/ports/graph-reads.js';
import type { RegistrationRequest } from '../../../domain/ports/graph-store.js';
import type { Reservation } from '../../../domain/submissions/registration.js';
import { type TopicClass, type TopicSpec, topicClasses, topicClassOf } from '../../../domain/topics/topic.js';
import { topicCollisionKey } from '../../../domain/topics/topic-name.js';
import {
  type CypherInput,
  integerOf,
  jsonOf,
  kindOf,
  maybe,
  type Row,
  textsOf,
} from '../driver/cypher-value.js';
import { isMismatches } from './stored-json.js';

const cleanupPolicies = ['delete', 'compact'] as const;

export const queuePropertyNames = [
  'topic',
  'collision_key',
  'planned_topic',
  'namespace',
  'node_id',
  'state',
  'topic_class',
  'interval',
  'tag',
  'partitions',
  'replication_factor',
  'retention_ms',
  'ttl',
  'cleanup_policy',
  'created_at',
  'mismatches',
  'reserved_by',
] as const;

type QueueProperties = Readonly<Record<(typeof queuePropertyNames)[number], CypherInput>>;

/** Properties of a reserved Queue. `ttl` is its retention in whole seconds. */
export function reservedQueueProperties(
  { node, spec }: Reservation,
  { namespace, submission, at }: RegistrationRequest,
): QueueProperties {
  return {
    topic: spec.topic,
    collision_key: topicCollisionKey(spec.topic),
    planned_topic: spec.topic,
    namespace: namespace.key,
    node_id: node.nodeId,
    state: 'pending',
    topic_class: topicClassOf(node.nodeType),
    interval: node.interval,
    tag: node.tags,
    partitions: spec.partitions,
    replication_factor: spec.replicationFactor,
    retention_ms: spec.retentionMs,
    ttl: Math.ceil(spec.retentionMs / 1_000),
    cleanup_policy: spec.cleanupPolicy,
    created_at: at,
    mismatches: '[]',
    reserved_by: submission.submissionId,
  };
}

export function queueRecordFrom(row: Row): QueueRecord {
  const verifiedAt = maybe(row, 'verified_at', integerOf);
  return {
    topic: kindOf(row, 'topic', isTopicName),
    nodeId: kindOf(row, 'node_id', isNodeId),
    namespace: kindOf(row, 'namespace', isText),
    state: kindOf(row, 'state', isQueueState),
    topicClass: kindOf(row, 'topic_class', isTopicClass),
    interval: integerOf(row, 'interval'),
    tags: textsOf(row, 'tag'),
    retentionMs: integerOf(row, 'retention_ms'),
    partitions: integerOf(row, 'partitions'),
    createdAt: integerOf(row, 'created_at'),
    ...(verifiedAt === undefined ? {} : { verifiedAt }),
    mismatches: jsonOf(row, 'mismatches', isMismatches),
  };
}

export function topicSpecFrom(row: Row): TopicSpec {
  return {
    topic: kindOf(row, 'topic', isTopicName),
    partitions: integerOf(row, 'partitions'),
    replicationFactor: integerOf(row, 'replication_factor'),
    retentionMs: integerOf(row, 'retention_ms'),
    cleanupPolicy: kindOf(row, 'cleanup_policy', isCleanupPolicy),
  };
}

export function isQueueState(text: string): text is QueueState {
  return queueStates.some((state) => state === text);
}

function isTopicClass(text: string): text is TopicClass {
  return topicClasses.some((name) => name === text);
}

function isCleanupPolicy(text: string): text is TopicSpec['cleanupPolicy'] {
  return cleanupPolicies.some((policy) => policy === text);
}

function isText(text: string): text is string {
  return text !== '';
}
