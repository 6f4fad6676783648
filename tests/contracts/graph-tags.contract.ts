import { describe, expect, test } from 'vitest';
import { limits } from '../../domain/base/limits.js';
import type { QueueUpdated } from '../../domain/events/control-events.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { sendEverything } from '../announced-events.js';
import { sampleSubmission, withTags } from '../samples.js';
import { registrationOf, sampleTime, submitWhole, verifyAll } from '../submit-whole.js';

const at = sampleTime;

/** One node, of everybody: only its tags differ. */
const tagged = (strategy: string, tags: readonly string[], world = 'w1'): Submission =>
  withTags(sampleSubmission({ nodes: 1, strategy, world }), tags);

const listener = (tag: string, matchMode: 'any' | 'all' = 'any', first = 500): Submission =>
  sampleSubmission({
    nodes: 1,
    first,
    strategy: `listens-to-${tag}`,
    tagQuery: { tags: [tag], matchMode, interval: 60 },
  });

async function tagsOf(store: GraphStore): Promise<readonly string[] | undefined> {
  const [record] = await store.nodesByIds(tagged('any', []).dag.nodes.map(({ nodeId }) => nodeId));
  return record?.node.tags;
}

async function setsSent(store: GraphStore): Promise<readonly QueueUpdated[]> {
  const events = await sendEverything(store);
  return events.flatMap(({ event }) => (event.type === 'queue_updated' ? [event] : []));
}

