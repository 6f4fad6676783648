import { isNodeId, isTopicName } from '../../../domain/base/ids.js';
import { type QueueSchema, type QueueState, queueStates } from '../../../domain/dag/diff.js';
import type { QueueRecord } from '../../../domain/ports/graph-reads.js';
import type { RegistrationRequest } from '../../../domain/ports/graph-store.js';
import type { Reservation } from '../../../domain/submissions/registration.js';
import {
  classifyTopic,
  type TopicClass,
  type TopicSpec,
  topicClasses,
} from '../../../domain/topics/topic.js';
import { topicCollisionKey } from '../../../domain/topics/topic-name.js';
import {
  type CypherInput,
  maybe,
  type Row,
  readInteger,
  readKind,
  readText,
} from '../driver/cypher-value.js';
import { readMismatches } from './stored-form.js';

const cleanupPolicies = ['delete', 'compact'] as const;

export const queuePropertyNames = [
  'topic',
  'collision_key',
  'planned_topic',
  'namespace',
  'node_id',
  'generation',
  'current',
  'schema_hash',
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
  'reserved_by',
] as const;

type QueueProperties = Readonly<Record<(typeof queuePropertyNames)[number], CypherInput>>;

/** Properties of a reserved Queue. `ttl` is its retention in whole seconds, `tag` the tags at its reservation. */
export function reservedQueueProperties(
  { node, spec, generation, schemaHash }: Reservation,
  { namespace, submission, at }: RegistrationRequest,
): QueueProperties {
  return {
    topic: spec.topic,
    collision_key: topicCollisionKey(spec.topic),
    planned_topic: spec.topic,
    namespace: namespace.key,
    node_id: node.nodeId,
    generation,
    current: true,
    schema_hash: schemaHash,
    state: 'pending',
    topic_class: classifyTopic(node.nodeType),
    interval: node.interval,
    tag: node.tags,
    partitions: spec.partitions,
    replication_factor: spec.replicationFactor,
    retention_ms: spec.retentionMs,
    ttl: Math.ceil(spec.retentionMs / 1_000),
    cleanup_policy: spec.cleanupPolicy,
    created_at: at,
    reserved_by: submission.submissionId,
  };
}

/** `tags`: those of its node, which may have got some since the reservation. */
export function toQueueRecord(row: Row, tags: readonly string[]): QueueRecord {
  const verifiedAt = maybe(row, 'verified_at', readInteger);
  const topic = readKind(row, 'topic', isTopicName);
  return {
    topic,
    nodeId: readKind(row, 'node_id', isNodeId),
    namespace: readKind(row, 'namespace', isText),
    generation: readInteger(row, 'generation'),
    ...queueSchemaFrom(row),
    state: readKind(row, 'state', isQueueState),
    topicClass: readKind(row, 'topic_class', isTopicClass),
    interval: readInteger(row, 'interval'),
    tags,
    retentionMs: readInteger(row, 'retention_ms'),
    partitions: readInteger(row, 'partitions'),
    createdAt: readInteger(row, 'created_at'),
    ...(verifiedAt === undefined ? {} : { verifiedAt }),
    mismatches: readMismatches(row, 'mismatches', `queue ${topic}`),
  };
}

export function queueSchemaFrom(row: Row): QueueSchema {
  const schemaHash = maybe(row, 'schema_hash', readText);
  const bufferingSince = maybe(row, 'buffering_since', readInteger);
  const bufferingHash = maybe(row, 'buffering_hash', readText);
  return {
    ...(schemaHash === undefined ? {} : { schemaHash }),
    ...(bufferingSince === undefined ? {} : { bufferingSince }),
    ...(bufferingHash === undefined ? {} : { bufferingHash }),
  };
}

export function toTopicSpec(row: Row): TopicSpec {
  return {
    topic: readKind(row, 'topic', isTopicName),
    partitions: readInteger(row, 'partitions'),
    replicationFactor: readInteger(row, 'replication_factor'),
    retentionMs: readInteger(row, 'retention_ms'),
    cleanupPolicy: readKind(row, 'cleanup_policy', isCleanupPolicy),
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
