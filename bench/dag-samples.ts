import { parseNodeDocument } from '../domain/dag/node-document.js';
import { hashNode } from '../domain/dag/node-id.js';

export interface DagSampleOptions {
  /** Number of nodes; at least 1. */
  readonly nodes: number;
  /** Another seed gives other params, and so other NodeIDs. */
  readonly seed?: number;
  /** Upstreams per node, where enough nodes precede it. */
  readonly fanIn?: number;
  /** Largest distance to an upstream; a small window gives a deep DAG. */
  readonly window?: number;
  /** Nodes from this position on differ from those without it: a cone on top of nodes that stay the same. */
  readonly cone?: { readonly from: number; readonly name: string };
}

export interface SampleNode {
  readonly node_id: string;
  readonly node_type: string;
  readonly interval: number;
  readonly period: number;
  readonly params: Readonly<Record<string, unknown>>;
  readonly dependencies: readonly string[];
  readonly schema_compat_id: string;
  readonly code_hash: string;
  readonly schema_hash: string;
  readonly name: string;
  readonly tags: readonly string[];
}

const assets = ['btc', 'eth', 'sol', 'ada', 'xrp'];

/**
 * A valid DAG document of any size that resembles a strategy: one twentieth raw sources, then indicators, each on `fanIn`
 * earlier nodes, occasionally a tag query, and trade execution at the end. The same options give the same document.
 */
export function makeDagDocument(options: DagSampleOptions): { readonly nodes: readonly SampleNode[] } {
  const { nodes: count, seed = 1, fanIn = 2, window = 200, cone } = options;
  const random = randomSource(seed);
  const nodes: SampleNode[] = [];
  const sources = Math.max(1, Math.ceil(count / 20));
  for (let i = 0; i < count; i += 1) {
    const upstreams = i < sources ? [] : pickUpstreams(nodes, fanIn, window, random);
    const variant = cone !== undefined && i >= cone.from ? cone.name : '';
    nodes.push(makeNode(i, count, `${seed}${variant}`, upstreams, random));
  }
  return { nodes };
}

function makeNode(
  index: number,
  count: number,
  seed: string,
  upstreams: readonly string[],
  random: () => number,
): SampleNode {
  const asset = assets[index % assets.length] ?? 'btc';
  const nodeType = nodeTypeOf(index, count, upstreams.length);
  const isQuery = nodeType === 'TagQueryNode';
  const fields = {
    node_type: nodeType,
    interval: 60 * (1 + (index % 4)),
    period: 1 + Math.floor(random() * 200),
    params: isQuery
      ? { query_tags: [asset, `group-${index}`], match_mode: index % 2 === 0 ? 'any' : 'all' }
      : {
          window: 1 + Math.floor(random() * 500),
          alpha: random(),
          source: { field: 'close', fill: 'none' },
          weights: [1, 2.5, index],
          label: `signal ${seed}-${index}`,
        },
    dependencies: isQuery ? [] : upstreams,
    schema_compat_id: 'bars-major-1',
    code_hash: `sha256:${hex(random)}${hex(random)}${hex(random)}`,
  };
  const described = {
    schema_hash: `s-${hex(random)}`,
    name: `node ${index}`,
    tags: [asset, 'price', `set-${index % 7}`],
  };
  return { node_id: idOf(fields), ...fields, ...described };
}

function nodeTypeOf(index: number, count: number, upstreams: number): string {
  if (upstreams === 0) return 'RawOhlcvSource';
  if (index % 97 === 96) return 'TagQueryNode';
  return index >= count - Math.floor(count / 50) ? 'TradeExecution' : 'Indicator';
}

function idOf(fields: object): string {
  const parsed = parseNodeDocument({ ...fields }, { dependencyIds: 'node-ids' });
  if (!parsed.ok) throw new TypeError(`a sample node is not valid: ${JSON.stringify(parsed.problems)}`);
  return hashNode(parsed.node);
}

function pickUpstreams(
  nodes: readonly SampleNode[],
  fanIn: number,
  window: number,
  random: () => number,
): readonly string[] {
  const picked = new Set<string>();
  const reach = Math.min(window, nodes.length);
  for (let i = 0; i < Math.min(fanIn, reach); i += 1) {
    const upstream = nodes[nodes.length - 1 - Math.floor(random() * reach)];
    if (upstream !== undefined) picked.add(upstream.node_id);
  }
  return [...picked];
}

function hex(random: () => number): string {
  return Math.floor(random() * 0xffffffff)
    .toString(16)
    .padStart(8, '0');
}

/** Numbers from 0 to 1 (mulberry32), the same for the same seed on every machine. */
function randomSource(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
