import type { NodeId } from '../../domain/base/ids.js';
import { hashComputeKey } from '../../domain/context/compute-key.js';
import type { ExecutionContext } from '../../domain/context/execution-context.js';
import { type Columns, openView } from '../nodes/cache-view.js';
import type { ComputeNode } from '../nodes/node.js';
import { hashSchema } from '../nodes/schema-id.js';
import { BarRows } from './bar-rows.js';
import { type CachedStream, NodeCache } from './node-cache.js';
import { outputWriter } from './output-writer.js';
import type { Computation, RunNode } from './run-node.js';
import type { RunStream } from './run-streams.js';

/** Opens caches and views for the streams of a run, in the same order. `position`: the strategy's output of that name. */
export function planRun(
  streams: readonly RunStream[],
  context: ExecutionContext,
  position: NodeId | undefined,
): readonly RunNode[] {
  const cache = new NodeCache();
  const lookBack = lookBacks(streams);
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
      computeKey: hashComputeKey({ ...context, nodeId }),
      schemaHash: hashSchema(node.output),
      computation: computationOf(definition, cache, nodeId === position),
      stream: cache.open(nodeId, interval, node.output, lookBack.get(nodeId) ?? 1),
      outputs: new BarRows(fields),
      arriving: undefined,
      recorded: undefined,
      unwritten: [],
      computed: 0,
      reused: 0,
    };
  });
}

function computationOf(stream: RunStream, cache: NodeCache, isPosition: boolean): Computation | undefined {
  if (stream.kind !== 'compute') return undefined;
  const { node, inputs } = stream;
  const opened = inputs.map(({ name, upstreams, isList }) => ({
    name,
    isList,
    streams: upstreams.flatMap((upstream) => cache.get(upstream, node.interval.seconds) ?? []),
  }));
  const columns = opened.map(({ name, isList, streams }) => [name, viewOf(streams, isList, node)] as const);
  return {
    node,
    inputs: opened.flatMap(({ streams }) => streams),
    view: openView(node.params, Object.fromEntries(columns)),
    write: outputWriter(node),
    row: new Float64Array(Object.keys(node.output).length),
    weightAt: isPosition ? Object.keys(node.output).indexOf('weight') : -1,
  };
}

/** The view of compute on one input. */
function viewOf(
  streams: readonly CachedStream[],
  isList: boolean,
  { period }: ComputeNode,
): Columns | readonly Columns[] {
  const columns = streams.map((stream) => stream.columns(period.bars));
  const [only] = columns;
  return isList || only === undefined ? Object.freeze(columns) : only;
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