/** What every graph store does with further tags of a node that is there. */
export function graphTagsContract(open: () => Promise<GraphStore>): void {
  describe('tags of a node that is there', () => {
    test('tags of a later submission are added, and its receipt says which', async () => {
      const store = await open();
      await submitWhole(store, tagged('first', ['btc', 'price']));
      const receipt = await submitWhole(store, tagged('second', ['momentum', 'btc', 'daily']));
      expect(receipt).toMatchObject({
        counts: { reuse: 1, buffering: 0, new: 0 },
        nodes: [{ diff: 'reuse', tagsAdded: ['momentum', 'daily'] }],
        tagsAdded: 2,
      });
      expect(await tagsOf(store)).toEqual(['btc', 'price', 'momentum', 'daily']);
      const [queue] = (await store.queues({ itemsMax: 1 })).items;
      expect(queue?.tags).toEqual(['btc', 'price', 'momentum', 'daily']);
      const found = await store.nodesByTags(
        { tags: ['momentum', 'price'], matchMode: 'all', interval: 60 },
        { itemsMax: 5 },
      );
      expect(found.items).toHaveLength(1);
    });

    test('a submission whose tags are all there adds nothing, and commits at once', async () => {
      const store = await open();
      const first = await submitWhole(store, tagged('first', ['btc', 'price']));
      expect(first).not.toHaveProperty('tagsAdded');
      await submitWhole(store, tagged('second', ['momentum']));
      const third = tagged('third', ['momentum', 'price']);
      const outcome = await store.register(registrationOf(third));
      expect(outcome).toMatchObject({ kind: 'committed', now: true });
      expect(outcome.kind === 'committed' && outcome.receipt).not.toHaveProperty('tagsAdded');
    });

    test('I-2: tags are not visible before the commit, and a cancelled submission adds none', async () => {
      const store = await open();
      await submitWhole(store, tagged('first', ['btc']));
      const second = tagged('second', ['momentum']);
      expect(await store.register(registrationOf(second))).toMatchObject({
        kind: 'registered',
        counts: { reuse: 1, buffering: 0, new: 0 },
        unverified: 0,
      });
      expect(await tagsOf(store)).toEqual(['btc']);
      await store.cancel(second.submissionId, at);
      expect(await tagsOf(store)).toEqual(['btc']);
    });

    test('the sets that a queue enters by its new tags are announced, with their next versions, and no others', async () => {
      const store = await open();
      await submitWhole(store, tagged('first', ['btc', 'price']));
      await submitWhole(store, listener('momentum'));
      await submitWhole(store, listener('btc', 'any', 600));
      const before = await setsSent(store);
      const second = tagged('second', ['momentum', 'btc']);
      await submitWhole(store, second);
      expect(await store.announcements([second.submissionId])).toEqual(
        new Map([[second.submissionId, { waiting: true, parked: 0 }]]),
      );
      const sets = await setsSent(store);
      expect(sets.map(({ tags, matchMode, queues }) => [tags, matchMode, queues.length])).toEqual(
        expect.arrayContaining([
          [['btc', 'momentum', 'price'], 'all', 1],
          [['momentum'], 'any', 1],
        ]),
      );
      expect(sets).toHaveLength(2);
      const etags = [...before, ...sets].map(
        ({ tags, interval, version }) => `${tags.join('.')}:${interval}:${version}`,
      );
      expect(new Set(etags).size).toBe(etags.length);
      expect(await store.announcements([second.submissionId])).toEqual(
        new Map([[second.submissionId, { waiting: false, parked: 0 }]]),
      );
    });

    test('a commit that adds tags has events, although no queue becomes active', async () => {
      const store = await open();
      await submitWhole(store, tagged('first', ['btc']));
      await setsSent(store);
      const second = tagged('second', ['momentum']);
      await store.register(registrationOf(second));
      const outcome = await store.commit(second.submissionId, at);
      expect(outcome).toMatchObject({ kind: 'committed', receipt: { tagsAdded: 1 } });
      expect(outcome).not.toHaveProperty('withoutEvents');
      expect((await setsSent(store)).map(({ tags }) => tags)).toEqual([['btc', 'momentum']]);
    });

    test('a query of all of some tags hears of a queue that now has the last of them', async () => {
      const store = await open();
      await submitWhole(store, tagged('first', ['btc', 'price']));
      const query = { tags: ['momentum', 'price'], matchMode: 'all', interval: 60 } as const;
      await submitWhole(
        store,
        sampleSubmission({ nodes: 1, first: 500, strategy: 'listener', tagQuery: query }),
      );
      await setsSent(store);
      await submitWhole(store, tagged('second', ['momentum']));
      const heard = (await setsSent(store)).filter(({ tags }) => tags.length === 2);
      expect(heard).toMatchObject([{ tags: ['momentum', 'price'], queues: [{ global: false }] }]);
    });

    test('a node that gets a queue in another namespace keeps and gets tags, for all of its queues', async () => {
      const store = await open();
      await submitWhole(store, tagged('first', ['btc']));
      await submitWhole(store, listener('momentum'));
      await setsSent(store);
      const receipt = await submitWhole(store, tagged('second', ['momentum'], 'w2'));
      expect(receipt).toMatchObject({ counts: { new: 1 }, nodes: [{ tagsAdded: ['momentum'] }] });
      const sets = await setsSent(store);
      expect(sets.map(({ tags, queues }) => `${tags.join()} ${queues.length}`).sort()).toEqual([
        'btc,momentum 2',
        'momentum 2',
      ]);
    });

    test('submissions that add tags at once lose none, and each tag is in one receipt', async () => {
      const store = await open();
      await submitWhole(store, tagged('first', ['btc']));
      const tags = Array.from({ length: 12 }, (_, index) => `t-${index}`);
      const receipts = await Promise.all(
        tags.map((tag, index) => submitWhole(store, tagged(`s-${index}`, [tag, 'shared']))),
      );
      expect([...((await tagsOf(store)) ?? [])].sort()).toEqual(['btc', 'shared', ...tags].sort());
      const added = receipts.flatMap(({ nodes }) => nodes.flatMap((node) => node.tagsAdded ?? []));
      expect([...added].sort()).toEqual(['shared', ...tags].sort());
    });

    test('a submission of the same content has the same receipt, and adds nothing again', async () => {
      const store = await open();
      await submitWhole(store, tagged('first', ['btc']));
      const second = tagged('second', ['momentum']);
      const receipt = await submitWhole(store, second);
      expect(await store.register(registrationOf(second))).toEqual({ kind: 'committed', receipt });
      expect(await store.commit(second.submissionId, at)).toEqual({ kind: 'committed', receipt });
      expect(await tagsOf(store)).toEqual(['btc', 'momentum']);
    });

    test('a tag that another submission added meanwhile is not added again', async () => {
      const store = await open();
      await submitWhole(store, tagged('first', ['btc']));
      await setsSent(store);
      const [second, third] = [tagged('second', ['momentum']), tagged('third', ['momentum'])];
      await store.register(registrationOf(second));
      await store.register(registrationOf(third));
      expect(await store.commit(second.submissionId, at)).toMatchObject({ receipt: { tagsAdded: 1 } });
      const outcome = await store.commit(third.submissionId, at);
      expect(outcome).toMatchObject({ kind: 'committed', withoutEvents: true });
      expect(outcome.kind === 'committed' && outcome.receipt).not.toHaveProperty('tagsAdded');
    });

    test('a node has at most the permitted number of tags: what would exceed it is refused, with nothing written', async () => {
      const store = await open();
      const some = (name: string, count: number) =>
        Array.from({ length: count }, (_, index) => `${name}-${index}`);
      const half = limits.nodeTagsTotalMax / 2;
      await submitWhole(store, tagged('first', some('a', half)));
      await submitWhole(store, tagged('second', some('b', half)));
      expect(await tagsOf(store)).toHaveLength(limits.nodeTagsTotalMax);
      const third = tagged('third', ['a-0', 'c']);
      const [node] = third.dag.nodes;
      const totals = await store.totals();
      expect(await store.register(registrationOf(third))).toEqual({
        kind: 'too-many-tags',
        nodes: [{ nodeId: node?.nodeId, held: limits.nodeTagsTotalMax, missing: ['c'] }],
        added: 1,
      });
      expect(await store.submission(third.submissionId)).toBeUndefined();
      expect(await store.totals()).toEqual(totals);
      const fitting = tagged('fourth', ['a-0']);
      expect(await store.register(registrationOf(fitting))).toMatchObject({ kind: 'committed' });
    });

    test('a commit whose tags do not fit any more is planned again, and refused', async () => {
      const store = await open();
      const some = (name: string, count: number) =>
        Array.from({ length: count }, (_, index) => `${name}-${index}`);
      const half = limits.nodeTagsTotalMax / 2;
      await submitWhole(store, tagged('first', some('a', half)));
      const [second, third] = [tagged('second', some('b', half)), tagged('third', ['c'])];
      await store.register(registrationOf(third));
      await submitWhole(store, second);
      const [node] = third.dag.nodes;
      expect(await store.commit(third.submissionId, at)).toEqual({
        kind: 'outdated',
        nodeIds: [node?.nodeId],
      });
      expect(await store.register(registrationOf(third))).toMatchObject({ kind: 'too-many-tags' });
      expect(await tagsOf(store)).toHaveLength(limits.nodeTagsTotalMax);
    });

    test('tags of a node that nobody committed yet are added by the commits of those who brought them', async () => {
      const store = await open();
      const [first, second] = [tagged('first', ['btc']), tagged('second', ['momentum'])];
      await store.register(registrationOf(first));
      await store.register(registrationOf(second));
      await verifyAll(store, second.submissionId);
      expect(await store.commit(second.submissionId, at)).toMatchObject({ receipt: { tagsAdded: 1 } });
      expect(await store.commit(first.submissionId, at)).not.toHaveProperty('receipt.tagsAdded');
      expect(await tagsOf(store)).toEqual(['btc', 'momentum']);
      expect((await setsSent(store)).map(({ tags }) => tags)).toEqual([['btc', 'momentum']]);
    });
  });
}
