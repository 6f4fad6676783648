import { bars, type CompiledStrategy, days, node, type SourceData, source, strategy } from '../sdk/index.js';
import type { ComputeNode, SourceNode } from '../sdk/nodes/node.js';

type Stream = SourceNode<{ readonly value: 'float64' }> | ComputeNode<{ readonly value: 'float64' }>;

/** The number of light nodes. */
export const lightNodes = 40;

/** Light nodes: two reads, one multiplication, one subtraction, one output field. */
export function lightStrategy(barCount: number): CompiledStrategy {
  const price = source('price', {
    type: 'PriceOhlcv',
    interval: days(1),
    output: { value: 'float64' },
    data: waves(barCount),
  });
  const nodes: Stream[] = [price];
  for (let scale = 1; scale <= lightNodes; scale += 1) {
    // A chain with a shortcut, so that outputs have several readers.
    const [near, far] = [nodes[scale - 1] ?? price, nodes[(scale - 1) >> 1] ?? price];
    nodes.push(lightNode(scale, near, far));
  }
  return strategy('bench', { outputs: { last: nodes.at(-1) ?? price } }).compile();
}

function lightNode(scale: number, near: Stream, far: Stream) {
  return node(`light-${scale}`, {
    inputs: { near, far },
    period: bars(2),
    params: { scale: 1 / scale },
    compute: (view) => view.near.value.at(-1) * view.params.scale - view.far.value.at(-2),
  });
}

/** The value of each bar of the source. */
export const wave = (day: number): number => 100 + Math.sin(day / 20);

function waves(barCount: number): SourceData {
  const history = Array.from({ length: barCount }, (_, day) => ({
    time: day * 86_400,
    values: Float64Array.of(wave(day)),
  }));
  return { description: 'waves', read: async () => history };
}
