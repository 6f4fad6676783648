import type { ControlEvent, QueueUpdated } from './control-events.js';
import type { NodeSpec, TagQuery } from './dag.js';
import type { TopicName } from './ids.js';
import { limits } from './limits.js';
import { matches, splitTags } from './tag-query.js';

/** What a commit transaction changed, and how it can look around. */
export interface CommittedChange {
  /** Nodes one of whose queues became active. */
  readonly activated: readonly NodeSpec[];
  /** Nodes that went into buffering. */
  readonly buffering: readonly NodeSpec[];
  /** Every distinct query of a TagQuery node in the graph. */
  readonly tagQueries: readonly TagQuery[];
  /** Active queues a query resolves to, in name order. */
  readonly resolve: (query: TagQuery) => readonly ResolvedQueue[];
  /** Counts up once for the set of queues of (tags, interval) and gives the new version. */
  readonly nextVersion: (tags: readonly string[], interval: number) => number;
}

export interface ResolvedQueue {
  readonly topic: TopicName;
  readonly global: boolean;
}

/**
 * The news of one commit (design §8), in the order in which it goes to the outbox:
 * the changed sets of queues first, then the nodes.
 *
 * A set is announced for the tags of each activated node (queues that carry all of them)
 * and for each TagQuery node whose set the new queues enter.
 */
export function commitEvents(change: CommittedChange): readonly ControlEvent[] {
  const queries = changedQueries(change);
  const updates = queries.map((query) => queueUpdated(query, change));
  const statuses = [
    ...change.activated.map((node) => ({ node, status: 'active' as const })),
    ...change.buffering.map((node) => ({ node, status: 'buffering' as const })),
  ];
  return [
    ...updates,
    ...statuses.map(({ node, status }) => ({
      type: 'node_status_changed' as const,
      nodeId: node.nodeId,
      status,
    })),
  ];
}

function changedQueries(change: CommittedChange): readonly TagQuery[] {
  const byKey = new Map<string, TagQuery>();
  for (const node of change.activated) {
    if (node.tags.length === 0) continue;
    const query: TagQuery = { tags: splitTags(node.tags), matchMode: 'all', interval: node.interval };
    byKey.set(queryKey(query), query);
  }
  // One look a distinct (tags, interval), not one a node: activated nodes mostly share their tags.
  const announced = [...byKey.values()];
  for (const query of change.tagQueries) {
    if (announced.some((set) => matches(query, set))) byKey.set(queryKey(query), query);
  }
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, query]) => query);
}

function queueUpdated(query: TagQuery, change: CommittedChange): QueueUpdated {
  const resolved = change.resolve(query);
  const truncated = resolved.length > limits.eventQueuesMax;
  return {
    type: 'queue_updated',
    tags: query.tags,
    interval: query.interval,
    matchMode: query.matchMode,
    queues: resolved.slice(0, limits.eventQueuesMax).map(({ topic, global }) => ({ queue: topic, global })),
    truncated,
    version: change.nextVersion(query.tags, query.interval),
  };
}

function queryKey(query: TagQuery): string {
  return `${query.tags.join('\u001f')}\u001e${query.interval}\u001e${query.matchMode}`;
}
