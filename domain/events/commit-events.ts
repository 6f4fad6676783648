import type { NodeId, TopicName } from '../base/ids.js';
import { limits } from '../base/limits.js';
import type { NodeSpec, TagQuery } from '../dag/dag.js';
import { matches, splitTags } from '../dag/tag-query.js';
import type { ControlEvent, QueueUpdated } from './control-events.js';

/** A node with a queue that became active. */
export type ActivatedNode = Pick<NodeSpec, 'nodeId' | 'tags' | 'interval'>;

export interface ResolvedQueue {
  readonly topic: TopicName;
  readonly global: boolean;
}

/** A set of queues that changed, in its state after the commit. */
export interface ChangedSet {
  readonly query: TagQuery;
  /** Incremented by this commit, once per set: `queueSetKey` names the counter. */
  readonly version: number;
  /** Active queues of the set, in any order; `many`: more than `limits.eventQueuesMax`, and therefore not listed. */
  readonly queues: readonly ResolvedQueue[] | 'many';
}

/** What a commit transaction changed. */
export interface CommittedChange {
  /** In the order of `changedSets`. */
  readonly sets: readonly ChangedSet[];
  readonly activated: readonly NodeId[];
  /** Nodes that went into buffering. */
  readonly buffering: readonly NodeId[];
}

/**
 * The events of one commit (docs/spec/events.md#sets-of-queues), in the order in which they go to the outbox:
 * the changed sets of queues first, then the nodes.
 */
export function commitEvents(change: CommittedChange): readonly ControlEvent[] {
  const statuses = [
    ...change.activated.map((nodeId) => ({ nodeId, status: 'active' as const })),
    ...change.buffering.map((nodeId) => ({ nodeId, status: 'buffering' as const })),
  ];
  return [
    ...change.sets.map(queueUpdated),
    ...statuses.map((status) => ({ type: 'node_status_changed' as const, ...status })),
  ];
}

/**
 * The sets that newly active queues changed: for each activated node the queues that carry all of its tags, and the set of
 * each TagQuery node that a new queue enters.
 *
 * `tagQueries` are the candidates: every query of the graph that names a tag and an interval of an activated node.
 */
export function changedSets(
  activated: readonly ActivatedNode[],
  tagQueries: readonly TagQuery[],
): readonly TagQuery[] {
  const announced = announcedSets(activated);
  const byKey = new Map(announced.map((query) => [queryKey(query), query]));
  for (const query of tagQueries) {
    if (announced.some((set) => matches(query, set))) byKey.set(queryKey(query), query);
  }
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, query]) => query);
}

/** One set per distinct (tags, interval), not per node: activated nodes mostly share their tags. */
export function announcedSets(activated: readonly ActivatedNode[]): readonly TagQuery[] {
  const byKey = new Map<string, TagQuery>();
  for (const node of activated) {
    if (node.tags.length === 0) continue;
    const query: TagQuery = { tags: splitTags(node.tags), matchMode: 'all', interval: node.interval };
    byKey.set(queryKey(query), query);
  }
  return [...byKey.values()];
}

/** Names the counter of a set's version. Sets whose etags would be equal share one, so an etag never stands for two contents. */
export function queueSetKey(query: TagQuery): string {
  return `${query.tags.join('.')}:${query.interval}`;
}

function queueUpdated({ query, version, queues }: ChangedSet): QueueUpdated {
  const few = queues === 'many' || queues.length > limits.eventQueuesMax ? undefined : queues;
  const listed = [...(few ?? [])].sort((a, b) => (a.topic < b.topic ? -1 : 1));
  return {
    type: 'queue_updated',
    tags: query.tags,
    interval: query.interval,
    matchMode: query.matchMode,
    queues: listed.map(({ topic, global }) => ({ queue: topic, global })),
    truncated: few === undefined,
    version,
  };
}

function queryKey(query: TagQuery): string {
  return `${query.tags.join('\u001f')}\u001e${query.interval}\u001e${query.matchMode}`;
}
