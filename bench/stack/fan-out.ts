import { setTimeout as delay } from 'node:timers/promises';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import { makeDagDocument } from '../dag-samples.js';
import { type Benchmark, type Figure, quantile } from '../report.js';
import { type BenchEngines, withEngines } from './engines.js';
import { benchDocument, commitInGraph, fillGraph, parsed } from './fill-graph.js';
import { publisherOf } from './publisher.js';

const filledNodes = 50_000;
const largeNodes = 20_000;
const smallNodes = 3;
/** Pause between two small submissions. */
const pauseMs = 100;

/**
 * Submissions of three new nodes while one of 20,000 new nodes goes in, with the publisher at work, in a graph of 50,000 nodes, of
 * which one in a hundred is a tag query. Without topics: what is measured is how commits wait for each other.
 */
export const stackFanOutBenchmark: Benchmark = { name: 'stack-fan-out', measure };

async function measure(say: (line: string) => void): Promise<readonly Figure[]> {
  const [alone, beside, large, events]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let run = 0; run < 3; run += 1) {
    await withEngines(say, async (engines) => {
      const { graph } = engines.stores;
      await fillGraph(graph, filledNodes);
      await publishAll(engines);
      const quiet = { done: false };
      const calm = smallSubmissions(say, graph, 1_000_000 * (2 * run + 1), quiet);
      await delay(10_000);
      quiet.done = true;
      alone.push(quantile(await calm, 0.95));
      const busy = { done: false };
      const small = smallSubmissions(say, graph, 1_000_000 * (2 * run + 2), busy);
      const publishing = publishUntil(engines, busy);
      const started = performance.now();
      const document = makeDagDocument({ nodes: largeNodes, seed: 10_000 + run });
      await untilCommitted(say, () => commitInGraph(graph, parsed(benchDocument(`large-${run}`, document))));
      large.push((performance.now() - started) / 1_000);
      busy.done = true;
      beside.push(quantile(await small, 0.95));
      events.push(await publishing);
      const [calmMs, besideMs, seconds] = [alone, beside, large].map((figures) =>
        Math.round(figures.at(-1) ?? 0),
      );
      say(
        `  run ${run + 1}: small commits p95 ${calmMs} ms alone, ${besideMs} ms beside; the large one ${seconds} s`,
      );
    });
  }
  return [
    { what: 'commit of 3 nodes, nothing else: p95', unit: 'ms', values: alone },
    { what: 'commit of 3 nodes beside 20,000 new nodes: p95', unit: 'ms', values: beside, aim: '≤ 600' },
    { what: 'submission of 20,000 new nodes in the graph', unit: 's', values: large, aim: '≤ 120' },
    { what: 'events published meanwhile', unit: '', values: events },
  ];
}

/** Commits small submissions, each of its own nodes, until it is done; returns how long each commit took, milliseconds. */
async function smallSubmissions(
  say: (line: string) => void,
  graph: GraphStore,
  firstSeed: number,
  until: { readonly done: boolean },
): Promise<readonly number[]> {
  const took: number[] = [];
  const timed: GraphStore = {
    ...graph,
    commit: async (submissionId, at) => {
      const started = performance.now();
      const outcome = await graph.commit(submissionId, at);
      took.push(performance.now() - started);
      return outcome;
    },
  };
  for (let index = 0; !until.done; index += 1) {
    const seed = firstSeed + index;
    const document = makeDagDocument({ nodes: smallNodes, seed });
    await untilCommitted(say, () => commitInGraph(timed, parsed(benchDocument(`small-${seed}`, document))));
    await delay(pauseMs);
  }
  return took;
}

/** As the workflow does when an attempt failed. Every repetition is reported: the aim is none. */
async function untilCommitted(say: (line: string) => void, commit: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await commit();
    } catch (error) {
      say(`  repeated: ${String(error)}`);
    }
  }
}

async function publishAll(engines: BenchEngines): Promise<void> {
  const { publishEvents } = publisherOf(engines.stores);
  while ((await publishEvents()).more);
}

async function publishUntil(engines: BenchEngines, until: { readonly done: boolean }): Promise<number> {
  const { publishEvents } = publisherOf(engines.stores);
  let published = 0;
  for (let more = true; more || !until.done; ) {
    const round = await publishEvents();
    published += round.published;
    more = round.more;
    await delay(20);
  }
  return published;
}
