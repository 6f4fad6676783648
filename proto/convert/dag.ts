import { create } from '@bufbuild/protobuf';
import type { Dag, NodeSpec } from '../../domain/dag/dag.js';
import type * as wire from '../gen/qmtl/v1/dag_pb.js';
import { ComputeNodeSchema, DagOutputSchema, DagSchema } from '../gen/qmtl/v1/dag_pb.js';

export function dagToWire({ nodes, outputs }: Dag): wire.Dag {
  return create(DagSchema, {
    nodes: nodes.map(nodeToWire),
    outputs: outputs.map((output) => create(DagOutputSchema, { ...output })),
  });
}

/** The document that `parseDag` checks. */
export function dagDocumentFromWire(dag: wire.Dag | undefined): unknown {
  if (dag === undefined) return {};
  const crc = dag.nodeIdsCrc32 === undefined ? {} : { node_ids_crc32: dag.nodeIdsCrc32 };
  // A list, since an object could not show that a name is doubled.
  const outputs = dag.outputs.map(({ name, nodeId }) => ({ name, node_id: nodeId }));
  return {
    nodes: dag.nodes.map(nodeDocumentFromWire),
    ...(outputs.length === 0 ? {} : { outputs }),
    ...crc,
  };
}

function nodeDocumentFromWire(node: wire.ComputeNode): unknown {
  return {
    node_id: node.nodeId,
    node_type: node.nodeType,
    interval: node.interval,
    period: node.period,
    params: paramsFromWire(node.paramsCanon),
    dependencies: node.dependencies,
    schema_compat_id: node.schemaCompatId,
    code_hash: node.codeHash,
    tags: node.tags,
    ...(node.schemaHash === '' ? {} : { schema_hash: node.schemaHash }),
    ...(node.name === '' ? {} : { name: node.name }),
    ...(node.owner === '' ? {} : { owner: node.owner }),
  };
}

/** Text that is not JSON is passed on as it is: the NodeID check then names the node. */
function paramsFromWire(paramsCanon: string): unknown {
  if (paramsCanon === '') return null;
  try {
    const params: unknown = JSON.parse(paramsCanon);
    return params;
  } catch {
    return paramsCanon;
  }
}

export function nodeToWire(node: NodeSpec): wire.ComputeNode {
  return create(ComputeNodeSchema, {
    nodeId: node.nodeId,
    nodeType: node.nodeType,
    interval: node.interval,
    period: node.period,
    paramsCanon: node.paramsCanon,
    dependencies: [...node.dependencies],
    schemaCompatId: node.schemaCompatId,
    codeHash: node.codeHash,
    schemaHash: node.schemaHash ?? '',
    name: node.name ?? '',
    tags: [...node.tags],
    owner: node.owner ?? '',
  });
}
