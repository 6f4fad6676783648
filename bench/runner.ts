import { branded, isTopicName, isWorldId } from '../domain/base/ids.js';
import { resolveContext } from '../domain/context/execution-context.js';
import { checkedStrategy } from '../sdk/compile/define-strategy.js';
import { runBacktest } from '../sdk/runner/backtest.js';
import { EvaluationThread } from '../sdk/runner/evaluation-thread.js';
import { eventTimes, loadSources } from '../sdk/runner/run-inputs.js';
import { evaluationPlan, planRun } from '../sdk/runner/run-plan.js';
import type { RunReport } from '../sdk/runner/run-report.js';
import { planStreams } from '../sdk/runner/run-streams.js';
import { memoryStores, type Stores } from '../workers/stores/stores.js';
import { lightStrategy } from './light-nodes.js';
import { type Benchmark, type Figure, timed } from './report.js';

const barCount = 5_000;
const samples = { warmUps: 2, runs: 9 };
const aim = 'median ≥ 300,000';

/**
 * 40 light nodes over 5,000 bars in one process. A run is everything `qmtl run` does after the strategy is compiled: reading the
 * source, evaluating, report and digest.
 */
export const runnerBenchmark: Benchmark = { name: 'runner', measure };

const compiled = checkedStrategy(lightStrategy(barCount));
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
  const times = eventTimes(nodes);
  const thread = await EvaluationThread.open(evaluationPlan(nodes), undefined);
  const streams = await thread.evaluate(times);
  await thread.close();
  return streams.reduce((sum, { computed }) => sum + computed, 0);
}

function expectComputed(report: RunReport, expected: number): void {
  const computed = report.nodes.reduce((sum, one) => sum + one.computed, 0);
  if (computed !== expected) throw new TypeError(`${computed} evaluations, not ${expected}`);
}
