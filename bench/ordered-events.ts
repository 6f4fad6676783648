import { MemoryBroker } from '../bus/memory/broker.js';
import { memoryControlBus } from '../bus/memory/control-bus.js';
import { subscribeInOrder } from '../bus/ordered-subscription.js';
import type { SequencedEvent } from '../domain/ports/control-bus.js';
import type { Benchmark, Figure } from './report.js';

const streamCounts = [1_000, 6_400, 50_000];
const eventsPerRun = 50_000;
const runs = 3;
const batch = 10_000;

/** Events an ordered subscriber applies per second, through the bus of the dev profile. */
export const orderedEventsBenchmark: Benchmark = {
  name: 'ordered-events',
  measure: async (say) => {
    const figures: Figure[] = [];
    for (const streams of streamCounts) {
      const values: number[] = [];
      for (let run = 0; run < runs; run += 1) values.push(await eventsPerSecond(streams));
      say(`  ${streams} streams: ${values.join(', ')} events/s`);
      figures.push({
        what: `ordered subscriber, ${streams} streams`,
        unit: 'events/s',
        values,
        ...(streams === 50_000 ? { aim: '>= 20,000' } : {}),
      });
    }
    return figures;
  },
};

async function eventsPerSecond(streams: number): Promise<number> {
  const bus = memoryControlBus(new MemoryBroker(), Date.now);
  const events = Array.from({ length: eventsPerRun }, (_, index) => event(index, streams));
  for (let at = 0; at < events.length; at += batch) await bus.publish(events.slice(at, at + batch));
  let applied = 0;
  let onLast = () => {};
  const last = new Promise<void>((resolve) => {
    onLast = resolve;
  });
  const started = performance.now();
  const subscription = await subscribeInOrder(bus, ['queue'], {
    apply: async () => {
      applied += 1;
      if (applied === eventsPerRun) onLast();
    },
    reread: () => Promise.reject(new TypeError('no event is missing')),
  });
  await last;
  const seconds = (performance.now() - started) / 1_000;
  await subscription.close();
  await bus.close();
  return Math.round(eventsPerRun / seconds);
}

/** The streams in turn, each in order. */
function event(index: number, streams: number): SequencedEvent {
  return {
    id: `row/${index}`,
    seq: BigInt(Math.floor(index / streams) + 1),
    at: 0,
    traceparent: '',
    event: {
      type: 'queue_updated',
      tags: [`tag-${index % streams}`],
      interval: 60,
      matchMode: 'all',
      queues: [],
      truncated: false,
      version: 1,
    },
  };
}
