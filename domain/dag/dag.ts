import type { NodeId } from '../base/ids.js';

/** node_type of a node whose upstreams are "all queues with these tags" (docs/spec/identity.md#tagquery-nodes). */
export const tagQueryNodeType = 'TagQueryNode';

/**
 * Whether a node is a query. It reads the streams of others and has none of its own: no queue, no topic, and it is a member of no set
 * of queues, whatever its tags.
 */
export function isQuery({ nodeType }: Pick<NodeSpec, 'nodeType'>): boolean {
  return nodeType === tagQueryNodeType;
}

/** The fields a NodeID is computed from, in normal form. */
export interface NodeIdentity {
  readonly nodeType: string;
  /** Whole seconds between bars; 0 = none. */
  readonly interval: number;
  /** Whole bars of history the computation needs; 0 = none. */
  readonly period: number;
  /** RFC 8785 JSON without context keys. */
  readonly paramsCanon: string;
  /** Upstream NodeIDs, sorted by code point, no repeats. */
  readonly dependencies: readonly NodeId[];
  readonly schemaCompatId: string;
  readonly codeHash: string;
}

/** An accepted node of a DAG: its identity, and what only describes it. */
export interface NodeSpec extends NodeIdentity {
  readonly nodeId: NodeId;
  /** Hash of the byte-level schema; a change under the same NodeID means buffering. */
  readonly schemaHash?: string;
  readonly name?: string;
  /** In the author's order (the first usable one is the asset in the topic name), trimmed, no repeats. */
  readonly tags: readonly string[];
  readonly owner?: string;
}

/** A stream that a strategy is run for. */
export interface DagOutput {
  readonly name: string;
  readonly nodeId: NodeId;
}

/**
 * An accepted DAG: every dependency and every output is one of its nodes, no output is a query, ids and names are unique, ids are correct,
 * no cycles; nodes in topological order.
 */
export interface Dag {
  readonly nodes: readonly NodeSpec[];
  /** Sorted by name; empty when the document names none. */
  readonly outputs: readonly DagOutput[];
}

export interface TagQuery {
  readonly tags: readonly string[];
  readonly matchMode: MatchMode;
  readonly interval: number;
}

export const matchModes = ['any', 'all'] as const;
export type MatchMode = (typeof matchModes)[number];
