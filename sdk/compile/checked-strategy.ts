import type { DagDigest, NodeId } from '../../domain/base/ids.js';
import type { Dag, NodeSpec } from '../../domain/dag/dag.js';
import type { CompiledNode, CompiledStrategy } from './strategy.js';

/** A compiled strategy with checked ids, compiled by this copy of the library; the input of a runner. */
export interface CheckedStrategy extends CompiledStrategy {
  readonly nodes: readonly CheckedNode[];
  readonly dag: Dag;
  readonly dagDigest: DagDigest;
  readonly outputs: Readonly<Record<string, NodeId>>;
  readonly traded: NodeId | undefined;
}

export interface CheckedNode extends CompiledNode {
  readonly nodeId: NodeId;
  readonly spec: NodeSpec;
  readonly inputs: Readonly<Record<string, NodeId>>;
}
