import { describe, expect, test } from 'vitest';
import type { SubmissionId } from '../../domain/base/ids.js';
import { limits } from '../../domain/base/limits.js';
import type { QueueUpdated } from '../../domain/events/control-events.js';
import type { SequencedEvent } from '../../domain/ports/control-bus.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { announcedEvents, sendEverything } from '../announced-events.js';
import { type SampleOptions, sampleSubmission } from '../samples.js';
import { sampleTime, submitWhole, topicIn } from '../submit-whole.js';

const at = sampleTime;

const setsOf = (events: readonly SequencedEvent[]): readonly QueueUpdated[] =>
  events.flatMap(({ event }) => (event.type === 'queue_updated' ? [event] : []));

async function submitted(store: GraphStore, options: SampleOptions): Promise<Submission> {
  const submission = sampleSubmission(options);
  await submitWhole(store, submission);
  return submission;
}

async function announcementOf(store: GraphStore, id: SubmissionId) {
  const found = (await store.announcements([id])).get(id);
  // What is shown agrees with what a submission waits for.
  expect(await store.announcement(id)).toEqual(found ?? { waiting: false, parked: 0 });
  return found;
}

/** The contract of the outbox of every graph store, run on each adapter. */
export function outboxContract(open: () => Promise<GraphStore>): void {
  describe('announcements', () => {
    test('a changed set of queues is announced completely, with a growing version', async () => {
      const store = await open();
      const receipt = await submitWhole(store, sampleSubmission({ nodes: 2 }));
      const { events } = await announcedEvents(store);
      expect(setsOf(events)).toEqual([
        {
          type: 'queue_updated',
          tags: ['btc', 'indicator'],
          interval: 60,
          matchMode: 'all',
          version: 1,
          truncated: false,
          queues: receipt.nodes
            .map((node) => ({ queue: topicIn(node), global: false }))
            .sort((a, b) => (a.queue < b.queue ? -1 : 1)),
        },
      ]);
    });

    test('a commit writes rows for its own queues only, however many queries match', async () => {
      const store = await open();
      for (const [index, mode] of (['any', 'all'] as const).entries()) {
        const tagQuery = { tags: ['btc'], matchMode: mode, interval: 60 };
        await submitted(store, { nodes: 1, first: 50 + index, strategy: mode, tagQuery });
      }
      await sendEverything(store);
      await submitted(store, { nodes: 3, strategy: 'speaker' });
      // One event per node, and one row of activations for their common tags.
      expect((await store.totals()).outboxDepth).toBe(4);
      const found = setsOf((await announcedEvents(store)).events);
      expect(found.map(({ tags, matchMode }) => `${tags.join(',')} ${matchMode}`).sort()).toEqual([
        'btc all',
        'btc any',
        'btc,indicator all',
      ]);
      // Sets of one counter: the etags of their announcements differ.
      const etags = found.map(({ tags, version }) => `${tags.join('.')} ${version}`);
      expect(new Set(etags).size).toBe(found.length);
    });

    test('commits that change one set before it is announced are announced together', async () => {
      const store = await open();
      for (const [index, strategy] of ['a', 'b', 'c'].entries())
        await submitted(store, { nodes: 1, first: 10 * index, strategy });
      const sets = setsOf((await announcedEvents(store)).events);
      expect(sets.map(({ version, queues }) => [version, queues.length])).toEqual([[1, 3]]);
    });

    test('a set that was announced a moment ago waits, and its later changes are one announcement', async () => {
      const store = await open();
      await submitted(store, { nodes: 1, strategy: 'a' });
      await sendEverything(store);
      await submitted(store, { nodes: 1, first: 10, strategy: 'b' });
      const fence = await store.takeOutbox(at);
      const take = () => store.takeActivations(fence, limits.activationsBatchMax, at + 100);
      await take();
      const soon = at + limits.setAnnouncementPauseMs;
      expect(await store.announceSets(fence, limits.setsBatchMax, at + 100)).toEqual({
        announced: 0,
        dueAt: soon,
      });
      await submitted(store, { nodes: 1, first: 20, strategy: 'c' });
      await take();
      expect(await store.announceSets(fence, limits.setsBatchMax, soon)).toEqual({ announced: 1 });
      const events = await store.unsentEvents(fence, 100, limits.outboxBatchBytesMax, at);
      expect(setsOf(events).map(({ version, queues }) => [version, queues.length])).toEqual([[2, 3]]);
    });

    test('a clock that was an hour ahead delays an announcement by no more than the pause', async () => {
      const store = await open();
      await submitted(store, { nodes: 1, strategy: 'a' });
      await sendEverything(store, at + 3_600_000);
      await submitted(store, { nodes: 1, first: 10, strategy: 'b' });
      const fence = await store.takeOutbox(at);
      await store.takeActivations(fence, limits.activationsBatchMax, at);
      const { dueAt = 0 } = await store.announceSets(fence, limits.setsBatchMax, at);
      expect(dueAt).toBeLessThanOrEqual(at + limits.setAnnouncementPauseMs);
      expect(await store.announceSets(fence, limits.setsBatchMax, dueAt)).toEqual({ announced: 1 });
    });

    test('sets are announced in batches of the size asked for', async () => {
      const store = await open();
      for (const [index, interval] of [60, 120, 180].entries()) {
        const tagQuery = { tags: ['btc'], matchMode: 'any', interval } as const;
        await submitted(store, { nodes: 1, first: index, strategy: `listener-${index}`, tagQuery });
      }
      await sendEverything(store);
      for (let index = 0; index < 3; index += 1)
        await submitted(store, { nodes: 1, first: 100 + index, strategy: `s-${index}` });
      const fence = await store.takeOutbox(at);
      expect(await store.takeActivations(fence, 2, at + 1_000)).toBe(2);
      expect(await store.takeActivations(fence, 2, at + 1_000)).toBe(1);
      expect(await store.takeActivations(fence, 2, at + 1_000)).toBe(0);
      expect(await store.announceSets(fence, 1, at + 2_000)).toMatchObject({ announced: 1 });
      expect(await store.announceSets(fence, 1, at + 2_000)).toEqual({ announced: 1 });
      expect(await store.announceSets(fence, 1, at + 2_000)).toEqual({ announced: 0 });
    });
  });

  describe('the outbox', () => {
    test('events have gap-free seqs per stream and keep them until they are sent', async () => {
      const store = await open();
      await submitted(store, { nodes: 2, strategy: 'first' });
      await announcedEvents(store);
      await submitted(store, { nodes: 4, strategy: 'second' });
      const { fence, events } = await announcedEvents(store, at + 1_000);
      expect(await store.unsentEvents(fence, 100, limits.outboxBatchBytesMax, at)).toEqual(events);
      const queueSeqs = events.filter(({ event }) => event.type === 'queue_updated').map(({ seq }) => seq);
      expect(queueSeqs).toEqual([1n, 2n]);
      const ids = events.map(({ id }) => id);
      await store.removeSent(fence, ids);
      await store.removeSent(fence, ids);
      expect(await store.unsentEvents(fence, 100, limits.outboxBatchBytesMax, at)).toEqual([]);
    });

    test('seqs continue after earlier events were sent', async () => {
      const store = await open();
      await submitted(store, { nodes: 1, strategy: 'first' });
      await sendEverything(store);
      await submitted(store, { nodes: 2, strategy: 'second' });
      const { events } = await announcedEvents(store, at + 1_000);
      const update = events.find(({ event }) => event.type === 'queue_updated');
      expect(update).toMatchObject({ seq: 2n, event: { version: 2 } });
    });

    test('a batch is bounded in events and in bytes, and has one event at least', async () => {
      const store = await open();
      await submitted(store, { nodes: 4 });
      const { fence, events } = await announcedEvents(store);
      const take = (eventsMax: number, bytesMax: number) =>
        store.unsentEvents(fence, eventsMax, bytesMax, at);
      expect(await take(3, limits.outboxBatchBytesMax)).toEqual(events.slice(0, 3));
      expect(await take(3, 1)).toEqual(events.slice(0, 1));
      // A store counts the bytes that it keeps of an event: fewer than its JSON has characters, or as many.
      const json = events.slice(0, 3).reduce((sum, { event }) => sum + JSON.stringify(event).length, 0);
      const lengths: number[] = [];
      for (let bytesMax = 1; bytesMax <= json + 8; bytesMax += 8)
        lengths.push((await take(3, bytesMax)).length);
      expect([...new Set(lengths)]).toEqual([1, 2, 3]);
    });

    test('an earlier publisher can neither announce nor remove anything once another one took over', async () => {
      const store = await open();
      await submitted(store, { nodes: 1 });
      const old = await store.takeOutbox(at);
      const { events } = await announcedEvents(store);
      const fenced = { code: 'E_PRODUCER_FENCED' };
      const [first] = events;
      const refused = [{ id: first?.id ?? '', reason: 'too large' }];
      await expect(store.takeActivations(old, 1, at)).rejects.toMatchObject(fenced);
      await expect(store.announceSets(old, 1, at)).rejects.toMatchObject(fenced);
      await expect(store.unsentEvents(old, 1, 1, at)).rejects.toMatchObject(fenced);
      await expect(store.removeSent(old, [first?.id ?? ''])).rejects.toMatchObject(fenced);
      await expect(store.parkEvents(old, refused, at)).rejects.toMatchObject(fenced);
      expect((await announcedEvents(store)).events).toEqual(events);
    });
  });

  describe('how far a submission is announced', () => {
    test('a submission waits for its own events, not for those of later commits', async () => {
      const store = await open();
      const { submissionId } = await submitted(store, { nodes: 2, strategy: 'first' });
      const waiting = { waiting: true, parked: 0 };
      expect(await announcementOf(store, submissionId)).toEqual(waiting);
      const fence = await store.takeOutbox(at);
      await store.takeActivations(fence, limits.activationsBatchMax, at);
      expect(await announcementOf(store, submissionId)).toEqual(waiting);
      await store.announceSets(fence, limits.setsBatchMax, at);
      expect(await announcementOf(store, submissionId)).toEqual(waiting);
      const events = await store.unsentEvents(fence, 100, limits.outboxBatchBytesMax, at);
      expect(events.every(({ submissionIds }) => submissionIds.includes(submissionId))).toBe(true);
      const later = await submitted(store, { nodes: 4, strategy: 'later' });
      await store.removeSent(
        fence,
        events.map(({ id }) => id),
      );
      expect(await announcementOf(store, submissionId)).toEqual({ waiting: false, parked: 0 });
      expect(await announcementOf(store, later.submissionId)).toEqual(waiting);
    });

    test('a submission whose set another one marked before waits for it too', async () => {
      const store = await open();
      await submitted(store, { nodes: 1, strategy: 'first' });
      const fence = await store.takeOutbox(at);
      await store.takeActivations(fence, limits.activationsBatchMax, at);
      const second = await submitted(store, { nodes: 1, first: 10, strategy: 'second' });
      await store.takeActivations(fence, limits.activationsBatchMax, at);
      const status = await store.unsentEvents(fence, 100, limits.outboxBatchBytesMax, at);
      await store.removeSent(
        fence,
        status.map(({ id }) => id),
      );
      expect(await announcementOf(store, second.submissionId)).toEqual({ waiting: true, parked: 0 });
      await sendEverything(store);
      expect(await announcementOf(store, second.submissionId)).toEqual({ waiting: false, parked: 0 });
    });

    test('a submission without events is announced', async () => {
      const store = await open();
      await submitted(store, { nodes: 1, strategy: 'first' });
      await sendEverything(store);
      const second = await submitted(store, { nodes: 1, strategy: 'second' });
      expect(await announcementOf(store, second.submissionId)).toEqual({ waiting: false, parked: 0 });
    });
  });

  describe('events that the bus refuses', () => {
    test('a parked event holds up no other, and is counted for its submission alone', async () => {
      const store = await open();
      const [mine, other] = [
        await submitted(store, { nodes: 1, strategy: 'first' }),
        await submitted(store, { nodes: 1, first: 10, strategy: 'other', world: 'w2' }),
      ];
      const { fence, events } = await announcedEvents(store);
      const [bad] = events.filter(
        ({ event, submissionIds }) =>
          event.type === 'node_status_changed' && submissionIds.includes(mine.submissionId),
      );
      if (bad === undefined) throw new Error('no event');
      await store.parkEvents(fence, [{ id: bad.id, reason: 'too large' }], at + 5);
      const rest = await store.unsentEvents(fence, 100, limits.outboxBatchBytesMax, at);
      expect(rest).toEqual(events.filter(({ id }) => id !== bad.id));
      await store.removeSent(
        fence,
        rest.map(({ id }) => id),
      );
      expect(await announcementOf(store, mine.submissionId)).toEqual({ waiting: false, parked: 1 });
      expect(await announcementOf(store, other.submissionId)).toEqual({ waiting: false, parked: 0 });
      expect(await store.totals()).toMatchObject({ outboxDepth: 0, outboxParked: 1 });
      const { submissionIds, seq, event, traceparent } = bad;
      expect(await store.parkedEvents({ itemsMax: 10 })).toEqual({
        items: [
          { id: bad.id, seq, event, at, traceparent, submissionIds, reason: 'too large', parkedAt: at + 5 },
        ],
      });
    });

    test('a parked set is counted for the submissions that changed it', async () => {
      const store = await open();
      const first = await submitted(store, { nodes: 1, strategy: 'first' });
      const { fence, events } = await announcedEvents(store);
      const set = events.find(({ event }) => event.type === 'queue_updated');
      await store.parkEvents(fence, [{ id: set?.id ?? '', reason: 'too large' }], at);
      await sendEverything(store);
      expect(await announcementOf(store, first.submissionId)).toEqual({ waiting: false, parked: 1 });
    });

    test('a parked event is sent again with its place, or dropped', async () => {
      const store = await open();
      await submitted(store, { nodes: 2 });
      const { fence, events } = await announcedEvents(store);
      const refused = events.map(({ id }) => ({ id, reason: 'too large' }));
      await store.parkEvents(fence, refused, at);
      const [first, second] = [...events].sort((a, b) => (a.id < b.id ? -1 : 1));
      if (first === undefined || second === undefined) throw new Error('no events');
      expect(await store.redrive([first.id, 'unknown'], 'retry')).toEqual([first.id]);
      expect(await store.redrive([second.id], 'drop')).toEqual([second.id]);
      expect(await store.redrive([first.id, second.id], 'drop')).toEqual([]);
      expect(await store.unsentEvents(fence, 100, limits.outboxBatchBytesMax, at)).toEqual([first]);
      expect((await store.parkedEvents({ itemsMax: 10 })).items).toHaveLength(1);
    });

    test('parked events are read page by page', async () => {
      const store = await open();
      await submitted(store, { nodes: 4 });
      const { fence, events } = await announcedEvents(store);
      await store.parkEvents(
        fence,
        events.map(({ id }) => ({ id, reason: 'too large' })),
        at,
      );
      const one = await store.parkedEvents({ itemsMax: 3 });
      const two = await store.parkedEvents({ itemsMax: 3, cursor: one.nextCursor ?? '' });
      expect(two.nextCursor).toBeUndefined();
      expect([...one.items, ...two.items].map(({ id }) => id)).toEqual(events.map(({ id }) => id).sort());
    });
  });
}
