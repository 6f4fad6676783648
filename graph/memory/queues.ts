import type { NodeId, TopicName } from '../../domain/base/ids.js';
import type { QueueState } from '../../domain/dag/diff.js';
import type { QueueRecord, QueueReferences } from '../../domain/ports/graph-reads.js';
import { topicCollisionKey } from '../../domain/topics/topic-name.js';
import type { MemoryDatabase } from './database.js';
import type { QueueKey, QueueRow, SubmissionRow } from './rows.js';

/** Queues of a submission whose topic has not been seen on the broker, in DAG order; at most `itemsMax`. */
export function unverifiedQueues(
  db: MemoryDatabase,
  row: SubmissionRow,
  itemsMax = Number.POSITIVE_INFINITY,
): readonly QueueRow[] {
  const queues: QueueRow[] = [];
  for (const nodeId of row.nodeIds) {
    if (queues.length >= itemsMax) break;
    const queue = db.queueOf(row.namespaceKey, nodeId);
    if (queue !== undefined && queue.record.verifiedAt === undefined) queues.push(queue);
  }
  return queues;
}

/** The queue becomes the current one of its node. */
export function insertQueue(db: MemoryDatabase, row: QueueRow): void {
  const { topic, namespace, nodeId } = row.record;
  db.queues.insert(topic, row);
  db.topicsByCollisionKey.insert(topicCollisionKey(topic), topic);
  db.topicsByNode(namespace).insert(nodeId, topic);
  db.topicsOfNode.add(nodeId, topic);
}

export function setState(db: MemoryDatabase, queue: QueueRow, state: QueueState): void {
  db.queues.set(queue.spec.topic, { ...queue, record: { ...queue.record, state } });
}

/** The queue of a node that is not gone. */
export function joinableQueue(
  db: MemoryDatabase,
  namespaceKey: string,
  nodeId: NodeId,
): QueueRow | undefined {
  const queue = db.queueOf(namespaceKey, nodeId);
  return queue?.record.state === 'collected' ? undefined : queue;
}

export function queueKey({ namespace, nodeId, generation }: QueueRecord): QueueKey {
  return `${namespace}|${nodeId}|${generation}`;
}

/** The queues that a submission refers to, in DAG order. */
export function queueKeysOf(
  db: MemoryDatabase,
  { namespaceKey, nodeIds }: Pick<SubmissionRow, 'namespaceKey' | 'nodeIds'>,
): readonly QueueKey[] {
  return nodeIds.flatMap((nodeId) => {
    const queue = db.queueOf(namespaceKey, nodeId);
    return queue === undefined ? [] : [queueKey(queue.record)];
  });
}

/** A submission that ended wants nothing. */
export function endWants(db: MemoryDatabase, row: SubmissionRow): SubmissionRow {
  for (const key of row.wanted) db.waiting.remove(key, row.submission.submissionId);
  return { ...row, wanted: [] };
}

export function queueReferences(db: MemoryDatabase, topic: TopicName): QueueReferences | undefined {
  const record = db.queues.get(topic)?.record;
  if (record === undefined) return undefined;
  const key = queueKey(record);
  return { users: db.users.get(key).size, waiting: db.waiting.get(key).size };
}

export function isReferenced({ users, waiting }: QueueReferences): boolean {
  return users + waiting > 0;
}
