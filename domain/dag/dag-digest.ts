import type { Json } from '../../std/json.js';
import { blake3Hex, blake3HexOfPieces } from '../base/blake3.js';
import { quoteJson } from '../base/canonical-json.js';
import { branded, type DagDigest, isDagDigest, type NodeId } from '../base/ids.js';
import type { Dag, DagOutput, NodeSpec } from './dag.js';
import { splitTags } from './tag-query.js';

/**
 * `blake3:` and 64 hex digits over `dagText`: the key of a stored DAG body (docs/spec/identity.md#dag-digest).
 *
 * It also covers outputs, names, tags, owners and schema hashes. The nodes of an accepted DAG are in topological order with ties
 * by id, so the order of the submitted document does not matter.
 */
export function hashDag(dag: Dag): DagDigest {
  return branded(`blake3:${blake3HexOfPieces(dagPieces(dag))}`, isDagDigest);
}

/** The digest of the DAG whose `dagText` this is. */
export function hashDagText(text: string): DagDigest {
  return branded(`blake3:${blake3Hex(text)}`, isDagDigest);
}

/** A DAG in its JSON form. */
export type DagJson = {
  readonly nodes: readonly Json[];
  /** NodeIDs by name; absent without outputs. */
  readonly outputs?: Readonly<Record<string, NodeId>>;
};

/** The document that `parseDag` reads as the same DAG. */
export function dagDocument({ nodes, outputs }: Dag): DagJson {
  const documents = nodes.map(nodeDocument);
  if (outputs.length === 0) return { nodes: documents };
  return {
    nodes: documents,
    outputs: Object.fromEntries(outputs.map(({ name, nodeId }) => [name, nodeId])),
  };
}

/**
 * RFC 8785 JSON of `dagDocument(dag)` with tags sorted, written without building the document, since params are canonical
 * already. The order of tags only influences a topic name and is not part of the digest.
 */
export function dagText(dag: Dag): string {
  return [...dagPieces(dag)].join('');
}

/** The DAG as it is read from `dagText`. */
export function canonicalDag(dag: Dag): Dag {
  return { ...dag, nodes: dag.nodes.map((node) => ({ ...node, tags: splitTags(node.tags) })) };
}

/** UTF-8 bytes of `dagText`. */
export function dagBytes(dag: Dag): number {
  let bytes = 0;
  for (const piece of dagPieces(dag)) bytes += Buffer.byteLength(piece);
  return bytes;
}

/** `dagText`, node by node: the text of a large DAG need not be in memory to be hashed or measured. */
function* dagPieces(dag: Dag): Generator<string, void, undefined> {
  let before = '{"nodes":[';
  for (const node of dag.nodes) {
    yield before + nodeText(node);
    before = ',';
  }
  yield `${dag.nodes.length === 0 ? before : ''}]${outputsText(dag.outputs)}}`;
}

/** Without outputs there is no member, so that such a DAG keeps the digest that it always had. */
function outputsText(outputs: readonly DagOutput[]): string {
  if (outputs.length === 0) return '';
  // Names are letters, digits, `.`, `_` and `-`: nothing to escape.
  return `,"outputs":{${outputs.map(({ name, nodeId }) => `"${name}":"${nodeId}"`).join(',')}}`;
}

function nodeDocument(node: NodeSpec): Json {
  // oxlint-disable-next-line typescript/no-unsafe-assignment -- canonical params are JSON by construction
  const params: Json = JSON.parse(node.paramsCanon);
  return {
    node_id: node.nodeId,
    node_type: node.nodeType,
    interval: node.interval,
    period: node.period,
    params,
    dependencies: node.dependencies,
    schema_compat_id: node.schemaCompatId,
    code_hash: node.codeHash,
    tags: node.tags,
    ...(node.schemaHash === undefined ? {} : { schema_hash: node.schemaHash }),
    ...(node.name === undefined ? {} : { name: node.name }),
    ...(node.owner === undefined ? {} : { owner: node.owner }),
  };
}

/** Members in the order of their names, as RFC 8785 requires. */
function nodeText(node: NodeSpec): string {
  const name = node.name === undefined ? '' : `"name":${quoteJson(node.name)},`;
  const owner = node.owner === undefined ? '' : `"owner":${quoteJson(node.owner)},`;
  const schemaHash = node.schemaHash === undefined ? '' : `"schema_hash":${quoteJson(node.schemaHash)},`;
  const before = `"code_hash":${quoteJson(node.codeHash)},"dependencies":${idList(node.dependencies)},"interval":${node.interval},`;
  const middle = `"node_id":"${node.nodeId}","node_type":${quoteJson(node.nodeType)},`;
  const after = `"params":${node.paramsCanon},"period":${node.period},"schema_compat_id":${quoteJson(node.schemaCompatId)},`;
  return `{${before}${name}${middle}${owner}${after}${schemaHash}"tags":${textList(splitTags(node.tags))}}`;
}

/** NodeIDs need no escapes. */
function idList(ids: readonly NodeId[]): string {
  return ids.length === 0 ? '[]' : `["${ids.join('","')}"]`;
}

function textList(texts: readonly string[]): string {
  return `[${texts.map(quoteJson).join(',')}]`;
}
