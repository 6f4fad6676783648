import { branded, isTopicName, isWorldId } from '../domain/base/ids.js';
import { resolveContext } from '../domain/context/execution-context.js';
import { checkedStrategy } from '../sdk/compile/define-strategy.js';
import { bars, days, node, type SourceData, source, strategy } from '../sdk/index.js';
import type { ComputeNode, SourceNode } from '../sdk/nodes/node.js';
import { runBacktest } from '../sdk/runner/backtest.js';
import { EvaluationThread } from '../sdk/runner/evaluation-thread.js';
import { eventTimes, loadSources } from '../sdk/runner/run-inputs.js';
import { evaluationPlan, planRun } from '../sdk/runner/run-plan.js';
import type { RunReport } from '../sdk/runner/run-report.js';
import { planStreams } from '../sdk/runner/run-streams.js';
import { memoryStores, type Stores } from '../workers/stores/stores.js';
import { type Benchmark, type Figure, timed } from './report.js';

const barCount = 5_000;
const nodeCount = 40;
const samples = { warmUps: 2, runs: 9 };
const aim = 'median ≥ 300,000';

/**
 * Light nodes: two reads, one multiplication, one subtraction, one output field; 40 of them over 5,000 bars in one process.
 * A run is everything `qmtl run` does after the strategy is compiled: reading the source, evaluating, report and digest.
 */
export const runnerBenchmark: Benchmark = { name: 'runner', measure };

const compiled = checkedStrategy(strategy('bench', { outputs: { last: lastOfChain() } }).compile());
const context = resolveContext({
  worldId: branded('bench', isWorldId),
  domain: 'backtest',
  asOf: '2020-01-01',
});
const topics = new Map(
  compiled.nodes.map(({ nodeId }, index) => [nodeId, branded(`bench-${index}`, isTopicName)]),
);

async function measure(): Promise<readonly Figure[]> {
  const evaluations = await evaluateOnly();
  const rates = (milliseconds: readonly number[]) => milliseconds.map((ms) => (evaluations * 1_000) / ms);
  const dry = await timed(samples, async () => void (await evaluateOnly()));
  const written = await timed(samples, async () =>
    expectComputed(await run(await emptyStores()), evaluations),
  );
  const stores = await emptyStores();
  await run(stores);
  const reused = await timed(samples, async () => expectComputed(await run(stores), 0));
  const unit = 'evaluations/s';
  return [
    { what: 'evaluated, nothing written', unit, values: rates(dry), aim },
    { what: 'evaluated and written to the record log', unit, values: rates(written), aim },
    { what: 'all taken from the record log', unit, values: rates(reused) },
  ];
}

type Stream = SourceNode<{ readonly value: 'float64' }> | ComputeNode<{ readonly value: 'float64' }>;

function lastOfChain(): Stream {
  const price = source('price', {
    type: 'PriceOhlcv',
    interval: days(1),
    output: { value: 'float64' },
    data: waves(),
  });
  const nodes: Stream[] = [price];
  for (let scale = 1; scale <= nodeCount; scale += 1) {
    // A chain with a shortcut, so that outputs have several readers.
    const [near, far] = [nodes[scale - 1] ?? price, nodes[(scale - 1) >> 1] ?? price];
    nodes.push(lightNode(scale, near, far));
  }
  return nodes.at(-1) ?? price;
}

function lightNode(scale: number, near: Stream, far: Stream) {
  return node(`light-${scale}`, {
    inputs: { near, far },
    period: bars(2),
    params: { scale: 1 / scale },
    compute: (view) => view.near.value.at(-1) * view.params.scale - view.far.value.at(-2),
  });
}

function waves(): SourceData {
  const history = Array.from({ length: barCount }, (_, day) => ({
    time: day * 86_400,
    values: Float64Array.of(100 + Math.sin(day / 20)),
  }));
  return { description: 'waves', read: async () => history };
}

async function emptyStores(): Promise<Stores> {
  const stores = memoryStores(Date.now);
  const specs = [...topics.values()].map((topic) => ({
    topic,
    partitions: 1,
    replicationFactor: 1,
    retentionMs: 86_400_000,
    cleanupPolicy: 'delete' as const,
  }));
  await stores.topics.create(specs, { workflowId: '', reason: 'benchmark' });
  return stores;
}

function run({ log }: Stores): Promise<RunReport> {
  return runBacktest({ strategy: compiled, context, topics, log });
}

/** A run without a record log; returns the number of evaluations. */
async function evaluateOnly(): Promise<number> {
  const nodes = planRun(planStreams(compiled, topics, new Map()), context, compiled.outputs.position);
  await loadSources(nodes, { signal: undefined, whenStopped: '' });
  const thread = await EvaluationThread.open(evaluationPlan(nodes), undefined);
  const streams = await thread.evaluate(eventTimes(nodes));
  await thread.close();
  return streams.reduce((sum, { computed }) => sum + computed, 0);
}

function expectComputed(report: RunReport, expected: number): void {
  const computed = report.nodes.reduce((sum, one) => sum + one.computed, 0);
  if (computed !== expected) throw new TypeError(`${computed} evaluations, not ${expected}`);
}
