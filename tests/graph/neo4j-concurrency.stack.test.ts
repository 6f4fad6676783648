import { describe, expect, test } from 'vitest';
import { storeArtifacts } from '../../activities/store-artifacts.js';
import { QmtlError } from '../../domain/base/errors.js';
import type { NodeId, TopicName } from '../../domain/base/ids.js';
import { busTopics, eventKey } from '../../domain/events/control-events.js';
import type { SequencedEvent } from '../../domain/ports/control-bus.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import type { Receipt } from '../../domain/submissions/submission.js';
import { sampleSubmission } from '../samples.js';
import { graphViolations } from '../stack/graph-checker.js';
import { registrationOf, sampleTime, submitWhole, verifyAll } from '../submit-whole.js';
import { emptyGraph, openStore, untilOneWaits, withSession, withTransaction } from './neo4j-fixture.js';

const at = sampleTime;

/** Two processes on one graph: each has its own connections and its own cache. */
async function openTwo(): Promise<readonly [GraphStore, GraphStore]> {
  await emptyGraph();
  return [await openStore(), await openStore()];
}

function topicOf(receipt: Receipt, index = 0): TopicName {
  const node = receipt.nodes[index];
  if (node === undefined) throw new Error('no such node');
  return node.topic;
}

/** Temporal repeats a call that lost to other writers until its time was used up; how long that takes is not the invariant. */
async function untilNotContended<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof QmtlError && error.code === 'E_CONTENDED')) throw error;
    }
  }
}

/** Records which events were seen at which place of which stream. */
function note(places: Map<string, Set<string>>, { id, seq, event }: SequencedEvent): void {
  const place = `${busTopics[event.type]} ${eventKey(event)} ${String(seq).padStart(3, '0')}`;
  places.set(place, (places.get(place) ?? new Set()).add(id));
}

describe('two processes on one graph', () => {
  test('I-5: overlapping submissions from two processes leave one node per id and one queue per node', async () => {
    const stores = await openTwo();
    const submissions = Array.from({ length: 20 }, (_, index) =>
      sampleSubmission({ nodes: 5 + index, strategy: `s-${index}` }),
    );
    const receipts = await Promise.all(
      submissions.map((submission, index) =>
        untilNotContended(() => submitWhole(stores[index % 2 === 0 ? 0 : 1], submission)),
      ),
    );
    const topicByNode = new Map<NodeId, string>();
    for (const entry of receipts.flatMap((receipt) => receipt.nodes)) {
      expect(topicByNode.get(entry.nodeId) ?? entry.topic).toBe(entry.topic);
      topicByNode.set(entry.nodeId, entry.topic);
    }
    expect(topicByNode.size).toBe(24);
    expect(receipts.reduce((sum, receipt) => sum + receipt.counts.new, 0)).toBe(24);
    expect(await withSession(graphViolations)).toEqual([]);
  });

  test('I-3: the same submission from two processes at once has one receipt', async () => {
    const [one, other] = await openTwo();
    const submission = sampleSubmission({ nodes: 6 });
    const receipts = await Promise.all([submitWhole(one, submission), submitWhole(other, submission)]);
    expect(receipts[0]).toEqual(receipts[1]);
    expect(await withSession(graphViolations)).toEqual([]);
  });

  test('a queue drained by one process is not reused by another, whatever it cached', async () => {
    const [one, other] = await openTwo();
    const receipt = await submitWhole(one, sampleSubmission({ nodes: 2, strategy: 'first' }));
    await submitWhole(other, sampleSubmission({ nodes: 2, strategy: 'warms-the-cache' }));
    expect(await one.drainQueue(topicOf(receipt), at)).toBe(true);
    const late = sampleSubmission({ nodes: 2, strategy: 'late' });
    expect(await other.register(registrationOf(late))).toEqual({
      kind: 'draining',
      topics: [topicOf(receipt)],
    });
    const { queues } = await other.known(
      receipt.nodes.map(({ nodeId }) => nodeId),
      registrationOf(late).namespace.key,
    );
    expect([...queues.values()].map(({ state }) => state).sort()).toEqual(['active', 'draining']);
  });

  test('a registration that ends after a drain never classes the drained queue as reuse', async () => {
    const [one, other] = await openTwo();
    const first = await submitWhole(one, sampleSubmission({ nodes: 3, strategy: 'first' }));
    await submitWhole(other, sampleSubmission({ nodes: 3, strategy: 'warms-the-cache' }));
    let drained = false;
    const outcomes: { readonly kind: string; readonly beganAfterDrain: boolean }[] = [];
    const registrations = Array.from({ length: 40 }, async (_, index) => {
      const submission = sampleSubmission({ nodes: 3, strategy: `racer-${index}` });
      const beganAfterDrain = drained;
      const { kind } = await (index % 2 === 0 ? one : other).register(registrationOf(submission));
      outcomes.push({ kind, beganAfterDrain });
      // These began while the drain was under way, or after it.
      const next = sampleSubmission({ nodes: 3, strategy: `follower-${index}` });
      const followsDrain = drained;
      const second = await other.register(registrationOf(next));
      outcomes.push({ kind: second.kind, beganAfterDrain: followsDrain });
    });
    const drain = async () => {
      drained = await one.drainQueue(topicOf(first), at);
    };
    await Promise.all([...registrations, drain()]);
    const last = await one.register(registrationOf(sampleSubmission({ nodes: 3, strategy: 'last' })));
    expect(last.kind).toBe('draining');
    expect(outcomes.filter(({ beganAfterDrain }) => beganAfterDrain).map(({ kind }) => kind)).not.toContain(
      'registered',
    );
    expect(await withSession(graphViolations)).toEqual([]);
  });

  test('a registration waits for a drain under way, and then sees it', async () => {
    const [one, other] = await openTwo();
    const receipt = await submitWhole(one, sampleSubmission({ nodes: 2, strategy: 'first' }));
    await submitWhole(other, sampleSubmission({ nodes: 2, strategy: 'warms-the-cache' }));
    const registration = await withTransaction(async (tx) => {
      await tx.run('MATCH (e:GraphEpoch) SET e.epoch = e.epoch + 1');
      await tx.run("MATCH (q:Queue {topic: $topic}) SET q.state = 'draining'", { topic: topicOf(receipt) });
      const waiting = other.register(registrationOf(sampleSubmission({ nodes: 2, strategy: 'late' })));
      await untilOneWaits();
      return { waiting };
    });
    expect(await registration.waiting).toEqual({ kind: 'draining', topics: [topicOf(receipt)] });
  });

  test('a drain waits for a registration under way', async () => {
    const [one] = await openTwo();
    const receipt = await submitWhole(one, sampleSubmission({ nodes: 1 }));
    let ended = false;
    const drain = await withTransaction(async (tx) => {
      await tx.run('MATCH (e:GraphEpoch {shard: 63}) SET e.locked_at = 0');
      const waiting = one.drainQueue(topicOf(receipt), at).then((done) => [done, ended]);
      await untilOneWaits();
      ended = true;
      return { waiting };
    });
    expect(await drain.waiting).toEqual([true, true]);
  });

  test('a schema change in one process is seen by the other', async () => {
    const [one, other] = await openTwo();
    await submitWhole(one, sampleSubmission({ nodes: 1, strategy: 'a', schemaHash: 'x' }));
    await submitWhole(other, sampleSubmission({ nodes: 1, strategy: 'b', schemaHash: 'x' }));
    await submitWhole(one, sampleSubmission({ nodes: 1, strategy: 'c', schemaHash: 'y' }));
    const again = await submitWhole(other, sampleSubmission({ nodes: 1, strategy: 'd', schemaHash: 'y' }));
    expect(again.counts).toEqual({ reuse: 1, buffering: 0, new: 0 });
  });
});

