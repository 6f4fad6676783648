import { isNodeId } from '../../../domain/base/ids.js';
import { type NodeSpec, tagQueryNodeType } from '../../../domain/dag/dag.js';
import type { KnownNode } from '../../../domain/dag/diff.js';
import { tagQueryOf } from '../../../domain/dag/tag-query.js';
import type { NodeRecord } from '../../../domain/ports/graph-reads.js';
import {
  type CypherInput,
  integerOf,
  kindOf,
  kindsOf,
  maybe,
  type Row,
  rowOf,
  rowsOf,
  textOf,
  textsOf,
} from '../driver/cypher-value.js';
import { queueRecordFrom } from './queue-rows.js';

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
] as const;

type NodeProperties = Readonly<Record<(typeof nodePropertyNames)[number], CypherInput>>;

/** Properties of a ComputeNode that is invisible before its commit. */
export function newNodeProperties(node: NodeSpec, at: number): NodeProperties {
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
  };
}

/** `tags` is indexed, and index keys are bounded: a longer list is kept in `long_tags`. */
function tagProperties(tags: readonly string[]): Pick<NodeProperties, 'tags' | 'long_tags'> {
  const bytes = tags.reduce((sum, tag) => sum + Buffer.byteLength(tag) + 8, 0);
  return bytes <= indexedTagsBytesMax ? { tags, long_tags: null } : { tags: null, long_tags: tags };
}

export function knownNodeFrom(row: Row): KnownNode {
  const bufferingSince = maybe(row, 'buffering_since', integerOf);
  return { ...nodeSpecFrom(row), ...(bufferingSince === undefined ? {} : { bufferingSince }) };
}

/** A row of `{ node, queues }`. */
export function nodeRecordFrom(row: Row): NodeRecord {
  const node = rowOf(row, 'node');
  const bufferingSince = maybe(node, 'buffering_since', integerOf);
  return {
    node: nodeSpecFrom(node),
    createdAt: integerOf(node, 'created_at'),
    ...(bufferingSince === undefined ? {} : { bufferingSince }),
    queues: rowsOf(row, 'queues').map(queueRecordFrom),
  };
}

function nodeSpecFrom(row: Row): NodeSpec {
  const schemaHash = maybe(row, 'schema_hash', textOf);
  const name = maybe(row, 'name', textOf);
  const owner = maybe(row, 'owner', textOf);
  return {
    nodeId: kindOf(row, 'node_id', isNodeId),
    nodeType: textOf(row, 'node_type'),
    interval: integerOf(row, 'interval'),
    period: integerOf(row, 'period'),
    codeHash: textOf(row, 'code_hash'),
    schemaCompatId: textOf(row, 'schema_compat_id'),
    paramsCanon: textOf(row, 'params_canon'),
    dependencies: kindsOf(row, 'dependencies', isNodeId),
    tags: maybe(row, 'tags', textsOf) ?? textsOf(row, 'long_tags'),
    ...(schemaHash === undefined ? {} : { schemaHash }),
    ...(name === undefined ? {} : { name }),
    ...(owner === undefined ? {} : { owner }),
  };
}

/** An edge from each new node to each of its upstreams. */
export function dependencyRows(nodes: readonly NodeSpec[]): readonly CypherInput[] {
  return nodes.flatMap((node) => node.dependencies.map((upstream) => [node.nodeId, upstream]));
}

/** Tags that new nodes carry or query, sorted: two writers that create the same ones wait at the first. */
export function tagNames(nodes: readonly NodeSpec[]): readonly string[] {
  const asked = nodes.flatMap((node) => tagQueryOf(node)?.tags ?? []);
  return [...new Set([...nodes.flatMap((node) => node.tags), ...asked])].sort();
}

/** Each new node with each of its tags. */
export function tagRows(nodes: readonly NodeSpec[]): readonly CypherInput[] {
  return nodes.flatMap((node) => [...new Set(node.tags)].map((tag) => [node.nodeId, tag]));
}

/** Tags that new TagQuery nodes query, with the interval. */
export function tagQueryRows(nodes: readonly NodeSpec[]): readonly CypherInput[] {
  return nodes
    .filter((node) => node.nodeType === tagQueryNodeType)
    .flatMap((node) => {
      const query = tagQueryOf(node);
      const tags = [...new Set(query?.tags)].sort();
      return tags.map((name) => ({ name, node_id: node.nodeId, interval: query?.interval }));
    });
}
