import { expect, test } from 'vitest';
import { busTopics } from '../../domain/control-events.js';
import { isNodeId } from '../../domain/ids.js';
import type { ControlBus, SequencedEvent, Subscription } from '../../domain/ports/control-bus.js';

const nodeId = `blake3:${'a'.repeat(64)}`;

export function statusEvent(seq: bigint): SequencedEvent {
  if (!isNodeId(nodeId)) throw new Error(nodeId);
  return {
    id: `row/${seq}`,
    seq,
    at: 1_700_000_000_000,
    traceparent: '00-ab-cd-01',
    event: { type: 'node_status_changed', nodeId, status: 'active' },
  };
}

/** Resolves with the first `count` events a subscription delivers. */
async function received(
  bus: ControlBus,
  count: number,
  onEvent: (event: SequencedEvent) => void = () => {},
): Promise<SequencedEvent[]> {
  const events: SequencedEvent[] = [];
  let subscribed: Promise<Subscription> | undefined;
  await new Promise<void>((resolve, reject) => {
    subscribed = bus.subscribe([busTopics.node_status_changed], async (event) => {
      onEvent(event);
      events.push(event);
      if (events.length === count) resolve();
    });
    subscribed.catch(reject);
  });
  await (await subscribed)?.close();
  return events;
}

/** What every control bus must do; run on each adapter. `open` gives one with empty topics. */
export function controlBusContract(open: () => Promise<ControlBus>): void {
  test('an event comes back whole: seq, id, time, trace and content', async () => {
    const bus = await open();
    await bus.publish([statusEvent(1n)]);
    expect(await received(bus, 1)).toEqual([statusEvent(1n)]);
    await bus.close();
  });

  test('events of one key arrive in the order they were published, those before the subscription too', async () => {
    const bus = await open();
    await bus.publish([1n, 2n, 3n].map(statusEvent));
    const late = received(bus, 5);
    await bus.publish([4n, 5n].map(statusEvent));
    expect((await late).map(({ seq }) => seq)).toEqual([1n, 2n, 3n, 4n, 5n]);
    await bus.close();
  });

  test('an event whose handler throws is delivered again before the next one', async () => {
    const bus = await open();
    await bus.publish([1n, 2n].map(statusEvent));
    let failures = 2;
    const events = await received(bus, 2, () => {
      failures -= 1;
      if (failures >= 0) throw new Error('not yet');
    });
    expect(events.map(({ seq }) => seq)).toEqual([1n, 2n]);
    await bus.close();
  });

  test('every subscriber gets every event', async () => {
    const bus = await open();
    const both = [received(bus, 2), received(bus, 2)];
    await bus.publish([1n, 2n].map(statusEvent));
    for (const events of await Promise.all(both)) expect(events).toHaveLength(2);
    await bus.close();
  });

  test('a closed subscription gets nothing more', async () => {
    const bus = await open();
    const seen: bigint[] = [];
    const subscription = await bus.subscribe(
      [busTopics.node_status_changed],
      async ({ seq }) => void seen.push(seq),
    );
    await subscription.close();
    await bus.publish([statusEvent(1n)]);
    await received(bus, 1);
    expect(seen).toEqual([]);
    await bus.close();
  });
}
