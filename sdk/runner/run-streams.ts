import { QmtlError } from '../../domain/base/errors.js';
import type { NodeId, TopicName } from '../../domain/base/ids.js';
import type { ResolvedQuery } from '../../domain/context/compute-key.js';
import { topologicalOrder } from '../../domain/dag/topological-order.js';
import { compareCodePoints } from '../../std/string-order.js';
import type { ComputeCode } from '../code/code-analysis.js';
import type { CheckedNode, CheckedStrategy } from '../compile/compile-strategy.js';
import type { ComputeNode, SourceNode, TagQueryNode } from '../nodes/node.js';
import { hashSchema } from '../nodes/schema-id.js';

/** A stream that a tag query matches. */
export interface TagQueryMember {
  readonly nodeId: NodeId;
  readonly topic: TopicName;
  /**
   * The tag queries that the stream itself depends on, directly or through others, with what they were resolved to when its values
   * were computed: they are part of the ComputeKey of these values. Absent for a stream that depends on none.
   */
  readonly resolved?: readonly ResolvedQuery[];
}

/** The matches of each tag query of a strategy. */
export type ResolvedTagQueries = ReadonlyMap<NodeId, readonly TagQueryMember[]>;

/** One named input of a compute node. */
export interface StreamInput {
  readonly name: string;
  /** One stream, or for a tag query its matches, in NodeID order. */
  readonly upstreams: readonly NodeId[];
  readonly isList: boolean;
}

/** One stream of a run, with tag queries replaced by their matches. */
export type RunStream = {
  readonly nodeId: NodeId;
  readonly topic: TopicName;
} & (
  | { readonly kind: 'source'; readonly node: SourceNode }
  | {
      readonly kind: 'compute';
      readonly node: ComputeNode;
      readonly code: ComputeCode;
      readonly inputs: readonly StreamInput[];
      /** The tag queries among its inputs, with their matches. */
      readonly resolved: readonly ResolvedQuery[];
    }
  /** A stream of another strategy; `node` is the first query that matches it. */
  | {
      readonly kind: 'member';
      readonly node: TagQueryNode;
      /** The tag queries that it depends on, as in `TagQueryMember`. */
      readonly resolved: readonly ResolvedQuery[];
    }
);

/**
 * The streams of a run in the order in which a bar is evaluated: by the longest chain that leads to them, then by NodeID.
 *
 * A query may match nodes of the strategy itself. They are the same stream, which is computed once and before its consumers;
 * a node that would thereby read itself is refused (`E_CYCLE`).
 */
export function planStreams(
  strategy: CheckedStrategy,
  topics: ReadonlyMap<NodeId, TopicName>,
  tagQueries: ResolvedTagQueries,
): readonly RunStream[] {
  const found = membersOf(strategy.nodes, tagQueries);
  const streams = new Map<NodeId, RunStream>();
  for (const compiled of strategy.nodes) {
    const stream = ownStream(compiled, topics, found);
    if (stream !== undefined) streams.set(stream.nodeId, stream);
  }
  for (const { node, members } of found.values()) {
    for (const member of members) addMember(streams, node, member);
  }
  return inOrder([...streams.values()]);
}

interface FoundMembers {
  readonly node: TagQueryNode;
  /** In NodeID order, each once. */
  readonly members: readonly TagQueryMember[];
}

function membersOf(
  nodes: readonly CheckedNode[],
  tagQueries: ResolvedTagQueries,
): ReadonlyMap<NodeId, FoundMembers> {
  const found = new Map<NodeId, FoundMembers>();
  for (const { node, nodeId } of nodes) {
    if (node.kind !== 'tag-query') continue;
    const distinct = new Map((tagQueries.get(nodeId) ?? []).map((member) => [member.nodeId, member]));
    const members = [...distinct.values()].sort((a, b) => compareCodePoints(a.nodeId, b.nodeId));
    found.set(nodeId, { node, members });
  }
  return found;
}

function ownStream(
  { node, nodeId, inputs, code }: CheckedNode,
  topics: ReadonlyMap<NodeId, TopicName>,
  found: ReadonlyMap<NodeId, FoundMembers>,
): RunStream | undefined {
  if (node.kind === 'tag-query') return undefined;
  const topic = topics.get(nodeId);
  if (topic === undefined) {
    throw new QmtlError('E_INTERNAL', `the receipt names no topic for node ${node.name} (${nodeId})`);
  }
  if (node.kind === 'source') return { kind: 'source', nodeId, topic, node };
  const streamInputs = Object.entries(inputs).map(([name, upstream]): StreamInput => {
    const members = found.get(upstream)?.members;
    return members === undefined
      ? { name, upstreams: [upstream], isList: false }
      : { name, upstreams: members.map((member) => member.nodeId), isList: true };
  });
  if (code === undefined) throw new QmtlError('E_INTERNAL', `node ${node.name} has no code`);
  const resolved = Object.values(inputs).flatMap((query) => {
    const members = found.get(query)?.members;
    return members === undefined ? [] : [{ query, members: members.map((member) => member.nodeId) }];
  });
  return { kind: 'compute', nodeId, topic, node, code, inputs: streamInputs, resolved };
}

function addMember(
  streams: Map<NodeId, RunStream>,
  node: TagQueryNode,
  { nodeId, topic, resolved = [] }: TagQueryMember,
): void {
  const known = streams.get(nodeId);
  if (known === undefined) streams.set(nodeId, { kind: 'member', nodeId, topic, node, resolved });
  else if (hashSchema(known.node.output) !== hashSchema(node.output)) {
    throw otherFields(node, known.node.name, Object.keys(known.node.output));
  }
}

/** The error for a query that matches a stream it cannot read. */
export function otherFields(query: TagQueryNode, stream: string, fields: readonly string[]): QmtlError {
  const has = fields.length === 0 ? 'has other fields' : `has ${fields.join(', ')}`;
  return new QmtlError(
    'E_DATA',
    `tag query ${query.name} reads ${Object.keys(query.output).join(', ')}, but its match ${stream} ${has}`,
    {
      hint: 'query tags that only streams with these fields have',
    },
  );
}

/** A member was computed from what its own queries matched, which may be streams of this run. */
function upstreamsOf(stream: RunStream): readonly string[] {
  if (stream.kind === 'compute') return stream.inputs.flatMap((input) => input.upstreams);
  return stream.kind === 'member' ? stream.resolved.flatMap(({ members }) => members) : [];
}

function inOrder(streams: readonly RunStream[]): readonly RunStream[] {
  const own = new Set<string>(streams.map(({ nodeId }) => nodeId));
  const listed = streams.map((stream) => ({
    nodeId: stream.nodeId,
    dependencies: [...new Set(upstreamsOf(stream))].filter((upstream) => own.has(upstream)),
  }));
  const order = topologicalOrder(listed);
  if (order.ok) return order.order.flatMap((position) => streams[position] ?? []);
  const names = order.cycle.map((position) => streams[position]?.node.name ?? '');
  throw new QmtlError(
    'E_CYCLE',
    `a tag query matches a node that is computed from it: ${[...names, names[0]].join(' reads ')}`,
    { hint: 'change the tags of these nodes, or those of the query' },
  );
}
