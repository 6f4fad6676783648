import { isPlainObject } from '../../std/json.js';
import { nodeIdsCrc32 } from '../base/crc32.js';
import { isSafeText } from '../base/document-fields.js';
import { isNodeId, type NodeId } from '../base/ids.js';
import type { Limits } from '../base/limits.js';
import { excerpt, type ProblemList } from '../base/problem-list.js';
import { dependenciesKey } from './dependencies-document.js';
import type { NodeDraft } from './node-document.js';
import { hashNode, isIdOfNode } from './node-id.js';
import {
  indexPositions,
  type OrderedNode,
  type TopologicalOrder,
  topologicalOrder,
} from './topological-order.js';

/** The nodes of a document in its order, with the ids it gives them; '' where there is none. */
export interface ListedNodes {
  readonly nodes: readonly OrderedNode[];
  /** The same nodes as given, and the JSON Pointer of their list. */
  readonly raw: readonly unknown[];
  readonly at: string;
}

/** Adds a problem when a node's id is absent, malformed or not that of its content; otherwise returns the id. */
export function checkNodeId(draft: NodeDraft<NodeId>, at: string, problems: ProblemList): NodeId | undefined {
  const { givenId, sound, node } = draft;
  if (!isNodeId(givenId)) {
    const expected = sound ? `; its content gives ${hashNode(node)}` : '';
    const given =
      givenId === '' ? 'has no node_id' : `has node_id ${excerpt(givenId)}, which is not a NodeID`;
    const hint = 'a NodeID is "blake3:" and 64 hex digits in lower case';
    const code = givenId === '' ? 'E_SCHEMA_INVALID' : 'E_NODE_ID_MISMATCH';
    problems.add(code, `${at}/node_id`, `${at} ${given}${expected}`, hint);
    return undefined;
  }
  if (!sound) return undefined;
  if (isIdOfNode(givenId, node)) return givenId;
  const message = `${at} has node_id ${givenId}; its content gives ${hashNode(node)}`;
  problems.add(
    'E_NODE_ID_MISMATCH',
    `${at}/node_id`,
    message,
    'compute the NodeID from the node as it is submitted',
  );
  return undefined;
}

/** Checks across nodes: repeated ids, missing dependencies, cycles, depth. */
export function checkGraph(list: ListedNodes, bounds: Limits, problems: ProblemList): TopologicalOrder {
  const positions = indexPositions(list.nodes);
  if (positions.size < list.nodes.length) noteRepeatedIds(list, positions, problems);
  const order = topologicalOrder(list.nodes, positions);
  if (order.missing > 0) noteDangling(list, positions, problems);
  if (!order.ok) noteCycle(list, order.cycle, problems);
  else if (order.depth > bounds.dagDepthMax) noteDepth(list, order, bounds, problems);
  return order;
}

function noteRepeatedIds(
  list: ListedNodes,
  positions: ReadonlyMap<string, number>,
  problems: ProblemList,
): void {
  for (const [position, { nodeId }] of list.nodes.entries()) {
    const first = positions.get(nodeId) ?? position;
    if (nodeId === '' || first === position) continue;
    const message = `${list.at}/${position} has the same node_id as ${list.at}/${first}`;
    problems.add('E_DUPLICATE', `${list.at}/${position}/node_id`, message, 'list each node once');
  }
}

function noteDangling(
  list: ListedNodes,
  positions: ReadonlyMap<string, number>,
  problems: ProblemList,
): void {
  for (const [position, { dependencies }] of list.nodes.entries()) {
    for (const dependency of dependencies) {
      if (positions.has(dependency)) continue;
      problems.add(
        'E_DANGLING_DEPENDENCY',
        dependencyPlace(list, position, dependency),
        `${list.at}/${position} depends on ${dependency}, which is not in the DAG`,
        'list every node the strategy depends on, including those that exist already',
      );
    }
  }
}

/** The JSON Pointer of a node's list of dependencies, or of one of them. */
function dependencyPlace(list: ListedNodes, position: number, dependency?: string): string {
  const node = list.raw[position];
  if (!isPlainObject(node)) return `${list.at}/${position}`;
  const key = dependenciesKey(node);
  const listed = node[key];
  const place = `${list.at}/${position}/${key}`;
  return dependency === undefined || !Array.isArray(listed)
    ? place
    : `${place}/${listed.indexOf(dependency)}`;
}

const cycleNodesShownMax = 16;

function noteCycle(list: ListedNodes, cycle: readonly number[], problems: ProblemList): void {
  const labels = cycle.slice(0, cycleNodesShownMax).map((position) => labelOf(list, position));
  const closing = cycle.length > cycleNodesShownMax ? `… (${cycle.length} nodes)` : (labels[0] ?? '');
  const message = `a cycle, each node depending on the next: ${[...labels, closing].join(' -> ')}`;
  const hint = 'remove one of these dependencies';
  problems.add('E_CYCLE', dependencyPlace(list, cycle[0] ?? 0), message, hint);
}

/** The name of a node, or its id. */
function labelOf(list: ListedNodes, position: number): string {
  const node = list.raw[position];
  const name = isPlainObject(node) ? node.name : undefined;
  return typeof name === 'string' && isSafeText(name, labelCharsMax) && name !== ''
    ? name
    : (list.nodes[position]?.nodeId ?? '');
}

const labelCharsMax = 64;

function noteDepth(
  list: ListedNodes,
  { order, depth }: { readonly order: readonly number[]; readonly depth: number },
  bounds: Limits,
  problems: ProblemList,
): void {
  const last = `${list.at}/${order.at(-1) ?? 0}`;
  const message = `${last} ends a chain of ${depth} nodes; at most ${bounds.dagDepthMax} are allowed`;
  problems.add('E_LIMIT_EXCEEDED', last, message, 'split the strategy, or compute several steps in one node');
}

/** Checks `node_ids_crc32`, when given, over the ids in document order. */
export function checkCrc32(
  given: unknown,
  nodes: readonly OrderedNode[],
  at: string,
  problems: ProblemList,
): void {
  if (given === undefined) return;
  if (typeof given !== 'number' || !Number.isInteger(given) || given < 0 || given > 0xffffffff) {
    const hint = 'give the CRC-32 of the node ids in order, as an unsigned number';
    problems.add('E_SCHEMA_INVALID', at, `node_ids_crc32 is ${excerpt(given)}`, hint);
    return;
  }
  if (nodes.some(({ nodeId }) => nodeId === '')) return;
  const computed = nodeIdsCrc32(nodes.map(({ nodeId }) => nodeId));
  if (given === computed) return;
  const message = `node_ids_crc32 is ${given}; the node ids in this order give ${computed}`;
  problems.add(
    'E_CHECKSUM_MISMATCH',
    at,
    message,
    'the list was changed or reordered in transit: send it again',
  );
}
