import type { Client } from '@temporalio/client';
import { startTemporal } from '../devstack/temporal/server.js';
import { type SubmissionOutcome, submit } from '../sdk/submission/submit.js';
import { connectClient } from '../temporal/connection.js';
import { startControlPlane } from '../workers/control-plane.js';
import { memoryStores } from '../workers/stores/stores.js';
import { processMetrics } from '../workers/telemetry/metrics.js';
import { connectWorker, installTemporalRuntime } from '../workers/worker.js';
import { searchAttributeTypes } from '../workflows/contract.js';
import { makeDagDocument, type SampleNode } from './dag-samples.js';
import { type Benchmark, type Figure, quantile } from './report.js';

const sizes = [
  { nodes: 10, submissions: 100, aim: 'median ≤ 60' },
  { nodes: 1_000, submissions: 20, aim: '' },
] as const;
const rounds = 3;
const warmUps = 15;

/**
 * Submissions one after the other through the SDK, from `submit()` to the receipt: checked here, update-with-start,
 * registered, topics created and verified, committed, published. Embedded profile: stores and worker in this process.
 *
 * All new: every node is new. All reuse: another strategy with the nodes of the first.
 */
export const submissionBenchmark: Benchmark = { name: 'submission', measure };

async function measure(say: (line: string) => void): Promise<readonly Figure[]> {
  // The dev server where it is available, else the Java test server, as the demo would start.
  const temporal = await startTemporal({
    need: 'workflows',
    ui: false,
    env: process.env,
    searchAttributes: searchAttributeTypes,
    report: ({ kind, text }) => {
      if (kind !== 'progress') say(text);
    },
  });
  try {
    return await withControlPlane(temporal.address, temporal.namespace, measureAll);
  } finally {
    await temporal.stop();
  }
}

async function withControlPlane<T>(
  address: string,
  namespace: string,
  act: (client: Client) => Promise<T>,
): Promise<T> {
  installTemporalRuntime({ level: 'error', log: (_level, message) => console.error(message) });
  const connection = await connectWorker({ address, namespace }, () => {});
  const stores = memoryStores(Date.now);
  const plane = await startControlPlane({
    connection,
    namespace,
    ...stores,
    namespacePolicy: 'world-domain',
    telemetry: { log: () => {}, metrics: processMetrics('bench', 'bench', Date.now) },
    now: Date.now,
  });
  const client = await connectClient({ address, namespace });
  try {
    return await act(client);
  } finally {
    await client.connection.close();
    await plane.drain();
    await connection.close();
    await stores.close();
  }
}

async function measureAll(client: Client): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const { nodes, submissions, aim } of sizes) {
    const submitter = new Submitter(client, nodes);
    await submitter.warmUp(warmUps);
    const [fresh, reused]: [Round[], Round[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      fresh.push(await roundOf(submissions, () => submitter.submitNew()));
      reused.push(await roundOf(submissions, () => submitter.submitKnown()));
    }
    figures.push(...figuresOf(`${nodes} nodes, all new`, fresh));
    figures.push(...figuresOf(`${nodes} nodes, all reuse`, reused, aim));
  }
  return figures;
}

/** Durations in milliseconds of the submissions of one round. */
interface Round {
  readonly accepted: readonly number[];
  readonly receipt: readonly number[];
}

async function roundOf(submissions: number, act: () => Promise<Timing>): Promise<Round> {
  const timings: Timing[] = [];
  for (let i = 0; i < submissions; i += 1) timings.push(await act());
  return {
    accepted: timings.map((timing) => timing.accepted),
    receipt: timings.map((timing) => timing.receipt),
  };
}

/** One value per round: the spread is the one between rounds. */
function figuresOf(what: string, measured: readonly Round[], aim = ''): readonly Figure[] {
  const over = (fraction: number, of: (round: Round) => readonly number[]) =>
    measured.map((round) => quantile(of(round), fraction));
  return [
    { what: `${what}: accepted, p50`, unit: 'ms', values: over(0.5, (round) => round.accepted) },
    { what: `${what}: receipt, p50`, unit: 'ms', values: over(0.5, (round) => round.receipt), aim },
    { what: `${what}: receipt, p95`, unit: 'ms', values: over(0.95, (round) => round.receipt) },
  ];
}

interface Timing {
  readonly accepted: number;
  readonly receipt: number;
}

/** Sends submissions of one size and measures them. */
class Submitter {
  readonly #client: Client;
  readonly #nodes: number;
  /** The nodes of every `submitKnown`. */
  readonly #known: readonly SampleNode[];
  #count = 0;

  constructor(client: Client, nodes: number) {
    this.#client = client;
    this.#nodes = nodes;
    this.#known = makeDagDocument({ nodes, seed: nodes }).nodes;
  }

  async warmUp(times: number): Promise<void> {
    await this.#submit(this.#known, 'new');
    for (let i = 0; i < times; i += 1) {
      await this.submitNew();
      await this.submitKnown();
    }
  }

  submitNew(): Promise<Timing> {
    const seed = this.#nodes + 1 + this.#count;
    return this.#submit(makeDagDocument({ nodes: this.#nodes, seed }).nodes, 'new');
  }

  submitKnown(): Promise<Timing> {
    return this.#submit(this.#known, 'reuse');
  }

  async #submit(nodes: readonly SampleNode[], expected: 'new' | 'reuse'): Promise<Timing> {
    this.#count += 1;
    const document = documentOf(`bench-${this.#nodes}-${this.#count}`, nodes);
    const started = performance.now();
    const handle = await submit(this.#client, document);
    await handle.accepted();
    const accepted = performance.now() - started;
    const outcome = await handle.receipt();
    const receipt = performance.now() - started;
    expectAll(outcome, expected, nodes.length);
    return { accepted, receipt };
  }
}

function documentOf(strategyId: string, nodes: readonly SampleNode[]) {
  return {
    strategy_id: strategyId,
    world_id: 'bench',
    execution_domain: 'backtest',
    as_of: '2020-01-01',
    dag: { nodes },
  };
}

function expectAll({ receipt, joined }: SubmissionOutcome, diff: 'new' | 'reuse', nodes: number): void {
  const { counts } = receipt;
  if (joined || counts[diff] !== nodes) throw new TypeError(`not all ${diff}: ${JSON.stringify(counts)}`);
}
