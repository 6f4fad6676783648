import { describe, expect, test } from 'vitest';
import { subscribeInOrder } from '../../bus/ordered-subscription.js';
import { isNodeId } from '../../domain/base/ids.js';
import { busTopics, eventKey } from '../../domain/events/control-events.js';
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

/** The contract of every control bus, run on each adapter. `open` returns one with empty topics. */
export function controlBusContract(open: () => Promise<ControlBus>): void {
  test('an event is delivered complete: seq, id, time, trace and content', async () => {
    const bus = await open();
    await bus.publish([statusEvent(1n)]);
    expect(await received(bus, 1)).toEqual([statusEvent(1n)]);
    await bus.close();
  });

  test('events of one key arrive in the order of publishing, including those before the subscription', async () => {
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

  test('a closed subscription receives no further events', async () => {
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

  describe('a subscriber in order', () => {
    test('an ordered subscriber applies each event of a stream once and in order, whatever arrives twice or early', async () => {
      const bus = await open();
      await bus.publish([1n, 3n, 4n, 1n, 2n, 3n, 5n].map(statusEvent));
      expect(await applied(bus, 5)).toEqual([1n, 2n, 3n, 4n, 5n]);
      await bus.close();
    });

    test('an ordered subscriber gets an event it could not apply again, and none twice', async () => {
      const bus = await open();
      await bus.publish([2n, 3n, 1n].map(statusEvent));
      let failures = 2;
      const seqs = await applied(bus, 3, {
        onApply: (seq) => {
          if (seq === 2n && failures-- > 0) throw new Error('not yet');
        },
      });
      expect(seqs).toEqual([1n, 2n, 3n]);
      await bus.close();
    });

    test('an ordered subscriber reads the state again when an event stays away, and continues after what it knows then', async () => {
      const bus = await open();
      await bus.publish([1n, 3n, 4n].map(statusEvent));
      const streams: string[] = [];
      const outcome = await applied(bus, 2, {
        reread: async (stream) => {
          // Fails once: it is called again.
          if (streams.push(stream) === 1) throw new Error('the API is away');
          await bus.publish([5n].map(statusEvent));
        },
      });
      expect(outcome).toEqual([1n, 5n]);
      const stream = `${busTopics.node_status_changed}|${eventKey(statusEvent(1n).event)}`;
      expect(streams).toEqual([stream, stream]);
      await bus.close();
    });
  });
}

/** Subscribes in order until `count` events were applied. */
async function applied(
  bus: ControlBus,
  count: number,
  { onApply, reread }: { onApply?: (seq: bigint) => void; reread?: (stream: string) => Promise<void> } = {},
): Promise<readonly bigint[]> {
  const seqs: bigint[] = [];
  let tell: () => void = () => {};
  const complete = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const handler = {
    apply: async ({ seq }: SequencedEvent) => {
      onApply?.(seq);
      if (seqs.push(seq) === count) tell();
    },
    reread: reread ?? (() => Promise.reject(new Error('nothing is missing'))),
  };
  const options = reread === undefined ? {} : { gapLastsMs: 40 };
  const subscription = await subscribeInOrder(bus, [busTopics.node_status_changed], handler, options);
  await complete;
  await subscription.close();
  return seqs;
}
