import type { NodeId, TopicName } from '../base/ids.js';
import type { Namespace } from '../context/namespace.js';
import type { NodeSpec } from '../dag/dag.js';
import { type Diff, diffDag, type KnownGraph, type NodeDiff } from '../dag/diff.js';
import type { TopicSpec } from '../topics/topic.js';
import { topicCollisionKey } from '../topics/topic-name.js';
import { planTopic } from '../topics/topic-plan.js';
import type { DiffCounts, ReceiptNode, Submission } from './submission.js';

/** A queue to reserve for a node. */
export interface Reservation {
  readonly node: NodeSpec;
  readonly spec: TopicSpec;
}

/** What the register transaction writes. */
export type RegistrationPlan =
  | {
      readonly kind: 'plan';
      readonly counts: DiffCounts;
      /** One entry per node, in DAG order: the queue map of the receipt. */
      readonly queueMap: readonly ReceiptNode[];
      readonly reservations: readonly Reservation[];
    }
  | { readonly kind: 'draining'; readonly topics: readonly TopicName[] }
  | { readonly kind: 'collision'; readonly nodeIds: readonly NodeId[] };

/**
 * Plans a registration against what the graph knew at one moment (docs/spec/submission.md#diff).
 *
 * `ownerOf` returns the node of this namespace that holds a topic collision key; a holder in another namespace is foreign.
 */
export function planRegistration(
  submission: Submission,
  namespace: Namespace,
  known: KnownGraph,
  ownerOf: (collisionKey: string) => string | undefined,
): RegistrationPlan {
  const diff = diffDag(submission.dag, known);
  const obstacle = obstacleOf(diff);
  if (obstacle !== undefined) return obstacle;
  const reservations: Reservation[] = [];
  const taken = new Map<string, string>();
  const owner = (key: string) => taken.get(key) ?? ownerOf(key);
  const queueMap = diff.entries.map((entry): ReceiptNode => {
    const nodeId = entry.node.nodeId;
    if (entry.class !== 'new') return { nodeId, diff: entry.class, topic: entry.queue.topic };
    const reservation = reserve(entry, submission.version, namespace, owner, taken);
    reservations.push(reservation);
    return { nodeId, diff: 'new', topic: reservation.spec.topic };
  });
  return { kind: 'plan', counts: countDiff(queueMap), queueMap, reservations };
}

function obstacleOf(diff: Diff): RegistrationPlan | undefined {
  if (diff.collisions.length > 0)
    return { kind: 'collision', nodeIds: diff.collisions.map((node) => node.nodeId) };
  if (diff.draining.length > 0)
    return { kind: 'draining', topics: diff.draining.map((queue) => queue.topic) };
  return undefined;
}

function reserve(
  entry: NodeDiff,
  version: string,
  namespace: Namespace,
  ownerOf: (collisionKey: string) => string | undefined,
  taken: Map<string, string>,
): Reservation {
  const spec = planTopic(entry.node, version, namespace, ownerOf);
  taken.set(topicCollisionKey(spec.topic), entry.node.nodeId);
  return { node: entry.node, spec };
}

export function countDiff(queueMap: readonly ReceiptNode[]): DiffCounts {
  const counts = { reuse: 0, buffering: 0, new: 0 };
  for (const entry of queueMap) counts[entry.diff] += 1;
  return counts;
}

/** Every queue is active already and no schema changes: a commit creates nothing and has no events. */
export function isSettled(queueMap: readonly ReceiptNode[], isActive: (nodeId: NodeId) => boolean): boolean {
  return queueMap.every(({ nodeId, diff }) => diff === 'reuse' && isActive(nodeId));
}
