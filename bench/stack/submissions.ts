import { setTimeout } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { submit } from '../../sdk/submission/submit.js';
import { connectClient } from '../../temporal/connection.js';
import { type NodeProcess, startWorkerProcess } from '../../tests/stack/processes.js';
import { makeDagDocument } from '../dag-samples.js';
import { type Benchmark, type Figure, quantile } from '../report.js';
import { type Bare, openBare } from './bare.js';
import { type BenchEngines, withEngines } from './engines.js';
import { benchDocument } from './fill-graph.js';
import { openLoop } from './open-loop.js';

const nodes = 10;
const rounds = 3;
const perRound = 100;
/** A graph server needs some hundred transactions to compile its hot code. */
const warmUps = 200;

/** The set-up of a benchmark of submissions: workers in processes of their own, a client in this one. */
export interface SubmissionRig {
  readonly engines: BenchEngines;
  readonly client: Client;
  readonly workers: readonly NodeProcess[];
  readonly bare: Bare;
  /** Submits another strategy with known nodes and waits for its receipt; returns milliseconds. */
  readonly submitKnown: () => Promise<number>;
  /** Submits another strategy with nine known nodes and one new node. */
  readonly submitGrowing: () => Promise<number>;
}

export async function withSubmissionRig<T>(
  say: (line: string) => void,
  workerCount: number,
  act: (rig: SubmissionRig) => Promise<T>,
): Promise<T> {
  return withEngines(say, async (engines) => {
    const workers = await Promise.all(
      Array.from({ length: workerCount }, () => startWorkerProcess(engines.env)),
    );
    const client = await connectClient({ address: engines.temporalAddress, namespace: 'default' });
    const bare = await openBare(engines.temporalAddress);
    try {
      const submitter = new Submitter(client);
      await submitter.submit('known');
      return await act({
        engines,
        client,
        workers,
        bare,
        submitKnown: () => submitter.submit('known'),
        submitGrowing: () => submitter.submit('growing'),
      });
    } finally {
      await bare.close();
      await client.connection.close();
      await Promise.all(workers.map((worker) => worker.stop()));
    }
  });
}

class Submitter {
  readonly #client: Client;
  #count = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  async submit(kind: 'known' | 'growing'): Promise<number> {
    this.#count += 1;
    const name = `bench-${this.#count}`;
    const dag = makeDagDocument({ nodes, ...(kind === 'known' ? {} : { cone: { from: nodes - 1, name } }) });
    const started = performance.now();
    const handle = await submit(this.#client, benchDocument(name, dag));
    await handle.receipt();
    return performance.now() - started;
  }
}

/** Submissions of ten known nodes one after the other, and bare workflows of the same steps, in alternating rounds. */
export const stackSubmissionBenchmark: Benchmark = { name: 'stack-submission', measure };

async function measure(say: (line: string) => void): Promise<readonly Figure[]> {
  return withSubmissionRig(say, 1, async ({ submitKnown, bare }) => {
    for (let i = 0; i < warmUps; i += 1) await Promise.all([submitKnown(), bare.run()]);
    const [ours, theirs]: [number[][], number[][]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      theirs.push(await oneByOne(() => bare.run()));
      ours.push(await oneByOne(submitKnown));
    }
    const over = (fraction: number, of: readonly number[][]) => of.map((round) => quantile(round, fraction));
    const ratios = over(0.5, ours).map((median, round) => median / (over(0.5, theirs)[round] ?? Number.NaN));
    return [
      { what: 'submission of 10 known nodes, p50', unit: 'ms', values: over(0.5, ours), aim: '≤ 60' },
      { what: 'submission of 10 known nodes, p95', unit: 'ms', values: over(0.95, ours), aim: '≤ 120' },
      { what: 'bare workflow of the same steps, p50', unit: 'ms', values: over(0.5, theirs) },
      { what: 'bare workflow of the same steps, p95', unit: 'ms', values: over(0.95, theirs) },
      { what: 'submission vs. bare, p50', unit: 'ratio', values: ratios, aim: '≤ 1.5' },
    ];
  });
}

async function oneByOne(run: () => Promise<number>): Promise<number[]> {
  const milliseconds: number[] = [];
  for (let i = 0; i < perRound; i += 1) milliseconds.push(await run());
  return milliseconds;
}

const rates = [20, 25, 30, 35, 40, 50, 60, 70, 80] as const;
/** After a rate that was too high the server still has a backlog. */
const settleMs = 5_000;
const secondsPerRate = 8;

/** Submissions per second that one and two workers sustain: the highest rate with a p95 below one second. */
export const stackSustainedBenchmark: Benchmark = { name: 'stack-sustained', measure: measureSustained };

async function measureSustained(say: (line: string) => void): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const workers of [1, 2]) {
    const [ours, theirs]: [number[], number[]] = [[], []];
    await withSubmissionRig(say, workers, async ({ submitKnown, bare }) => {
      for (let i = 0; i < warmUps; i += 1) await Promise.all([submitKnown(), bare.run()]);
      for (let round = 0; round < rounds; round += 1) {
        theirs.push(await highestRate(say, 'bare', () => bare.run()));
        ours.push(await highestRate(say, 'submission', submitKnown));
      }
    });
    const unit = 'a second';
    figures.push(
      { what: `submissions sustained, workers: ${workers}`, unit, values: ours },
      { what: 'bare workflows sustained, in the same run', unit, values: theirs },
      {
        what: `ratio, workers: ${workers}`,
        unit: 'ratio',
        values: ours.map((rate, round) => rate / (theirs[round] ?? Number.NaN)),
        aim: '≥ 0.7',
      },
    );
  }
  return figures;
}

/** Completed submissions per second at the highest rate that was still answered in time. */
async function highestRate(
  say: (line: string) => void,
  what: string,
  run: () => Promise<number>,
): Promise<number> {
  let sustained = 0;
  await setTimeout(settleMs);
  for (const perSecond of rates) {
    const calls = perSecond * secondsPerRate;
    const { milliseconds, failures, tookMs } = await openLoop({ perSecond, calls }, run);
    const p95 = quantile(milliseconds, 0.95);
    say(`  ${what}: ${perSecond}/s, p95 ${Math.round(p95)} ms, ${failures.length} failed`);
    if (p95 > 1_000 || failures.length > 0) break;
    sustained = (milliseconds.length * 1_000) / tookMs;
  }
  return sustained;
}
