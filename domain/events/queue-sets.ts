import { blake3Hex } from '../base/blake3.js';
import type { TopicName } from '../base/ids.js';
import { limits } from '../base/limits.js';
import type { NodeSpec, TagQuery } from '../dag/dag.js';
import { matches, splitTags } from '../dag/tag-query.js';
import type { QueueUpdated } from './control-events.js';

/**
 * Sets of queues, and what newly active queues change in them (docs/spec/events.md#sets-of-queues).
 *
 * A commit writes its *activations*: the tags and intervals of its new queues, in a number that follows from the commit alone.
 * Which sets they enter depends on the whole graph, and is found afterwards, by the one publisher of an installation.
 */

/** A node with a queue that became active. */
export type ActivatedNode = Pick<NodeSpec, 'tags' | 'interval'>;

export interface ResolvedQueue {
  readonly topic: TopicName;
  readonly global: boolean;
}

/** A set of queues that changed, in its state when it is announced. */
export interface ChangedSet {
  readonly query: TagQuery;
  /** Incremented with every announcement: `queueSetKey` names the counter. */
  readonly version: number;
  /** Active queues of the set, in any order; `many`: more than `limits.eventQueuesMax`, and therefore not listed. */
  readonly queues: readonly ResolvedQueue[] | 'many';
}

/** The activations of a commit: one set per distinct (tags, interval), not per node, since new nodes mostly share their tags. */
export function announcedSets(activated: readonly ActivatedNode[]): readonly TagQuery[] {
  const byKey = new Map<string, TagQuery>();
  for (const node of activated) {
    if (node.tags.length === 0) continue;
    const query: TagQuery = { tags: splitTags(node.tags), matchMode: 'all', interval: node.interval };
    byKey.set(queryKey(query), query);
  }
  return [...byKey.values()];
}

/**
 * The sets that activations change: the announced ones, and the set of each TagQuery node that a new queue enters.
 *
 * `tagQueries` are the candidates: queries of the graph that name a tag and an interval of the activations.
 */
export function changedSets(
  announced: readonly TagQuery[],
  tagQueries: readonly TagQuery[],
): readonly TagQuery[] {
  const byKey = new Map(announced.map((query) => [queryKey(query), query]));
  for (const query of tagQueries) {
    if (announced.some((set) => matches(query, set))) byKey.set(queryKey(query), query);
  }
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, query]) => query);
}

/** Names the counter of a set's version. Sets whose etags would be equal share one, so an etag never stands for two contents. */
export function queueSetKey(query: TagQuery): string {
  return `${query.tags.join('.')}:${query.interval}`;
}

/** Names a set: its tags, interval and mode. */
export function queueSetId(query: TagQuery): string {
  return blake3Hex(queryKey(query));
}

/** The event that announces a set. */
export function queueUpdated({ query, version, queues }: ChangedSet): QueueUpdated {
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

/**
 * When a changed set may be announced: at once, unless it was announced a moment ago. Later changes until then are in the
 * same announcement. `announcedAt` comes from the clock of another process and may be wrong, so it never delays longer.
 */
export function announcementDue(announcedAt: number | undefined, now: number): number {
  const pauseMs = limits.setAnnouncementPauseMs;
  const left = announcedAt === undefined ? 0 : announcedAt + pauseMs - now;
  return now + Math.min(Math.max(left, 0), pauseMs);
}

/** Whether a set is due. A time further ahead than the longest pause was written by a process with another clock. */
export function isAnnouncementDue(due: number, now: number): boolean {
  return due <= now || due > now + limits.setAnnouncementPauseMs;
}

function queryKey(query: TagQuery): string {
  return `${query.tags.join('\u001f')}\u001e${query.interval}\u001e${query.matchMode}`;
}