describe('the outbox with two drains at once', () => {
  test('two drains see the same places, and every stream has all of its numbers', async () => {
    const [one, other] = await openTwo();
    const submissions = Array.from({ length: 12 }, (_, index) =>
      sampleSubmission({ nodes: 2, first: 100 * index, strategy: `s-${index}` }),
    );
    const places = new Map<string, Set<string>>();
    let committing = true;
    const drainOnce = async (store: GraphStore): Promise<boolean> => {
      const last = !committing;
      const events = await store.sequenceOutbox(3);
      for (const event of events) note(places, event);
      await store.markSent(
        events.map(({ id }) => id),
        at,
      );
      return last && events.length === 0;
    };
    const drain = async (store: GraphStore) => {
      while (!(await drainOnce(store)));
    };
    const drains = [drain(one), drain(other)];
    for (const submission of submissions) {
      await one.register(registrationOf(submission));
      await verifyAll(one, submission.submissionId);
    }
    await Promise.all(submissions.map(({ submissionId }) => other.commit(submissionId, at)));
    committing = false;
    await Promise.all(drains);
    // One event per place, and the places of each stream are 1, 2, 3, …
    expect([...places.values()].filter((ids) => ids.size !== 1)).toEqual([]);
    const updates = [...places.keys()].filter((place) => place.startsWith('queue '));
    expect(updates.sort()).toEqual(
      submissions.map((_, index) => `queue btc,indicator ${String(index + 1).padStart(3, '0')}`),
    );
    expect((await one.totals()).outboxDepth).toBe(0);
  });

  test('events that were read but not sent are read again with the same numbers', async () => {
    const [one, other] = await openTwo();
    await submitWhole(one, sampleSubmission({ nodes: 3 }));
    const before = await one.sequenceOutbox(100);
    await submitWhole(one, sampleSubmission({ nodes: 5, strategy: 'later' }));
    const after = await other.sequenceOutbox(100);
    expect(after.filter(({ id }) => before.some((event) => event.id === id))).toEqual(before);
  });

  test('however few events a drain takes, each stream is read in order', async () => {
    const [one] = await openTwo();
    // Clocks of two workers: the later commit has the earlier time.
    for (const [nodes, time] of [
      [1, at + 60_000],
      [2, at],
      [3, at + 30_000],
    ] as const) {
      const submission = sampleSubmission({ nodes, strategy: `s-${nodes}` });
      await one.register(registrationOf(submission));
      await verifyAll(one, submission.submissionId);
      await one.commit(submission.submissionId, time);
    }
    const seqs: bigint[] = [];
    for (let events = await one.sequenceOutbox(1); events.length > 0; events = await one.sequenceOutbox(1)) {
      seqs.push(...events.filter(({ event }) => event.type === 'queue_updated').map(({ seq }) => seq));
      await one.markSent(
        events.map(({ id }) => id),
        at,
      );
    }
    expect(seqs).toEqual([1n, 2n, 3n]);
  });

  test('a node that another submission creates while its code is stored is marked as its user', async () => {
    const [one, other] = await openTwo();
    const module = '// of both';
    const bare = { ...sampleSubmission({ nodes: 2, module }), artifacts: { code: [], schemas: [] } };
    const whole = sampleSubmission({ nodes: 2, module, strategy: 'whole' });
    await storeArtifacts({ graph: other }, whole, at);
    // As if it was created just before the code was stored, and so was not marked.
    await one.register(registrationOf(bare));
    await withSession((session) => session.run('MATCH (:Artifact)-[used:USED_BY]->() DELETE used'));
    await other.register(registrationOf(whole));
    expect(await withSession(graphViolations)).toEqual([]);
  });
});
