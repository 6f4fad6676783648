import type { NodeId, TopicName } from '../base/ids.js';
import { type Dag, isQuery, type NodeIdentity, type NodeSpec } from './dag.js';

/**
 * `reuse`: join the existing queue; `buffering`: join it and rebuild its history; `new`: reserve a queue. A query, which has no queue, is
 * `reuse` when it is recorded already, else `new`.
 */
export const nodeDiffClasses = ['reuse', 'buffering', 'new'] as const;
export type NodeDiffClass = (typeof nodeDiffClasses)[number];

/**
 * `pending`: name reserved, topic not verified yet; `active`: in use; `draining`: being collected, cannot be joined; `collected`: its topic
 * is gone for good, and the node gets a queue of the next generation.
 */
export const queueStates = ['pending', 'active', 'draining', 'collected'] as const;
export type QueueState = (typeof queueStates)[number];

/** A node the graph already holds. */
export type KnownNode = NodeSpec;

/** The schemas of a queue. */
export interface QueueSchema {
  /** Of what its topic holds, as far as it was known when the queue was reserved; absent: that of its node. */
  readonly schemaHash?: string;
  /** Milliseconds since the epoch at which buffering began; absent when not buffering. */
  readonly bufferingSince?: number;
  /** The schema_hash it was last buffering for. */
  readonly bufferingHash?: string;
}

/** The current queue of one node in the namespace in question. */
export interface KnownQueue extends QueueSchema {
  readonly nodeId: NodeId;
  readonly topic: TopicName;
  readonly state: QueueState;
  /** 1 for the first queue of the node in the namespace. */
  readonly generation: number;
  /** Reserved by an earlier attempt of the submission that asks: to it the queue is still new. */
  readonly own?: true;
}

/** What the graph knew about the nodes of a DAG, read at one moment. */
export interface KnownGraph {
  readonly nodes: ReadonlyMap<NodeId, KnownNode>;
  readonly queues: ReadonlyMap<NodeId, KnownQueue>;
}

export type NodeDiff =
  /** Without `queue`: a query. */
  | { readonly class: 'reuse'; readonly node: NodeSpec; readonly queue?: KnownQueue }
  /** `lagBars`: bars of history that consumers wait for. */
  | {
      readonly class: 'buffering';
      readonly node: NodeSpec;
      readonly queue: KnownQueue;
      readonly lagBars: number;
    }
  | { readonly class: 'new'; readonly node: NodeSpec };

/** One entry per node, in the order of the DAG. */
export interface Diff {
  readonly entries: readonly NodeDiff[];
  /** Queues being collected: the submission must wait, then diff again. */
  readonly draining: readonly KnownQueue[];
  /** Nodes whose id belongs to different content in the graph. */
  readonly collisions: readonly NodeSpec[];
}

/**
 * Classifies the nodes of a DAG (docs/spec/submission.md#diff, I-6): one entry per node, in DAG order, O(nodes).
 *
 * In doubt a node is `new`: no queue in the namespace, one that is being or was collected, an id of different content. A pending queue
 * is joined, since its topic is the same for all submissions. Same NodeID but another schema_hash than those that are known of
 * its queue: `buffering`. A query has no queue, whatever the graph says.
 */
export function diffDag(dag: Pick<Dag, 'nodes'>, known: KnownGraph): Diff {
  const entries: NodeDiff[] = [];
  const draining: KnownQueue[] = [];
  const collisions: NodeSpec[] = [];
  for (const node of dag.nodes) {
    const knownNode = known.nodes.get(node.nodeId);
    const queue = isQuery(node) ? undefined : known.queues.get(node.nodeId);
    const collides = knownNode !== undefined && !sameIdentity(knownNode, node);
    if (collides) collisions.push(node);
    if (queue?.state === 'draining') draining.push(queue);
    entries.push(collides ? { class: 'new', node } : diffNode(node, knownNode, queue));
  }
  return { entries, draining, collisions };
}

function diffNode(node: NodeSpec, known: KnownNode | undefined, queue: KnownQueue | undefined): NodeDiff {
  if (known !== undefined && isQuery(node)) return { class: 'reuse', node };
  if (known === undefined || queue === undefined || !isJoinable(queue)) return { class: 'new', node };
  const held = queue.schemaHash ?? known.schemaHash;
  const schemaChanged =
    held !== undefined &&
    node.schemaHash !== undefined &&
    held !== node.schemaHash &&
    queue.bufferingHash !== node.schemaHash;
  return schemaChanged
    ? { class: 'buffering', node, queue, lagBars: node.period }
    : { class: 'reuse', node, queue };
}

function isJoinable({ state, own }: KnownQueue): boolean {
  return own === undefined && (state === 'pending' || state === 'active');
}

/** The generation of a queue that is reserved for a node. */
export function nextGeneration(current: KnownQueue | undefined): number {
  if (current === undefined) return 1;
  return current.state === 'collected' ? current.generation + 1 : current.generation;
}

/** Whether two nodes have the same canonical form. */
function sameIdentity(a: NodeIdentity, b: NodeIdentity): boolean {
  return (
    a.codeHash === b.codeHash &&
    a.paramsCanon === b.paramsCanon &&
    a.nodeType === b.nodeType &&
    a.interval === b.interval &&
    a.period === b.period &&
    a.schemaCompatId === b.schemaCompatId &&
    a.dependencies.length === b.dependencies.length &&
    a.dependencies.every((dependency, i) => dependency === b.dependencies[i])
  );
}
