import type { NodeId, TopicName } from '../base/ids.js';
import { limits } from '../base/limits.js';
import type { Namespace } from '../context/namespace.js';
import { isQuery, type NodeSpec } from '../dag/dag.js';
import { type Diff, diffDag, type KnownGraph, type NodeDiff, nextGeneration } from '../dag/diff.js';
import { missingTags } from '../dag/node-tags.js';
import type { TopicSpec } from '../topics/topic.js';
import { topicCollisionKey } from '../topics/topic-name.js';
import { planTopic } from '../topics/topic-plan.js';
import { countDiff } from './queue-map.js';
import type { DiffCounts, ReceiptNode, Submission } from './submission.js';

/** A queue to reserve for a node. */
export interface Reservation {
  readonly node: NodeSpec;
  readonly spec: TopicSpec;
  readonly generation: number;
  /** Of what its topic will hold; absent when nobody brought one. */
  readonly schemaHash?: string;
}

/** A node that would have more tags than `limits.nodeTagsTotalMax`. */
export interface CrowdedNode {
  readonly nodeId: NodeId;
  /** Number of its tags in the graph. */
  readonly held: number;
  /** Those that the submission would add. */
  readonly missing: readonly string[];
}

/** Tags that do not fit: of single nodes, or all that the submission would add. */
export interface TooManyTags {
  readonly kind: 'too-many-tags';
  readonly nodes: readonly CrowdedNode[];
  /** Number of tags that the submission would add. */
  readonly added: number;
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
  | TooManyTags
  | { readonly kind: 'collision'; readonly nodeIds: readonly NodeId[] };

/**
 * Plans a registration against what the graph knew at one moment (docs/spec/submission.md#diff).
 *
 * `ownerOf` returns the node of this namespace whose current queue holds a topic collision key; a holder in another namespace, or of an
 * earlier generation, is foreign.
 */
export function planRegistration(
  submission: Submission,
  namespace: Namespace,
  known: KnownGraph,
  ownerOf: (collisionKey: string) => string | undefined,
): RegistrationPlan {
  const diff = diffDag(submission.dag, known);
  const obstacle = obstacleOf(diff, known);
  if (obstacle !== undefined) return obstacle;
  const reservations: Reservation[] = [];
  const taken = new Map<string, string>();
  const owner = (key: string) => taken.get(key) ?? ownerOf(key);
  const queueMap = diff.entries.map((entry): ReceiptNode => {
    const { node } = entry;
    const described = { nodeId: node.nodeId, diff: entry.class };
    if (isQuery(node)) return described;
    const tags = tagsToAdd(node, known);
    const added = tags.length === 0 ? {} : { tagsAdded: tags };
    if (entry.class !== 'new' && entry.queue !== undefined) {
      const { topic, generation } = entry.queue;
      return { ...described, topic, generation, ...added };
    }
    const reservation = reserve(entry, known, { version: submission.version, namespace, owner, taken });
    reservations.push(reservation);
    const { spec, generation } = reservation;
    return { ...described, topic: spec.topic, generation, ...added };
  });
  return { kind: 'plan', counts: countDiff(queueMap), queueMap, reservations };
}

/** What is refused comes before what only has to wait. */
function obstacleOf(diff: Diff, known: KnownGraph): RegistrationPlan | undefined {
  const refused = refusalOf(diff, known);
  if (refused !== undefined) return refused;
  return diff.draining.length > 0
    ? { kind: 'draining', topics: diff.draining.map((queue) => queue.topic) }
    : undefined;
}

/** Why a DAG does not fit what the graph knows, whatever happens to queues; undefined when it fits. */
export function refusalOf(
  { collisions, entries }: Diff,
  known: KnownGraph,
): Extract<RegistrationPlan, { kind: 'collision' | 'too-many-tags' }> | undefined {
  if (collisions.length > 0) return { kind: 'collision', nodeIds: collisions.map(({ nodeId }) => nodeId) };
  const nodes = entries.flatMap(({ node }) => crowdedNode(node, known) ?? []);
  const added = entries.reduce((sum, { node }) => sum + tagsToAdd(node, known).length, 0);
  return nodes.length > 0 || added > limits.submissionTagsAddedMax
    ? { kind: 'too-many-tags', nodes, added }
    : undefined;
}

/** The tags that a node of the graph gets: a new one has its own from the beginning, and those of a query lead nobody to it. */
function tagsToAdd(node: NodeSpec, known: KnownGraph): readonly string[] {
  const held = known.nodes.get(node.nodeId)?.tags;
  return held === undefined || isQuery(node) ? [] : missingTags(held, node.tags);
}

function crowdedNode(node: NodeSpec, known: KnownGraph): CrowdedNode | undefined {
  const missing = tagsToAdd(node, known);
  const held = known.nodes.get(node.nodeId)?.tags.length ?? 0;
  return missing.length > 0 && !fitsTags(held, missing.length)
    ? { nodeId: node.nodeId, held, missing }
    : undefined;
}

/** Whether a node with so many tags may get so many more. */
export function fitsTags(held: number, added: number): boolean {
  return held + added <= limits.nodeTagsTotalMax;
}

interface Naming {
  readonly version: string;
  readonly namespace: Namespace;
  readonly owner: (collisionKey: string) => string | undefined;
  /** The names that this plan gives. */
  readonly taken: Map<string, string>;
}

function reserve(
  { node }: NodeDiff,
  known: KnownGraph,
  { version, namespace, owner, taken }: Naming,
): Reservation {
  const generation = nextGeneration(known.queues.get(node.nodeId));
  const spec = planTopic(node, version, namespace, owner, generation);
  taken.set(topicCollisionKey(spec.topic), node.nodeId);
  const schemaHash = node.schemaHash ?? known.nodes.get(node.nodeId)?.schemaHash;
  return { node, spec, generation, ...(schemaHash === undefined ? {} : { schemaHash }) };
}
