import { hashCode } from '../../domain/artifacts/node-code.js';
import { blake3Hex } from '../../domain/base/blake3.js';
import type { Problem } from '../../domain/base/errors.js';
import { branded, isNodeId, type NodeId } from '../../domain/base/ids.js';
import { parseNodeDocument } from '../../domain/dag/node-document.js';
import { hashNode } from '../../domain/dag/node-id.js';
import { type Json, pointerSegment } from '../../std/json.js';
import { compareCodePoints } from '../../std/string-order.js';
import type { ComputeCode } from '../code/code-analysis.js';
import type { ComputeNode, StreamNode } from '../nodes/node.js';
import { hashSchema, makeSchemaCompatId } from '../nodes/schema-id.js';

/** A node with its id, which is computed from its content alone. */
export interface IdentifiedNode {
  readonly node: StreamNode;
  readonly nodeId: NodeId;
  readonly inputs: Readonly<Record<string, NodeId>>;
  /** The node in the form of a DAG document. */
  readonly document: { readonly [key: string]: Json };
  /** Of a compute node: what stands beside the module in its code hash. */
  readonly codeInputs: readonly Json[] | undefined;
}

/** `nodes`: each after its inputs. A node with refused content gets a unique id, so that only its own fault is reported. */
export function identifyNodes(
  nodes: readonly StreamNode[],
  codes: ReadonlyMap<StreamNode, ComputeCode>,
): IdentifiedNode[] {
  const ids = new Map<StreamNode, NodeId>();
  return nodes.map((node) => {
    const inputs = inputIds(node, ids);
    const content = {
      ...identityOf(node, inputs, codes),
      name: node.name,
      tags: node.tags,
      schema_hash: hashSchema(node.output),
    };
    const nodeId = idOf(node, content);
    ids.set(node, nodeId);
    const codeInputs = node.kind === 'compute' ? inputEntries(node, inputs, codes.get(node)) : undefined;
    return { node, nodeId, inputs, document: { ...content, node_id: nodeId }, codeInputs };
  });
}

function inputIds(node: StreamNode, ids: ReadonlyMap<StreamNode, NodeId>): Record<string, NodeId> {
  if (node.kind !== 'compute') return {};
  return Object.fromEntries(
    Object.entries(node.inputs).flatMap(([name, input]) => {
      const nodeId = ids.get(input);
      return nodeId === undefined ? [] : [[name, nodeId] as const];
    }),
  );
}

/** The fields that the NodeID is computed from. */
function identityOf(
  node: StreamNode,
  inputs: Readonly<Record<string, NodeId>>,
  codes: ReadonlyMap<StreamNode, ComputeCode>,
): { readonly [key: string]: Json } {
  const shared = {
    node_type: node.type,
    interval: node.interval.seconds,
    schema_compat_id: node.schemaCompatId ?? makeSchemaCompatId(node.output),
  };
  if (node.kind === 'tag-query') {
    const params = { query_tags: node.queryTags, match_mode: node.matchMode };
    return { ...shared, params, code_hash: codeHash('tag-query') };
  }
  const params = Object.keys(node.params).length === 0 ? null : node.params;
  if (node.kind === 'source') return { ...shared, params, code_hash: sourceCodeHash(node.name) };
  return {
    ...shared,
    params,
    period: node.period.bars,
    dependencies: [...new Set(Object.values(inputs))],
    code_hash: hashCode(
      codes.get(node)?.digest ?? '',
      JSON.stringify(inputEntries(node, inputs, codes.get(node))),
    ),
  };
}

/**
 * The result of compute depends on which upstream it reads under which name, and dependencies are a set. So the names, in
 * the order of the sorted dependencies, are part of the code.
 */
function inputEntries(
  node: ComputeNode,
  inputs: Readonly<Record<string, NodeId>>,
  code: ComputeCode | undefined,
): (readonly Json[])[] {
  const namesById = new Map<NodeId, string[]>();
  for (const name of Object.keys(node.inputs).sort()) {
    const nodeId = inputs[name];
    if (nodeId !== undefined) namesById.set(nodeId, [...(namesById.get(nodeId) ?? []), name]);
  }
  const sorted = [...namesById].sort(([a], [b]) => compareCodePoints(a, b));
  return sorted.map(([, names]) => dependencyEntry(node, names, code));
}

/**
 * The names of one dependency. When its author chose its schema id, that id does not say which fields it has; compute may see
 * that, so the fields that it may see follow.
 */
function dependencyEntry(
  { inputs }: ComputeNode,
  names: readonly string[],
  code: ComputeCode | undefined,
): readonly Json[] {
  const [upstream] = names.flatMap((name) => inputs[name] ?? []);
  if (upstream?.schemaCompatId === undefined) return names;
  const declared = Object.keys(upstream.output);
  const reads = names.map((name) => code?.reads?.fieldsOf(name));
  // The view of a tag query is a list, whose elements have the fields.
  const isListed = upstream.kind === 'tag-query' || reads.includes(undefined);
  const read = declared.filter((field) => reads.some((fields) => fields?.has(field))).sort();
  return [names, isListed ? declared : read];
}

/** The `code_hash` of a source: its name is its feed. */
export function sourceCodeHash(name: string): string {
  return codeHash('source', name);
}

function codeHash(kind: string, ...parts: readonly Json[]): string {
  return `blake3:${blake3Hex(JSON.stringify([`qmtl-${kind}/1`, ...parts]))}`;
}

function idOf(node: StreamNode, content: { readonly [key: string]: Json }): NodeId {
  const parsed = parseNodeDocument(content, { dependencyIds: 'node-ids' });
  if (parsed.ok) return hashNode(parsed.node);
  return branded(`blake3:${blake3Hex(`refused ${node.name} ${JSON.stringify(content)}`)}`, isNodeId);
}

/**
 * Nodes of one id with other fields: an author's `schemaCompatId` says that they can be exchanged, but one queue cannot hold
 * both, and inside one strategy each reader expects the fields of its own.
 */
export function fieldConflicts(identified: readonly IdentifiedNode[]): Problem[] {
  const first = new Map<NodeId, StreamNode>();
  return identified.flatMap(({ node, nodeId }) => {
    const known = first.get(nodeId);
    if (known === undefined) first.set(nodeId, node);
    if (known === undefined || hashSchema(known.output) === hashSchema(node.output)) return [];
    const fields = [known, node].map(({ output }) => Object.keys(output).join(', ')).join(' and ');
    return [
      {
        code: 'E_SCHEMA_COMPAT_MISMATCH' as const,
        path: `/nodes/${pointerSegment(node.name)}/schemaCompatId`,
        message: `nodes ${known.name} and ${node.name} are one node by schemaCompatId ${node.schemaCompatId}, but have the fields ${fields}`,
        hint: 'give the one with other fields another schemaCompatId, or none',
      },
    ];
  });
}
