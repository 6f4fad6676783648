import { describe, expect, test } from 'vitest';
import { limits } from '../../domain/base/limits.js';
import { toStreamKey } from '../../domain/events/control-events.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import type { UnsentEvent } from '../../domain/ports/outbox.js';
import { announcedEvents, sendEverything } from '../announced-events.js';
import { sampleSubmission } from '../samples.js';
import { registrationOf, sampleTime, submitWhole, verifyAll } from '../submit-whole.js';
import { emptyGraph, openStore, withSession } from './neo4j-fixture.js';

const at = sampleTime;

/** Two processes on one graph: each has its own connections and its own cache. */
async function openTwo(): Promise<readonly [GraphStore, GraphStore]> {
  await emptyGraph();
  return [await openStore(), await openStore()];
}

describe('the outbox beside commits', () => {
  test('every stream has all of its numbers, and the last announcement of a set lists all queues', async () => {
    const [one, other] = await openTwo();
    const submissions = Array.from({ length: 12 }, (_, index) =>
      sampleSubmission({ nodes: 2, first: 100 * index, strategy: `s-${index}` }),
    );
    for (const submission of submissions) {
      await one.register(registrationOf(submission));
      await verifyAll(one, submission.submissionId);
    }
    let committing = true;
    const sent: UnsentEvent[] = [];
    const publish = async () => {
      for (let now = at; ; now += limits.setAnnouncementPauseMs) {
        const last = !committing;
        sent.push(...(await sendEverything(one, now)));
        if (last) return;
      }
    };
    const publishing = publish();
    await Promise.all(submissions.map(({ submissionId }) => other.commit(submissionId, at)));
    committing = false;
    await publishing;
    const next = new Map<string, bigint>();
    for (const { event, seq } of sent) {
      const stream = toStreamKey(event);
      expect(seq).toBe((next.get(stream) ?? 0n) + 1n);
      next.set(stream, seq);
    }
    const updates = sent.flatMap(({ event }) => (event.type === 'queue_updated' ? [event] : []));
    expect(updates.at(-1)).toMatchObject({ version: updates.length, queues: { length: 24 } });
    expect(await one.totals()).toMatchObject({ outboxDepth: 0, outboxParked: 0 });
  });

  test('two publishers never send one event after the other took over', async () => {
    const [one, other] = await openTwo();
    await submitWhole(one, sampleSubmission({ nodes: 3 }));
    const { fence, events } = await announcedEvents(one);
    const later = await announcedEvents(other);
    expect(later.events).toEqual(events);
    await expect(one.removeSent(fence, [events[0]?.id ?? ''])).rejects.toMatchObject({
      code: 'E_PRODUCER_FENCED',
    });
    expect((await other.totals()).outboxDepth).toBe(events.length);
  });

  test('however few events are taken at once, each stream is read in order', async () => {
    const [one] = await openTwo();
    // Clocks of two workers: the later commit has the earlier time.
    for (const [schemaHash, time] of [
      ['x', at + 60_000],
      ['y', at],
      ['z', at + 30_000],
    ] as const) {
      const submission = sampleSubmission({ nodes: 1, strategy: `s-${schemaHash}`, schemaHash });
      await one.register(registrationOf(submission));
      await verifyAll(one, submission.submissionId);
      await one.commit(submission.submissionId, time);
    }
    const fence = await one.takeOutbox(at);
    const take = () => one.unsentEvents(fence, 1, limits.outboxBatchBytesMax, at);
    const seqs: bigint[] = [];
    for (let events = await take(); events.length > 0; events = await take()) {
      seqs.push(...events.map(({ seq }) => seq));
      await one.removeSent(
        fence,
        events.map(({ id }) => id),
      );
    }
    expect(seqs).toEqual([1n, 2n, 3n]);
  });

  test('a row that cannot be read is parked and holds up no other', async () => {
    const [one] = await openTwo();
    const { submissionId } = await submitWhole(one, sampleSubmission({ nodes: 2 }));
    await withSession((session) =>
      session.run("MATCH (o:Outbox {id: $id}) SET o.event = 'broken'", { id: `${submissionId}/0` }),
    );
    const events = await sendEverything(one);
    expect(events).toHaveLength(2);
    const { items } = await one.parkedEvents({ itemsMax: 10 });
    expect(items).toMatchObject([
      {
        id: `${submissionId}/0`,
        reason: expect.stringMatching(/^the row cannot be read: .* is text, as earlier /),
      },
    ]);
    expect(items[0]?.event).toBeUndefined();
  });

  test('activations that many tag queries match are compared in several passes', async () => {
    const [one] = await openTwo();
    await submitWhole(one, sampleSubmission({ nodes: 1, strategy: 'first' }));
    await sendEverything(one);
    const count = 2 * limits.activationQueriesMax + 3;
    await withSession((session) =>
      session.run(
        `MATCH (t:Tag {name: 'btc'})
         UNWIND range(1, $count) AS number
         CREATE (c:ComputeNode {node_id: 'query-' + number, interval: 60,
           params_canon: '{"interval":60,"match_mode":"any","query_tags":["btc","t-' + number + '"]}'})
         CREATE (c)-[:QUERIES {interval: 60}]->(t)`,
        { count: BigInt(count) },
      ),
    );
    const { submissionId } = await submitWhole(one, sampleSubmission({ nodes: 2, strategy: 'second' }));
    const fence = await one.takeOutbox(at);
    for (let pass = 0; pass < 3; pass += 1) {
      expect((await one.announcements([submissionId])).get(submissionId)?.waiting).toBe(true);
      expect(await one.takeActivations(fence, limits.activationsBatchMax, at)).toBe(1);
    }
    expect(await one.takeActivations(fence, limits.activationsBatchMax, at)).toBe(0);
    const events = await sendEverything(one, at + 1_000);
    expect(events.filter(({ event }) => event.type === 'queue_updated')).toHaveLength(count + 1);
  });
});
