import type { NodeId, TopicName } from '../base/ids.js';
import { type Dag, isQuery, type NodeIdentity, type NodeSpec } from './dag.js';

/**
 * `reuse`: join the existing queue; `buffering`: join it and rebuild its history; `new`: reserve a queue. A query, which has no queue, is
 * `reuse` when it is recorded already, else `new`.
 */
export const nodeDiffClasses = ['reuse', 'buffering', 'new'] as const;
export type NodeDiffClass = (typeof nodeDiffClasses)[number];

/** `pending`: name reserved, topic not verified yet; `active`: in use; `draining`: being collected, cannot be joined. */
export const queueStates = ['pending', 'active', 'draining'] as const;
export type QueueState = (typeof queueStates)[number];

/** A node the graph already holds. */
export interface KnownNode extends NodeSpec {
  /** Milliseconds since the epoch at which buffering began; absent when not buffering. */
  readonly bufferingSince?: number;
  /** The schema_hash it was last buffering for; its own is the first that it got. */
  readonly bufferingHash?: string;
}

/** The queue of one node in the namespace in question. */
export interface KnownQueue {
  readonly nodeId: NodeId;
  readonly topic: TopicName;
  readonly state: QueueState;
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
 * In doubt a node is `new`: no queue in the namespace, a queue being collected, an id of different content. A pending queue
 * is joined, since its topic is the same for all submissions. Same NodeID but another schema_hash than those that are known of
 * it: `buffering`. A query has no queue, whatever the graph says.
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
  if (known === undefined || queue === undefined || queue.state === 'draining') return { class: 'new', node };
  const schemaChanged =
    known.schemaHash !== undefined &&
    node.schemaHash !== undefined &&
    known.schemaHash !== node.schemaHash &&
    known.bufferingHash !== node.schemaHash;
  return schemaChanged
    ? { class: 'buffering', node, queue, lagBars: node.period }
    : { class: 'reuse', node, queue };
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
