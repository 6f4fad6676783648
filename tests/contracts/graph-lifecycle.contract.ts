import { describe, expect, test } from 'vitest';
import type { TopicName } from '../../domain/base/ids.js';
import { limits } from '../../domain/base/limits.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import type { Receipt, Submission } from '../../domain/submissions/submission.js';
import { makeSentinelId } from '../../domain/submissions/submission-id.js';
import { sendEverything } from '../announced-events.js';
import { sampleSubmission, withTags } from '../samples.js';
import { registrationOf, sampleTime, submitWhole, topicIn, verifyAll } from '../submit-whole.js';

const at = sampleTime;
const sample = (strategy: string, nodes = 1, version = 'v1') =>
  sampleSubmission({ nodes, strategy, version });
const firstTopic = ({ nodes }: Receipt): TopicName => topicIn(nodes[0]);

/** Ends everything that refers to the queues of a receipt, and collects them. */
async function collected(store: GraphStore, receipt: Receipt): Promise<void> {
  await store.retireVersion(receipt.sentinelId, at);
  for (const node of receipt.nodes) {
    expect(await store.drainQueue(topicIn(node), at)).toBe('draining');
    expect(await store.collectQueue(topicIn(node), at)).toBe('collected');
  }
}

async function registered(store: GraphStore, submission: Submission): Promise<Submission> {
  expect(await store.register(registrationOf(submission))).toMatchObject({ kind: 'registered' });
  return submission;
}

async function reservedTopic(store: GraphStore, { submissionId }: Submission): Promise<TopicName> {
  const [spec] = await store.unverifiedTopics(submissionId, 1);
  if (spec === undefined) throw new Error('nothing is reserved');
  return spec.topic;
}

