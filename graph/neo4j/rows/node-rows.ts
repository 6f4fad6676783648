import { isNodeId, type SubmissionId } from '../../../domain/base/ids.js';
import { isQuery, type NodeSpec } from '../../../domain/dag/dag.js';
import { parseTagQuery } from '../../../domain/dag/tag-query.js';
import type { NodeRecord } from '../../../domain/ports/graph-reads.js';
import {
  type CypherInput,
  maybe,
  type Row,
  readInteger,
  readKind,
  readKinds,
  readRow,
  readRows,
  readText,
  readTexts,
} from '../driver/cypher-value.js';
import { toQueueRecord } from './queue-rows.js';

/** UTF-8 bytes of a list of tags that fits its index; Neo4j allows about 8 kB per key. */
const indexedTagsBytesMax = 6_000;

export const nodePropertyNames = [
  'node_id',
  'node_type',
  'interval',
  'period',
  'code_hash',
  'schema_compat_id',
  'params_canon',
  'dependencies',
  'tags',
  'long_tags',
  'schema_hash',
  'name',
  'owner',
  'created_at',
  'uncommitted',
  'reserved_by',
] as const;

type NodeProperties = Readonly<Record<(typeof nodePropertyNames)[number], CypherInput>>;

/** Properties of a ComputeNode that is invisible before its commit. Without a queue, a query says itself who recorded it. */
export function newNodeProperties(node: NodeSpec, submissionId: SubmissionId, at: number): NodeProperties {
  return {
    node_id: node.nodeId,
    node_type: node.nodeType,
    interval: node.interval,
    period: node.period,
    code_hash: node.codeHash,
    schema_compat_id: node.schemaCompatId,
    params_canon: node.paramsCanon,
    dependencies: node.dependencies,
    ...tagProperties(node.tags),
    schema_hash: node.schemaHash,
    name: node.name,
    owner: node.owner,
    created_at: at,
    uncommitted: true,
    reserved_by: isQuery(node) ? submissionId : null,
  };
}

/** `tags` is indexed, and index keys are bounded: a longer list is kept in `long_tags`. */
export function tagProperties(tags: readonly string[]): Pick<NodeProperties, 'tags' | 'long_tags'> {
  const bytes = tags.reduce((sum, tag) => sum + Buffer.byteLength(tag) + 8, 0);
  return bytes <= indexedTagsBytesMax ? { tags, long_tags: null } : { tags: null, long_tags: tags };
}

/** A row of `{ node, queues }`. */
export function toNodeRecord(row: Row): NodeRecord {
  const node = readRow(row, 'node');
  return {
    node: nodeSpecFrom(node),
    createdAt: readInteger(node, 'created_at'),
    queues: readRows(row, 'queues').map((queue) => toQueueRecord(queue, tagsFrom(node))),
  };
}

export function nodeSpecFrom(row: Row): NodeSpec {
  const schemaHash = maybe(row, 'schema_hash', readText);
  const name = maybe(row, 'name', readText);
  const owner = maybe(row, 'owner', readText);
  return {
    nodeId: readKind(row, 'node_id', isNodeId),
    nodeType: readText(row, 'node_type'),
    interval: readInteger(row, 'interval'),
    period: readInteger(row, 'period'),
    codeHash: readText(row, 'code_hash'),
    schemaCompatId: readText(row, 'schema_compat_id'),
    paramsCanon: readText(row, 'params_canon'),
    dependencies: readKinds(row, 'dependencies', isNodeId),
    tags: tagsFrom(row),
    ...(schemaHash === undefined ? {} : { schemaHash }),
    ...(name === undefined ? {} : { name }),
    ...(owner === undefined ? {} : { owner }),
  };
}

function tagsFrom(row: Row): readonly string[] {
  return maybe(row, 'tags', readTexts) ?? readTexts(row, 'long_tags');
}

/** An edge from each new node to each of its upstreams. */
export function dependencyRows(nodes: readonly NodeSpec[]): readonly CypherInput[] {
  return nodes.flatMap((node) => node.dependencies.map((upstream) => [node.nodeId, upstream]));
}

/** Tags that lead to new nodes, or that they query, sorted: two writers that create the same ones wait at the first. */
export function tagNames(nodes: readonly NodeSpec[]): readonly string[] {
  const names = nodes.flatMap((node) => (isQuery(node) ? (parseTagQuery(node)?.tags ?? []) : node.tags));
  return [...new Set(names)].sort();
}

/** Each new node with each of its tags. No tag leads to a query: it has no stream that others could read. */
export function tagRows(nodes: readonly NodeSpec[]): readonly CypherInput[] {
  return nodes
    .filter((node) => !isQuery(node))
    .flatMap((node) => [...new Set(node.tags)].map((tag) => [node.nodeId, tag]));
}

/** Tags that new TagQuery nodes query, with the interval. */
export function tagQueryRows(nodes: readonly NodeSpec[]): readonly CypherInput[] {
  return nodes.filter(isQuery).flatMap((node) => {
    const query = parseTagQuery(node);
    const tags = [...new Set(query?.tags)].sort();
    return tags.map((name) => ({ name, node_id: node.nodeId, interval: query?.interval }));
  });
}
