import { blake3Hex } from '../../domain/base/blake3.js';
import type { NodeId, TopicName } from '../../domain/base/ids.js';
import type { CheckedStrategy } from '../compile/compile-strategy.js';
import { computePerformance, type Performance } from './performance.js';
import type { RunNode } from './run-node.js';

/** The results of one run. Except `written` and the split into `computed` and `reused`, they depend on the inputs only. */
export interface RunReport {
  readonly strategyId: string;
  /** Number of buckets with an arriving bar. */
  readonly bars: number;
  readonly nodes: readonly NodeReport[];
  /** Number of records this run wrote, by topic. */
  readonly written: ReadonlyMap<TopicName, number>;
  /** BLAKE3 over all outputs of all nodes: equal exactly when every output is bit-equal. */
  readonly digest: string;
  /** Set when the strategy has an output `position` and a traded source. */
  readonly performance?: Performance;
}

export interface NodeReport {
  readonly nodeId: NodeId;
  readonly name: string;
  readonly topic: TopicName;
  readonly outputs: number;
  readonly computed: number;
  /** Outputs taken from the topic, written by another run under the same ComputeKey. */
  readonly reused: number;
}

export function runReport(
  strategy: CheckedStrategy,
  nodes: readonly RunNode[],
  bars: number,
  written: ReadonlyMap<TopicName, number>,
): RunReport {
  const performance = strategyPerformance(strategy, nodes);
  return {
    strategyId: strategy.strategy.id,
    bars,
    nodes: nodes.map(({ nodeId, name, topic, outputs, computed, reused }) => ({
      nodeId,
      name,
      topic,
      outputs: outputs.rows,
      computed,
      reused,
    })),
    written: new Map(written),
    digest: blake3Hex(nodes.map((run) => `${run.nodeId}:${run.digest.hex()}`).join('\n')),
    ...(performance === undefined ? {} : { performance }),
  };
}

/** Marks the positions of output `position` to the close of the traded source. */
function strategyPerformance(strategy: CheckedStrategy, nodes: readonly RunNode[]): Performance | undefined {
  const position = columnOf(strategy, nodes, strategy.outputs.position, 'weight');
  const price = columnOf(strategy, nodes, strategy.traded, 'close');
  return position === undefined || price === undefined ? undefined : computePerformance(price, position);
}

function columnOf(
  strategy: CheckedStrategy,
  nodes: readonly RunNode[],
  nodeId: NodeId | undefined,
  field: string,
) {
  const run = nodes.find((candidate) => candidate.nodeId === nodeId);
  const output = strategy.nodes.find((compiled) => compiled.nodeId === nodeId)?.node.output;
  const index = output === undefined ? -1 : Object.keys(output).indexOf(field);
  return run === undefined || index === -1
    ? undefined
    : { times: run.outputs.times(), values: run.outputs.column(index) };
}
