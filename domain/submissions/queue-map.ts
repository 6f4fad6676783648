import type { NodeId, TopicName } from '../base/ids.js';
import { limits } from '../base/limits.js';
import type { DagOutput } from '../dag/dag.js';
import type { DiffCounts, OutputStream, Receipt, ReceiptNode } from './submission.js';

/** Rules of queue maps: the entries of a plan and of a receipt, one per node. */

export function countDiff(queueMap: readonly ReceiptNode[]): DiffCounts {
  const counts = { reuse: 0, buffering: 0, new: 0 };
  for (const entry of queueMap) counts[entry.diff] += 1;
  return counts;
}

/** The number of tags that a submission added, for its receipt. */
export function countTagsAdded(queueMap: readonly ReceiptNode[]): Pick<Receipt, 'tagsAdded'> {
  const tagsAdded = queueMap.reduce((sum, entry) => sum + (entry.tagsAdded?.length ?? 0), 0);
  return tagsAdded === 0 ? {} : { tagsAdded };
}

/** Whether a queue map travels in its receipt; a longer one is read page by page. */
export function isShortQueueMap(queueMap: readonly ReceiptNode[]): boolean {
  if (queueMap.length > limits.queueMapEntriesMax) return false;
  const tags = queueMap.flatMap((entry) => entry.tagsAdded ?? []);
  return tags.reduce((sum, tag) => sum + tag.length, 0) <= limits.queueMapTagUnitsMax;
}

/** The topic of every node that has one: queries have none. */
export function topicsOf(queueMap: readonly ReceiptNode[]): ReadonlyMap<NodeId, TopicName> {
  return new Map(
    queueMap.flatMap(({ nodeId, topic }) => (topic === undefined ? [] : [[nodeId, topic] as const])),
  );
}

/** Where the outputs of a strategy are. No output is a query, so each has a topic. */
export function outputStreams(
  outputs: readonly DagOutput[],
  queueMap: readonly ReceiptNode[],
): readonly OutputStream[] {
  const topics = topicsOf(queueMap);
  return outputs.flatMap((output) => {
    const topic = topics.get(output.nodeId);
    return topic === undefined ? [] : [{ ...output, topic }];
  });
}

/**
 * A commit creates nothing and has no events: every queue is active and every query recorded already, no schema changes, and no node gets
 * a tag. `isInUse`: whether a node's queue is active, or the node is a query that was committed.
 */
export function isSettled(queueMap: readonly ReceiptNode[], isInUse: (nodeId: NodeId) => boolean): boolean {
  return queueMap.every(
    ({ nodeId, diff, tagsAdded }) => diff === 'reuse' && tagsAdded === undefined && isInUse(nodeId),
  );
}
