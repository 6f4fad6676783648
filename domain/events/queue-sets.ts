import { blake3Hex } from '../base/blake3.js';
import type { TopicName } from '../base/ids.js';
import { limits } from '../base/limits.js';
import type { NodeSpec, TagQuery } from '../dag/dag.js';
import { matches, splitTags } from '../dag/tag-query.js';
import type { QueueUpdated } from './control-events.js';

/**
 * Sets of queues, and what changes them (docs/spec/events.md#sets-of-queues): queues that become active, and tags that nodes get.
 *
 * A commit writes its *activations*: the tags and intervals of its nodes, in a number that follows from the commit alone.
 * Which sets they enter depends on the whole graph, and is found afterwards, by the one publisher of an installation.
 */

/** A node with a queue that became active. */
export type ActivatedNode = Pick<NodeSpec, 'tags' | 'interval'>;

/** A node with an active queue that got tags: `tags` are all of them now. */
export interface RetaggedNode extends ActivatedNode {
  readonly added: readonly string[];
}

/** Queues that may have entered sets. */
export interface Activation {
  /** All tags of their nodes and their interval, as the set that is announced in any case. */
  readonly set: TagQuery;
  /** Of queues that were active before: which of the tags are new. They were in the sets that the others lead to. */
  readonly added?: readonly string[];
}

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

/** The activations of a commit: one per distinct (tags, interval), not per node, since nodes mostly share their tags. */
export function activationsOf(
  activated: readonly ActivatedNode[],
  retagged: readonly RetaggedNode[] = [],
): readonly Activation[] {
  const byKey = new Map<string, Activation>();
  for (const node of activated) {
    if (node.tags.length === 0) continue;
    const set = setOf(node);
    byKey.set(queryKey(set), { set });
  }
  for (const node of retagged) {
    const set = setOf(node);
    // A queue that becomes active with the same tags changes all sets that this one changes.
    if (node.added.length === 0 || byKey.has(queryKey(set))) continue;
    const added = splitTags(node.added);
    byKey.set(`${queryKey(set)}\u001d${added.join('\u001f')}`, { set, added });
  }
  return [...byKey.values()];
}

function setOf({ tags, interval }: ActivatedNode): TagQuery {
  return { tags: splitTags(tags), matchMode: 'all', interval };
}

/** Names an activation among those of a commit. */
export function activationId({ set, added = [] }: Activation): string {
  return added.length === 0 ? queueSetId(set) : blake3Hex(`${queryKey(set)}\u001d${added.join('\u001f')}`);
}

/** The tags that lead to the queries whose sets an activation may change. */
export function leadingTags({ set, added }: Activation): readonly string[] {
  return added ?? set.tags;
}

/**
 * The sets that activations change: those of all tags of a node, and the set of each TagQuery node that a queue enters.
 *
 * `tagQueries` are the candidates: queries of the graph that name a leading tag and an interval of the activations.
 */
export function changedSets(
  activations: readonly Activation[],
  tagQueries: readonly TagQuery[],
): readonly TagQuery[] {
  const byKey = new Map(activations.map(({ set }) => [queryKey(set), set]));
  for (const query of tagQueries) {
    if (activations.some((activation) => enters(activation, query))) byKey.set(queryKey(query), query);
  }
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, query]) => query);
}

/** A queue enters a set that it matches now and did not match before it got its new tags. */
function enters({ set, added }: Activation, query: TagQuery): boolean {
  if (!matches(query, set)) return false;
  if (added === undefined) return true;
  const before = set.tags.filter((tag) => !added.includes(tag));
  return !matches(query, { tags: before, interval: set.interval });
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