/** What refers to queues, and how they end. */
export function graphLifecycleContract(open: () => Promise<GraphStore>): void {
  describe('references', () => {
    test('a submission wants its queues until it is committed, and then its version uses them', async () => {
      const store = await open();
      const first = await registered(store, sample('first', 2));
      const topics = (await store.unverifiedTopics(first.submissionId, 10)).map(({ topic }) => topic);
      await registered(store, sample('second', 3));
      for (const topic of topics)
        expect(await store.queueReferences(topic)).toEqual({ users: 0, waiting: 2 });
      await verifyAll(store, first.submissionId);
      await store.commit(first.submissionId, at);
      for (const topic of topics)
        expect(await store.queueReferences(topic)).toEqual({ users: 1, waiting: 1 });
    });

    test('a submission whose queues are all active is committed at once, and wants nothing', async () => {
      const store = await open();
      const topic = firstTopic(await submitWhole(store, sample('first')));
      expect(await store.register(registrationOf(sample('second')))).toMatchObject({ kind: 'committed' });
      expect(await store.queueReferences(topic)).toEqual({ users: 2, waiting: 0 });
    });

    test('repeating a registration or a commit adds no reference', async () => {
      const store = await open();
      const submission = await registered(store, sample('first'));
      await registered(store, submission);
      const topic = await reservedTopic(store, submission);
      expect(await store.queueReferences(topic)).toEqual({ users: 0, waiting: 1 });
      await verifyAll(store, submission.submissionId);
      await store.commit(submission.submissionId, at);
      await store.commit(submission.submissionId, at);
      expect(await store.queueReferences(topic)).toEqual({ users: 1, waiting: 0 });
    });

    test('a cancelled submission wants nothing, and wants its queues again when it is sent again', async () => {
      const store = await open();
      const submission = await registered(store, sample('first'));
      const topic = await reservedTopic(store, submission);
      await store.cancel(submission.submissionId, at);
      expect(await store.queueReferences(topic)).toEqual({ users: 0, waiting: 0 });
      await registered(store, submission);
      expect(await store.queueReferences(topic)).toEqual({ users: 0, waiting: 1 });
    });

    test('a submission that is set back wants nothing', async () => {
      const store = await open();
      const tags = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}-${i}`);
      const half = limits.nodeTagsTotalMax / 2;
      const topic = firstTopic(await submitWhole(store, withTags(sample('first'), tags('a', half))));
      const late = await registered(store, withTags(sample('late'), ['c']));
      await submitWhole(store, withTags(sample('second'), tags('b', half)));
      expect(await store.queueReferences(topic)).toEqual({ users: 2, waiting: 1 });
      expect(await store.commit(late.submissionId, at)).toMatchObject({ kind: 'outdated' });
      expect(await store.queueReferences(topic)).toEqual({ users: 2, waiting: 0 });
    });

    test('a renamed reservation is still wanted', async () => {
      const store = await open();
      const submission = await registered(store, sample('first'));
      const topic = await reservedTopic(store, submission);
      const renamed = await store.renameReservation(topic, at);
      expect(await store.queueReferences(renamed)).toEqual({ users: 0, waiting: 1 });
      expect(await store.queueReferences(topic)).toBeUndefined();
      await store.cancel(submission.submissionId, at);
      await registered(store, submission);
      expect(await store.queueReferences(renamed)).toEqual({ users: 0, waiting: 1 });
    });

    test('a retired version uses nothing, and says since when', async () => {
      const store = await open();
      const receipt = await submitWhole(store, sample('first', 2));
      expect(await store.retireVersion(receipt.sentinelId, at + 1)).toBe(true);
      expect(await store.retireVersion(receipt.sentinelId, at + 2)).toBe(true);
      for (const node of receipt.nodes)
        expect(await store.queueReferences(topicIn(node))).toEqual({ users: 0, waiting: 0 });
      const [version] = (await store.strategy(receipt.strategyId))?.versions ?? [];
      expect(version).toMatchObject({ namespace: 'w1.backtest', retiredAt: at + 1 });
      await submitWhole(store, sample('live'));
      const live = (await store.strategies({ itemsMax: 9 })).items.find(
        ({ strategyId }) => strategyId === 'live',
      );
      expect(live?.versions[0]).not.toHaveProperty('retiredAt');
      expect(await store.retireVersion(makeSentinelId(sample('unknown')), at)).toBe(false);
    });
  });

  describe('the end of a queue', () => {
    test('I-10: a queue that a version uses, or a submission wants, is not drained', async () => {
      const store = await open();
      const first = await submitWhole(store, sample('first'));
      const topic = firstTopic(first);
      expect(await store.drainQueue(topic, at)).toBe('referenced');
      const late = await registered(store, sample('late', 2));
      await store.retireVersion(first.sentinelId, at);
      expect(await store.drainQueue(topic, at)).toBe('referenced');
      await verifyAll(store, late.submissionId);
      expect(await store.commit(late.submissionId, at)).toMatchObject({ kind: 'committed' });
      expect(await store.drainQueue(topic, at)).toBe('referenced');
      expect((await store.queues({ itemsMax: 1 })).items).toMatchObject([{ state: 'active' }]);
    });

    test('what nothing refers to is drained and collected, once; repeating either answers the same', async () => {
      const store = await open();
      const { sentinelId, nodes } = await submitWhole(store, sample('first'));
      const topic = topicIn(nodes[0]);
      await store.retireVersion(sentinelId, at);
      expect(await store.collectQueue(topic, at)).toBe('not-draining');
      expect(await store.drainQueue(topic, at)).toBe('draining');
      expect(await store.drainQueue(topic, at)).toBe('draining');
      expect((await store.queues({ itemsMax: 1 })).items).toMatchObject([{ state: 'draining' }]);
      expect(await store.collectQueue(topic, at)).toBe('collected');
      expect(await store.collectQueue(topic, at)).toBe('collected');
      expect(await store.drainQueue(topic, at)).toBe('not-active');
    });

    test('a reservation, and a topic that no queue has, are neither drained nor collected', async () => {
      const store = await open();
      const submission = await registered(store, sample('first'));
      const reserved = await reservedTopic(store, submission);
      await store.cancel(submission.submissionId, at);
      const other = await store.renameReservation(reserved, at);
      for (const topic of [reserved, other]) {
        expect(await store.drainQueue(topic, at)).toBe('not-active');
        expect(await store.collectQueue(topic, at)).toBe('not-draining');
      }
    });

    test('a collected queue is not listed as a stream, and its node says so', async () => {
      const store = await open();
      const receipt = await submitWhole(store, sample('first', 2));
      await collected(store, receipt);
      expect((await store.queues({ itemsMax: 9 })).items).toEqual([]);
      expect(await store.totals()).toMatchObject({ nodes: 2, queues: 0 });
      const records = (await store.nodes({ itemsMax: 9 })).items;
      expect(records.flatMap(({ queues }) => queues)).toMatchObject([
        { state: 'collected', generation: 1 },
        { state: 'collected', generation: 1 },
      ]);
    });
  });

  describe('generations', () => {
    test('I-10: a queue that was collected comes back as the next generation, with another name', async () => {
      const store = await open();
      const first = await submitWhole(store, sample('first', 2));
      expect(first.nodes.map(({ generation }) => generation)).toEqual([1, 1]);
      await collected(store, first);
      const second = sample('second', 2);
      expect(await store.register(registrationOf(second))).toEqual({
        kind: 'registered',
        counts: { reuse: 0, buffering: 0, new: 2 },
        unverified: 2,
      });
      const receipt = await submitWhole(store, second);
      expect(receipt.nodes.map(({ diff, generation, topic }) => [diff, generation, topic])).toEqual(
        first.nodes.map(({ topic }) => ['new', 2, `${topic}_g2`]),
      );
      expect((await store.queues({ itemsMax: 9 })).items).toMatchObject([
        { generation: 2, state: 'active' },
        { generation: 2, state: 'active' },
      ]);
      const records = (await store.nodes({ itemsMax: 9 })).items;
      expect(records.map(({ queues }) => queues.map(({ generation }) => generation))).toEqual([[2], [2]]);
      expect(await store.queueReferences(firstTopic(first))).toEqual({ users: 0, waiting: 0 });
      expect((await submitWhole(store, sample('third', 2))).counts.reuse).toBe(2);
      await store.retireVersion(receipt.sentinelId, at);
      await store.retireVersion((await submitWhole(store, sample('third', 2))).sentinelId, at);
      await collected(store, receipt);
      expect(firstTopic(await submitWhole(store, sample('fourth', 2)))).toBe(`${firstTopic(first)}_g3`);
    });

    test('I-3: content that was committed keeps its receipt when its queues are gone', async () => {
      const store = await open();
      const submission = sample('first');
      const receipt = await submitWhole(store, submission);
      await collected(store, receipt);
      expect(await store.register(registrationOf(submission))).toEqual({ kind: 'committed', receipt });
    });

    test('submissions that meet a collected queue at once share one next generation', async () => {
      const store = await open();
      const first = await submitWhole(store, sample('first', 3));
      await collected(store, first);
      const strategies = Array.from({ length: 10 }, (_, index) => `s-${index}`);
      const receipts = await Promise.all(strategies.map((name) => submitWhole(store, sample(name, 3))));
      expect(receipts.reduce((sum, { counts }) => sum + counts.new, 0)).toBe(3);
      expect(new Set(receipts.map(({ nodes }) => nodes.map(topicIn).join())).size).toBe(1);
      expect(await store.totals()).toMatchObject({ nodes: 3, queues: 3 });
    });

    test('a cancelled submission that is sent again keeps the generation it reserved', async () => {
      const store = await open();
      await collected(store, await submitWhole(store, sample('first')));
      const again = await registered(store, sample('again'));
      await store.cancel(again.submissionId, at);
      const receipt = await submitWhole(store, again);
      expect(receipt).toMatchObject({ counts: { new: 1 }, nodes: [{ generation: 2 }] });
    });

    test('a version that looks like a generation never leads to a name that was there', async () => {
      const store = await open();
      const odd = await submitWhole(store, sample('odd', 1, 'v1_g2'));
      await collected(store, odd);
      const next = await submitWhole(store, sample('next'));
      expect(firstTopic(odd)).toMatch(/_v1_g2$/);
      expect(next.nodes[0]).toMatchObject({ generation: 2 });
      expect(firstTopic(next)).not.toBe(firstTopic(odd));
    });

    test('the places in a stream go on with the next generation', async () => {
      const store = await open();
      const seqs = async () =>
        (await sendEverything(store)).flatMap(({ event, seq }) =>
          event.type === 'node_status_changed' ? [seq] : [],
        );
      const first = await submitWhole(store, sample('first'));
      expect(await seqs()).toEqual([1n]);
      await collected(store, first);
      await submitWhole(store, sample('second'));
      expect(await seqs()).toEqual([2n]);
    });

    test('a stream counts what several namespaces change of one node at once', async () => {
      const store = await open();
      const worlds = Array.from({ length: 8 }, (_, index) => `w-${index}`);
      await Promise.all(
        worlds.map((world) => submitWhole(store, sampleSubmission({ nodes: 2, world, strategy: world }))),
      );
      const seqs = new Map<string, bigint[]>();
      for (const { event, seq } of await sendEverything(store))
        if (event.type === 'node_status_changed')
          seqs.set(event.nodeId, [...(seqs.get(event.nodeId) ?? []), seq]);
      expect([...seqs.values()]).toEqual(
        [worlds, worlds].map((all) => all.map((_, index) => BigInt(index + 1))),
      );
    });

    test('a queue has a schema of its own: one that is buffering does not change those of other namespaces', async () => {
      const store = await open();
      const submit = (world: string, schemaHash: string) =>
        submitWhole(
          store,
          sampleSubmission({ nodes: 1, world, strategy: `${world}-${schemaHash}`, schemaHash }),
        );
      await submit('w1', 'a');
      await submit('w2', 'b');
      expect((await submit('w1', 'b')).counts).toMatchObject({ buffering: 1 });
      expect((await submit('w2', 'a')).counts).toMatchObject({ buffering: 1 });
      const [record] = (await store.nodes({ itemsMax: 1 })).items;
      expect(record).toMatchObject({
        node: { schemaHash: 'a' },
        queues: [
          { namespace: 'w1.backtest', schemaHash: 'a', bufferingHash: 'b', bufferingSince: at },
          { namespace: 'w2.backtest', schemaHash: 'b', bufferingHash: 'a', bufferingSince: at },
        ],
      });
    });

    test('a queue of the next generation is not buffering, and has the schema it is reserved with', async () => {
      const store = await open();
      const submit = (strategy: string, schemaHash: string) =>
        submitWhole(store, sampleSubmission({ nodes: 1, strategy, schemaHash }));
      const versions = [await submit('first', 'a'), await submit('second', 'b')];
      for (const { sentinelId } of versions) await store.retireVersion(sentinelId, at);
      await collected(store, await submit('first', 'a'));
      expect((await submit('third', 'b')).counts).toEqual({ reuse: 0, buffering: 0, new: 1 });
      const [queue] = (await store.queues({ itemsMax: 1 })).items;
      expect(queue).toMatchObject({ generation: 2, schemaHash: 'b' });
      expect(queue).not.toHaveProperty('bufferingSince');
    });
  });
}
