import { describe, expect, test } from 'vitest';
import type { NodeId } from '../../domain/base/ids.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import { topicsOf } from '../../domain/submissions/queue-map.js';
import { announcedEvents } from '../announced-events.js';
import { sampleSubmission } from '../samples.js';
import { registrationOf, sampleTime, submitWhole, topicIn, verifyAll } from '../submit-whole.js';
import { graphArtifactsContract } from './graph-artifacts.contract.js';

const at = sampleTime;

/** The contract of every graph store, run on each adapter. */
export function graphStoreContract(open: () => Promise<GraphStore>): void {
  describe('registration', () => {
    test('a first registration classes every node as new and reserves one queue per node', async () => {
      const store = await open();
      const submission = sampleSubmission({ nodes: 5 });
      const outcome = await store.register(registrationOf(submission));
      expect(outcome).toEqual({
        kind: 'registered',
        counts: { reuse: 0, buffering: 0, new: 5 },
        unverified: 5,
      });
      const topics = (await store.unverifiedTopics(submission.submissionId, 10)).map((spec) => spec.topic);
      expect(new Set(topics).size).toBe(5);
    });

    test('registering the same submission again gives the same answer and reserves nothing more', async () => {
      const store = await open();
      const submission = sampleSubmission({ nodes: 3 });
      const first = await store.register(registrationOf(submission));
      expect(await store.register(registrationOf(submission))).toEqual(first);
      expect(await store.unverifiedTopics(submission.submissionId, 10)).toHaveLength(3);
    });

    test('I-5: a second submission joins the queues the first reserved, before and after they are active', async () => {
      const store = await open();
      const first = sampleSubmission({ nodes: 4, strategy: 'first' });
      const second = sampleSubmission({ nodes: 6, strategy: 'second' });
      await store.register(registrationOf(first));
      const joined = await store.register(registrationOf(second));
      expect(joined).toMatchObject({ kind: 'registered', counts: { reuse: 4, new: 2 }, unverified: 6 });
      await verifyAll(store, second.submissionId);
      await store.commit(second.submissionId, at);
      expect((await store.queues({ itemsMax: 100 })).items).toHaveLength(6);
    });

    test('a submission whose queues are all active is committed with its registration, once', async () => {
      const store = await open();
      await submitWhole(store, sampleSubmission({ nodes: 4, strategy: 'first' }));
      const second = sampleSubmission({ nodes: 4, strategy: 'second' });
      const outcome = await store.register(registrationOf(second));
      expect(outcome).toMatchObject({
        kind: 'committed',
        now: true,
        receipt: { strategyId: 'second', counts: { reuse: 4, buffering: 0, new: 0 }, nodeCount: 4 },
      });
      const receipt = outcome.kind === 'committed' ? outcome.receipt : undefined;
      expect(await store.register(registrationOf(second))).toEqual({ kind: 'committed', receipt });
      expect(await store.commit(second.submissionId, at)).toEqual({ kind: 'committed', receipt });
      expect(await store.totals()).toMatchObject({ nodes: 4, queues: 4, sentinels: 2, sentinelGaps: 0 });
    });

    test('a submission with a pending queue is not committed with its registration', async () => {
      const store = await open();
      await submitWhole(store, sampleSubmission({ nodes: 3, strategy: 'first' }));
      await store.register(registrationOf(sampleSubmission({ nodes: 4, strategy: 'second' })));
      const third = sampleSubmission({ nodes: 4, strategy: 'third' });
      expect(await store.register(registrationOf(third))).toMatchObject({
        kind: 'registered',
        unverified: 1,
      });
      await verifyAll(store, third.submissionId);
      expect(await store.commit(third.submissionId, at)).toMatchObject({ kind: 'committed' });
    });

    test('queues of different namespaces are different', async () => {
      const store = await open();
      const here = await submitWhole(store, sampleSubmission({ nodes: 2, world: 'w1' }));
      const there = await submitWhole(store, sampleSubmission({ nodes: 2, world: 'w2' }));
      expect(there.counts).toEqual({ reuse: 0, buffering: 0, new: 2 });
      const topics = [...here.nodes, ...there.nodes].map((node) => node.topic);
      expect(new Set(topics).size).toBe(4);
      expect((await store.nodes({ itemsMax: 10 })).items).toHaveLength(2);
    });

    test('namespaces with the same prefix never share topics', async () => {
      const store = await open();
      const here = await submitWhole(store, sampleSubmission({ nodes: 2, world: 'w.1' }));
      const there = await submitWhole(store, sampleSubmission({ nodes: 2, world: 'w-1' }));
      const topics = [...here.nodes, ...there.nodes].map((node) => node.topic);
      expect(new Set(topics).size).toBe(4);
    });

    test('a draining queue makes a registration wait and writes nothing', async () => {
      const store = await open();
      const first = await submitWhole(store, sampleSubmission({ nodes: 2, strategy: 'first' }));
      const [node] = first.nodes;
      if (node === undefined) throw new Error('no node');
      await store.retireVersion(first.sentinelId, at);
      expect(await store.drainQueue(topicIn(node), at)).toBe('draining');
      const second = sampleSubmission({ nodes: 2, strategy: 'second' });
      expect(await store.register(registrationOf(second))).toEqual({
        kind: 'draining',
        topics: [node.topic],
      });
      expect(await store.submission(second.submissionId)).toBeUndefined();
    });

    test('a node that only changed its byte-level schema is buffering, and keeps its first', async () => {
      const store = await open();
      const submit = async (strategy: string, schemaHash: string) =>
        (await submitWhole(store, sampleSubmission({ nodes: 1, strategy, schemaHash }))).counts;
      await submit('first', 'a');
      expect(await submit('second', 'b')).toEqual({ reuse: 0, buffering: 1, new: 0 });
      const [record] = (await store.nodes({ itemsMax: 1 })).items;
      expect(record).toMatchObject({
        node: { schemaHash: 'a' },
        queues: [{ schemaHash: 'a', bufferingSince: at, bufferingHash: 'b' }],
      });
      expect(await submit('third', 'b')).toEqual({ reuse: 1, buffering: 0, new: 0 });
      expect(await submit('fourth', 'a')).toEqual({ reuse: 1, buffering: 0, new: 0 });
      expect(await submit('fifth', 'c')).toEqual({ reuse: 0, buffering: 1, new: 0 });
      const [last] = (await store.nodes({ itemsMax: 1 })).items;
      expect(last).toMatchObject({
        node: { schemaHash: 'a' },
        queues: [{ schemaHash: 'a', bufferingHash: 'c' }],
      });
    });
  });

  graphArtifactsContract(open);

  describe('commit', () => {
    test('I-1: nothing is committed while a topic is not verified', async () => {
      const store = await open();
      const submission = sampleSubmission({ nodes: 2 });
      await store.register(registrationOf(submission));
      const [spec] = await store.unverifiedTopics(submission.submissionId, 1);
      if (spec === undefined) throw new Error('no topic');
      await store.markVerified([{ topic: spec.topic, mismatches: [] }], at);
      const outcome = await store.commit(submission.submissionId, at);
      expect(outcome).toMatchObject({ kind: 'unverified' });
      expect((await store.queues({ itemsMax: 10 })).items).toEqual([]);
      expect((await announcedEvents(store)).events).toEqual([]);
    });

    test('I-2: readers see nodes, queues and versions only after the commit', async () => {
      const store = await open();
      const submission = sampleSubmission({ nodes: 2 });
      await store.register(registrationOf(submission));
      await verifyAll(store, submission.submissionId);
      expect((await store.nodes({ itemsMax: 10 })).items).toEqual([]);
      expect(await store.strategy(submission.strategyId)).toBeUndefined();
      await store.commit(submission.submissionId, at);
      expect((await store.nodes({ itemsMax: 10 })).items).toHaveLength(2);
      expect((await store.strategy(submission.strategyId))?.versions).toHaveLength(1);
    });

    test('I-3: committing and registering again give the same receipt and nothing new', async () => {
      const store = await open();
      const submission = sampleSubmission({ nodes: 3 });
      const receipt = await submitWhole(store, submission);
      const totals = await store.totals();
      expect(await store.commit(submission.submissionId, at + 5)).toEqual({ kind: 'committed', receipt });
      expect(await store.register(registrationOf(submission))).toEqual({ kind: 'committed', receipt });
      expect(await store.totals()).toEqual(totals);
    });

    test('a commit that finds its queues activated meanwhile reports once that it has no events', async () => {
      const store = await open();
      const [first, second] = ['first', 'second'].map((strategy) => sampleSubmission({ nodes: 2, strategy }));
      if (first === undefined || second === undefined) throw new Error('no samples');
      await store.register(registrationOf(first));
      await store.register(registrationOf(second));
      await verifyAll(store, first.submissionId);
      expect(await store.commit(first.submissionId, at)).not.toHaveProperty('withoutEvents');
      expect(await store.commit(second.submissionId, at)).toMatchObject({
        kind: 'committed',
        withoutEvents: true,
      });
      expect(await store.commit(second.submissionId, at)).not.toHaveProperty('withoutEvents');
    });

    test('an unknown submission cannot be committed', async () => {
      const store = await open();
      const { submissionId } = sampleSubmission({ nodes: 1 });
      expect(await store.commit(submissionId, at)).toEqual({ kind: 'not-registered' });
    });

    test('the receipt says where the outputs are, also when their queues were reserved under another name', async () => {
      const store = await open();
      const submission = sampleSubmission({ nodes: 3, outputs: { signal: 2, again: 2, price: 0 } });
      await store.register(registrationOf(submission));
      const [first] = await store.unverifiedTopics(submission.submissionId, 1);
      if (first === undefined) throw new Error('no topic');
      const renamed = await store.renameReservation(first.topic, 2);
      const receipt = await submitWhole(store, submission);
      const topics = topicsOf(receipt.nodes);
      expect([...topics.values()]).toContain(renamed);
      expect(receipt.outputs).toEqual(
        submission.dag.outputs.map((output) => ({ ...output, topic: topics.get(output.nodeId) })),
      );
      expect(receipt.outputs.map(({ name }) => name)).toEqual(['again', 'price', 'signal']);
      expect((await store.submission(submission.submissionId))?.receipt).toEqual(receipt);
    });

    test('outputs make another submission of the same nodes, and its receipt has them at once', async () => {
      const store = await open();
      const without = await submitWhole(store, sampleSubmission({ nodes: 2 }));
      expect(without.outputs).toEqual([]);
      const submission = sampleSubmission({ nodes: 2, outputs: { signal: 1 } });
      const outcome = await store.register(registrationOf(submission));
      expect(outcome).toMatchObject({
        kind: 'committed',
        receipt: { outputs: [{ name: 'signal', topic: expect.any(String) }] },
      });
      expect(submission.submissionId).not.toBe(without.submissionId);
    });

    test('settings that differ on the broker are in the receipt and in the queue', async () => {
      const store = await open();
      const submission = sampleSubmission({ nodes: 1 });
      await store.register(registrationOf(submission));
      const [spec] = await store.unverifiedTopics(submission.submissionId, 1);
      if (spec === undefined) throw new Error('no topic');
      const mismatch = { topic: spec.topic, setting: 'partitions', wanted: '1', actual: '6' };
      await store.markVerified([{ topic: spec.topic, mismatches: [mismatch] }], at);
      expect(await store.commit(submission.submissionId, at)).toMatchObject({
        receipt: { mismatches: [mismatch] },
      });
      expect((await store.queues({ itemsMax: 1 })).items).toMatchObject([{ mismatches: [mismatch] }]);
    });

    test('concurrent submissions of overlapping DAGs leave one node per id and one queue per node', async () => {
      const store = await open();
      const submissions = Array.from({ length: 20 }, (_, index) =>
        sampleSubmission({ nodes: 3 + index, strategy: `s-${index}` }),
      );
      const receipts = await Promise.all(submissions.map((submission) => submitWhole(store, submission)));
      expect((await store.nodes({ itemsMax: 500 })).items).toHaveLength(22);
      const topicByNode = new Map<NodeId, string>();
      for (const entry of receipts.flatMap((receipt) => receipt.nodes)) {
        expect(topicByNode.get(entry.nodeId) ?? entry.topic).toBe(entry.topic);
        topicByNode.set(entry.nodeId, topicIn(entry));
      }
      expect(receipts.reduce((sum, receipt) => sum + receipt.counts.new, 0)).toBe(22);
    });
  });

  describe('reservations', () => {
    test('a pending queue takes its next name when the broker holds a similar one', async () => {
      const store = await open();
      const submission = sampleSubmission({ nodes: 1 });
      await store.register(registrationOf(submission));
      const [spec] = await store.unverifiedTopics(submission.submissionId, 1);
      if (spec === undefined) throw new Error('no topic');
      const renamed = await store.renameReservation(spec.topic, at);
      expect(renamed).toBe(`${spec.topic}_v2`);
      expect(await store.renameReservation(renamed, at)).toBe(`${spec.topic}_v3`);
      await verifyAll(store, submission.submissionId);
      expect(await store.commit(submission.submissionId, at)).toMatchObject({
        receipt: { nodes: [{ topic: `${spec.topic}_v3` }] },
      });
    });

    test('a verified or active queue is never renamed', async () => {
      const store = await open();
      const receipt = await submitWhole(store, sampleSubmission({ nodes: 1 }));
      const [node] = receipt.nodes;
      if (node === undefined) throw new Error('no node');
      await expect(store.renameReservation(topicIn(node), at)).rejects.toMatchObject({ code: 'E_CONTENDED' });
    });

    test('I-4: a cancelled submission leaves reservations that the next one completes', async () => {
      const store = await open();
      const cancelled = sampleSubmission({ nodes: 3, strategy: 'cancelled' });
      await store.register(registrationOf(cancelled));
      expect(await store.cancel(cancelled.submissionId, at)).toBe(true);
      expect(await store.commit(cancelled.submissionId, at)).toEqual({ kind: 'not-registered' });
      const other = await submitWhole(store, sampleSubmission({ nodes: 3, strategy: 'other' }));
      expect(other.counts.reuse).toBe(3);
      const again = await submitWhole(store, cancelled);
      expect(again.nodes.map((node) => node.topic)).toEqual(other.nodes.map((node) => node.topic));
    });

    test('a cancelled submission that is sent again still counts its own reservations as new', async () => {
      const store = await open();
      const submission = sampleSubmission({ nodes: 3 });
      await store.register(registrationOf(submission));
      await store.cancel(submission.submissionId, at);
      expect((await submitWhole(store, submission)).counts).toEqual({ reuse: 0, buffering: 0, new: 3 });
    });

    test('a committed submission is not cancelled', async () => {
      const store = await open();
      const submission = sampleSubmission({ nodes: 1 });
      await submitWhole(store, submission);
      expect(await store.cancel(submission.submissionId, at)).toBe(false);
      expect(await store.submission(submission.submissionId)).toMatchObject({ state: 'committed' });
    });
  });
}
