import { topicCollisionKey } from '../../domain/topics/topic-name.js';
import type { MemoryDatabase } from './database.js';
import type { QueueRow, SubmissionRow } from './rows.js';

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

export function insertQueue(db: MemoryDatabase, row: QueueRow): void {
  const { topic, namespace, nodeId } = row.record;
  db.queues.insert(topic, row);
  db.topicsByCollisionKey.insert(topicCollisionKey(topic), topic);
  db.topicsByNode(namespace).insert(nodeId, topic);
  db.topicsOfNode.add(nodeId, topic);
}

export function setState(db: MemoryDatabase, queue: QueueRow, state: 'active' | 'draining'): void {
  db.queues.set(queue.spec.topic, { ...queue, record: { ...queue.record, state } });
}
