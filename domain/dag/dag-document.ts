import { isPlainObject } from '../../std/json.js';
import type { Problem } from '../base/errors.js';
import { checkSchemaVersion, refuseUnknownMembers } from '../base/known-members.js';
import { type Limits, limits } from '../base/limits.js';
import { excerpt, ProblemList } from '../base/problem-list.js';
import type { Dag, NodeSpec } from './dag.js';
import { dagBytes } from './dag-digest.js';
import { checkCrc32, checkGraph, checkNodeId } from './dag-validation.js';
import { nodeIdsOnly } from './dependencies-document.js';
import { readNode } from './node-document.js';
import { readOutputs } from './outputs-document.js';
import type { OrderedNode } from './topological-order.js';

export type DagDocument =
  | { readonly ok: true; readonly dag: Dag }
  /** `more`: problems found beyond those listed. */
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly more: number };

/**
 * A DAG in its JSON form: `{nodes: [node, …], outputs?: {name: node_id}, node_ids_crc32?}` (docs/spec/identity.md#dag-documents). A
 * node is as in `parseNodeDocument`, with its `node_id` and with NodeIDs as dependencies.
 *
 * Returns the accepted DAG, its nodes in topological order whatever the order of the document, or all problems, most basic
 * first, each with a JSON Pointer into `value` (I-7). O(nodes + edges) apart from sorting.
 */
export function parseDag(value: unknown, bounds: Limits = limits): DagDocument {
  const problems = new ProblemList(bounds.problemsMax);
  const dag = readDag(value, '', bounds, problems);
  return dag === undefined || problems.count > 0 ? { ok: false, ...problems.report() } : { ok: true, dag };
}

/** Reads a DAG at `at` in a larger document and adds its problems; undefined when it is not accepted. */
export function readDag(value: unknown, at: string, bounds: Limits, problems: ProblemList): Dag | undefined {
  const before = problems.count;
  const list = nodeListOf(value, at, bounds, problems);
  if (list === undefined) return undefined;
  const { nodes, accepted, bytesAtMost } = readNodes(list.nodes, `${at}/nodes`, bounds, problems);
  const order = checkGraph({ nodes, raw: list.nodes, at: `${at}/nodes` }, bounds, problems);
  checkCrc32(list.crc32, nodes, `${at}/node_ids_crc32`, problems);
  const outputs = readOutputs(list.outputs, { nodes, accepted, at: `${at}/outputs` }, bounds, problems);
  if (!order.ok || problems.count > before) return undefined;
  const dag = { nodes: order.order.map((position) => present(accepted[position])), outputs };
  const bytes = bytesAtMost + outputBytesMax * outputs.length;
  return bytes <= bounds.dagBytesMax || fits(dag, at, bounds, problems) ? dag : undefined;
}

interface ReadNodes {
  /** All nodes, in document order, as far as they are readable. */
  readonly nodes: readonly OrderedNode[];
  /** The nodes without a problem, at the same positions. */
  readonly accepted: readonly (NodeSpec | undefined)[];
  /** Upper bound of the canonical JSON of the accepted nodes. */
  readonly bytesAtMost: number;
}

const unreadable: OrderedNode = { nodeId: '', dependencies: [] };

function readNodes(raw: readonly unknown[], at: string, bounds: Limits, problems: ProblemList): ReadNodes {
  const nodes: OrderedNode[] = [];
  const accepted: (NodeSpec | undefined)[] = [];
  let bytesAtMost = 0;
  for (let i = 0; i < raw.length; i += 1) {
    const place = `${at}/${i}`;
    const draft = readNode(raw[i], place, nodeIdsOnly, bounds, problems);
    const nodeId = draft && checkNodeId(draft, place, problems);
    const spec = draft && nodeId && { nodeId, ...draft.node };
    accepted.push(spec);
    if (spec) bytesAtMost += jsonBytesAtMost(spec);
    nodes.push(
      spec ?? (draft ? { nodeId: draft.givenId, dependencies: draft.node.dependencies } : unreadable),
    );
  }
  return { nodes, accepted, bytesAtMost };
}

/** Without problems, every node was accepted. */
function present(node: NodeSpec | undefined): NodeSpec {
  if (node === undefined) throw new TypeError('a node was refused without a problem');
  return node;
}

const dagMembers: ReadonlySet<string> = new Set(['nodes', 'outputs', 'node_ids_crc32', 'schema_version']);

interface NodeList {
  readonly nodes: readonly unknown[];
  readonly outputs: unknown;
  readonly crc32: unknown;
}

/** The list of nodes, when it is a list and not too long. */
function nodeListOf(value: unknown, at: string, bounds: Limits, problems: ProblemList): NodeList | undefined {
  const nodes = isPlainObject(value) ? value.nodes : undefined;
  if (!isPlainObject(value) || !Array.isArray(nodes)) {
    const found = isPlainObject(value)
      ? `nodes is ${excerpt(nodes)}`
      : `a DAG is an object, not ${excerpt(value)}`;
    problems.add(
      'E_SCHEMA_INVALID',
      isPlainObject(value) ? `${at}/nodes` : at,
      found,
      'give {"nodes": [ … ]}',
    );
    return undefined;
  }
  refuseUnknownMembers(value, dagMembers, at, problems);
  checkSchemaVersion(value.schema_version, at, problems);
  if (nodes.length === 0) {
    problems.add('E_SCHEMA_INVALID', `${at}/nodes`, 'the DAG has no nodes', 'give at least one node');
    return undefined;
  }
  if (nodes.length > bounds.dagNodesMax) {
    const message = `the DAG has ${nodes.length} nodes; at most ${bounds.dagNodesMax} are allowed`;
    problems.add('E_LIMIT_EXCEEDED', `${at}/nodes`, message, 'split the strategy into several');
    return undefined;
  }
  return { nodes, outputs: value.outputs, crc32: value.node_ids_crc32 ?? undefined };
}

/** Escapes can make JSON text six times as long as the string, UTF-8 three times. */
const jsonBytesPerUnitMax = 6;
/** Member names, numbers and punctuation of one node. */
const nodeOverheadBytes = 256;
/** A name, a NodeID and punctuation. */
const outputBytesMax = 256;

/** Whether the canonical JSON of the DAG is within its limit; needed only when `jsonBytesAtMost` exceeds it. */
function fits(dag: Dag, at: string, bounds: Limits, problems: ProblemList): boolean {
  const bytes = dagBytes(dag);
  if (bytes <= bounds.dagBytesMax) return true;
  const message = `the DAG has ${bytes} bytes of canonical JSON; at most ${bounds.dagBytesMax} are allowed`;
  problems.add('E_LIMIT_EXCEEDED', at, message, 'split the strategy, or pass large params by reference');
  return false;
}

/** A cheap upper bound, close enough to accept nearly every DAG without writing it out. */
function jsonBytesAtMost(node: NodeSpec): number {
  let units = node.nodeType.length + node.schemaCompatId.length + node.codeHash.length;
  units += (node.schemaHash?.length ?? 0) + (node.name?.length ?? 0) + (node.owner?.length ?? 0);
  let punctuation = 0;
  for (const tag of node.tags) {
    units += tag.length;
    punctuation += 3;
  }
  let ids = node.nodeId.length;
  for (const dependency of node.dependencies) ids += dependency.length + 3;
  // Params are JSON already, and ids contain nothing to escape.
  return (
    nodeOverheadBytes + ids + Buffer.byteLength(node.paramsCanon) + punctuation + units * jsonBytesPerUnitMax
  );
}
