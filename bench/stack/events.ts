import { busTopics } from '../../domain/events/control-events.js';
import { makeDagDocument } from '../dag-samples.js';
import type { Benchmark, Figure } from '../report.js';
import { type BenchEngines, withEngines } from './engines.js';
import { benchDocument, commitInGraph, parsed } from './fill-graph.js';
import { publisherOf } from './publisher.js';

const submissions = 10;
const nodes = 500;
/** The first one runs with cold caches and is not counted. */
const rounds = 4;

/** The path of control events: read from the outbox, published, marked as sent, and received by one subscriber. */
export const stackEventsBenchmark: Benchmark = { name: 'stack-events', measure };

async function measure(say: (line: string) => void): Promise<readonly Figure[]> {
  return withEngines(say, async (engines) => {
    const arrivals = new Arrivals();
    const topics = [...new Set(Object.values(busTopics))];
    const subscription = await engines.stores.bus.subscribe(topics, async () => arrivals.add());
    const values: number[] = [];
    for (let round = 0; round < rounds; round += 1)
      values.push(await eventsPerSecond(engines, round, arrivals));
    await subscription.close();
    const what = 'control events, outbox to subscriber';
    return [{ what, unit: 'events/s', values: values.slice(1), aim: '≥ 500' }];
  });
}

async function eventsPerSecond(
  { stores: { graph, bus } }: BenchEngines,
  round: number,
  arrivals: Arrivals,
): Promise<number> {
  for (let index = 0; index < submissions; index += 1) {
    const seed = 1 + round * submissions + index;
    await commitInGraph(graph, parsed(benchDocument(`events-${seed}`, makeDagDocument({ nodes, seed }))));
  }
  const { publishEvents } = publisherOf({ graph, bus });
  const started = performance.now();
  const before = arrivals.count;
  const { published } = await publishEvents();
  await arrivals.reached(before + published);
  return (published * 1_000) / (performance.now() - started);
}

/** Counts received events, and resolves when a given number was received. */
class Arrivals {
  count = 0;
  #target = Number.POSITIVE_INFINITY;
  #arrived = () => {};

  add(): void {
    this.count += 1;
    if (this.count >= this.#target) this.#arrived();
  }

  reached(count: number): Promise<void> {
    this.#target = count;
    return new Promise((resolve) => {
      this.#arrived = resolve;
      if (this.count >= count) resolve();
    });
  }
}
