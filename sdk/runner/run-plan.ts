import type { NodeId } from '../../domain/base/ids.js';
import { hashComputeKey, type ResolvedQuery } from '../../domain/context/compute-key.js';
import type { ExecutionContext } from '../../domain/context/execution-context.js';
import { hashSchema } from '../nodes/schema-id.js';
import { BarRows } from '../realm/bar-rows.js';
import type { EvaluationPlan, PlannedStream } from '../realm/messages.js';
import { BarsDigest } from './bars-digest.js';
import type { RunNode } from './run-node.js';
import type { RunStream } from './run-streams.js';

/** The nodes of a run, in the order of its streams. `position`: the strategy's output of that name. */
export function planRun(
  streams: readonly RunStream[],
  context: ExecutionContext,
  position: NodeId | undefined,
): readonly RunNode[] {
  const lookBack = lookBacks(streams);
  const resolved = resolvedBehind(streams);
  return streams.map((definition) => {
    const { nodeId, topic, kind, node } = definition;
    const interval = node.interval.seconds;
    const fields = Object.keys(node.output).length;
    return {
      nodeId,
      topic,
      definition,
      interval,
      fields,
      name: kind === 'member' ? topic : node.name,
      computeKey: hashComputeKey({ ...context, nodeId, resolved: resolved.get(nodeId) }),
      schemaHash: hashSchema(node.output),
      isPosition: nodeId === position,
      barsKept: lookBack.get(nodeId) ?? 1,
      outputs: new BarRows(fields),
      digest: new BarsDigest(),
      arriving: undefined,
      recorded: undefined,
      unwritten: [],
      computed: 0,
      reused: 0,
    };
  });
}

/** What the thread of the run needs to evaluate the nodes. It takes their bars, which are not copied. */
export function evaluationPlan(nodes: readonly RunNode[]): EvaluationPlan {
  const indexOf = new Map(nodes.map(({ nodeId }, index) => [nodeId, index]));
  const modules = new Map<string, string>();
  const streams = nodes.map(
    ({ definition, name, arriving, recorded, barsKept, isPosition }): PlannedStream => {
      const stream = {
        name,
        output: definition.node.output,
        barsKept,
        arriving: arriving?.giveAway(),
        recorded: recorded?.giveAway(),
        isWritten: definition.kind === 'source',
      };
      if (definition.kind !== 'compute') return { ...stream, compute: undefined };
      const { node, code, inputs } = definition;
      modules.set(code.digest, code.text);
      return {
        ...stream,
        compute: {
          module: code.digest,
          params: node.params,
          period: node.period.bars,
          inputs: inputs.map((input) => ({
            name: input.name,
            isList: input.isList,
            upstreams: input.upstreams.flatMap((upstream) => indexOf.get(upstream) ?? []),
          })),
          weightAt: isPosition ? Object.keys(node.output).indexOf('weight') : -1,
        },
      };
    },
  );
  return { modules, streams };
}

/** The longest period of the consumers of each stream. */
function lookBacks(streams: readonly RunStream[]): ReadonlyMap<NodeId, number> {
  const bars = new Map<NodeId, number>();
  for (const stream of streams) {
    if (stream.kind !== 'compute') continue;
    for (const upstream of stream.inputs.flatMap((input) => input.upstreams))
      bars.set(upstream, Math.max(bars.get(upstream) ?? 1, stream.node.period.bars));
  }
  return bars;
}

/** The tag queries that each stream depends on, directly or not: what they were resolved to decides its values. */
function resolvedBehind(streams: readonly RunStream[]): ReadonlyMap<NodeId, readonly ResolvedQuery[]> {
  const behind = new Map<NodeId, readonly ResolvedQuery[]>();
  for (const stream of streams) {
    if (stream.kind === 'source') continue;
    const upstreams = stream.kind === 'compute' ? stream.inputs.flatMap((input) => input.upstreams) : [];
    const all = [...stream.resolved, ...upstreams.flatMap((upstream) => behind.get(upstream) ?? [])];
    // One query may have matched other streams when a member was computed: both matter.
    const distinct = new Map(all.map((one) => [JSON.stringify([one.query, one.members]), one]));
    if (distinct.size > 0) behind.set(stream.nodeId, [...distinct.values()]);
  }
  return behind;
}
