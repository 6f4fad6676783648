import { expect, onTestFinished, test } from 'vitest';
import { MemoryBroker } from '../../bus/memory/broker.js';
import { memoryControlBus } from '../../bus/memory/control-bus.js';
import { type OrderedOptions, subscribeInOrder } from '../../bus/ordered-subscription.js';
import { toStreamKey } from '../../domain/events/control-events.js';
import type { SequencedEvent } from '../../domain/ports/control-bus.js';

function event(stream: string, seq: bigint): SequencedEvent {
  const content = { interval: 60, matchMode: 'all', queues: [], truncated: false, version: 1 } as const;
  return {
    id: `${stream}/${seq}`,
    seq,
    at: 0,
    traceparent: '',
    event: { type: 'queue_updated', tags: [stream], ...content },
  };
}

/** Publishes and waits until `end` was applied; what a subscriber saw until then. */
async function seen(events: readonly SequencedEvent[], options: OrderedOptions, end: string) {
  const bus = memoryControlBus(new MemoryBroker(), Date.now);
  onTestFinished(() => bus.close());
  await bus.publish(events);
  const log: string[] = [];
  let onEnd = () => {};
  const ended = new Promise<void>((resolve) => {
    onEnd = resolve;
  });
  const note = (text: string) => {
    log.push(text);
    if (text === end) onEnd();
  };
  const handler = {
    apply: async ({ id }: SequencedEvent) => note(id),
    reread: async (stream: string) => note(`reread ${stream}`),
    onLimit: (limit: string, stream: string) => note(`${limit} ${stream}`),
  };
  const subscription = await subscribeInOrder(bus, ['queue'], handler, options);
  await ended;
  await subscription.close();
  return log;
}

const a = toStreamKey(event('a', 1n).event);
const b = toStreamKey(event('b', 1n).event);

test('what waits of all streams together is bounded; a stream whose event was dropped is read again', async () => {
  const events = [event('a', 1n), event('a', 3n), event('b', 2n), event('a', 2n), event('b', 2n)];
  const options = { waitingMax: 1, gapLastsMs: 40 };
  expect(await seen(events, options, `reread ${b}`)).toEqual([
    'a/1',
    `waiting ${b}`,
    'a/2',
    'a/3',
    `reread ${b}`,
  ]);
});

test('an event that arrives again does not hide a gap whose events were dropped', async () => {
  const events = [event('a', 1n), event('a', 3n), event('a', 1n)];
  const options = { aheadMax: 0, gapLastsMs: 40 };
  expect(await seen(events, options, `reread ${a}`)).toEqual(['a/1', `waiting ${a}`, `reread ${a}`]);
});

test('the stream that was silent for longest is forgotten, which is said, and read again at its next event', async () => {
  const events = [event('a', 1n), event('b', 1n), event('a', 2n), event('c', 1n), event('b', 2n)];
  const options = { streamsMax: 2, gapLastsMs: 40 };
  const log = await seen(events, options, `reread ${b}`);
  expect(log.slice(0, 5)).toEqual(['a/1', 'b/1', 'a/2', `streams ${b}`, 'c/1']);
  expect(log).not.toContain('b/2');
});

test('each of many streams is applied in its own order', async () => {
  const names = Array.from({ length: 500 }, (_, n) => `s${n}`);
  const events = [2n, 1n, 3n].flatMap((seq) => names.map((name) => event(name, seq)));
  const log = await seen([...events, event('end', 1n)], {}, 'end/1');
  for (const name of names) {
    expect(log.filter((id) => id.startsWith(`${name}/`))).toEqual([1, 2, 3].map((seq) => `${name}/${seq}`));
  }
});
