import { describe, expect, test } from 'vitest';
import { isQuery, type MatchMode } from '../../domain/dag/dag.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { announcedEvents, sendEverything } from '../announced-events.js';
import { accepted, sampleDocument, sampleNode, sampleSubmission, withNodes } from '../samples.js';
import { registrationOf, sampleTime, submitWhole, verifyAll } from '../submit-whole.js';

const at = sampleTime;

/** A query whose tags stand at the node, as documents may have them, and a node that reads it. */
function withQuery(strategy: string, tags: readonly string[] = ['btc', 'indicator']): Submission {
  const query = sampleNode({ node_type: 'TagQueryNode', name: 'peers', tags });
  const reader = sampleNode({ name: 'reader', tags: ['reader'], dependencies: [query.node_id] });
  return accepted({ ...sampleDocument({ nodes: 1, strategy }), dag: { nodes: [query, reader] } });
}

const queryOf = ({ dag }: Submission) => {
  const query = dag.nodes.find(isQuery);
  if (query === undefined) throw new Error('no query');
  return query;
};

/** What every graph store does with a node that queries tags: it is recorded, and has no queue. */
export function graphQueriesContract(open: () => Promise<GraphStore>): void {
  describe('a query', () => {
    test('a query is recorded with its submission and gets no queue, no topic and no verification', async () => {
      const store = await open();
      const submission = withQuery('first');
      expect(await store.register(registrationOf(submission))).toEqual({
        kind: 'registered',
        counts: { reuse: 0, buffering: 0, new: 2 },
        unverified: 1,
      });
      expect(await verifyAll(store, submission.submissionId)).toBe(1);
      expect(await store.nodesByIds([queryOf(submission).nodeId])).toEqual([]);
      const outcome = await store.commit(submission.submissionId, at);
      const receipt = outcome.kind === 'committed' ? outcome.receipt : undefined;
      expect(receipt).toMatchObject({ nodeCount: 2, counts: { reuse: 0, buffering: 0, new: 2 } });
      const entry = receipt?.nodes.find(({ nodeId }) => nodeId === queryOf(submission).nodeId);
      expect(entry).toEqual({ nodeId: queryOf(submission).nodeId, diff: 'new' });
      expect(await store.nodesByIds([queryOf(submission).nodeId])).toMatchObject([{ queues: [] }]);
      expect(await store.totals()).toMatchObject({ nodes: 2, queues: 1 });
      expect(await store.register(registrationOf(submission))).toEqual({ kind: 'committed', receipt });
    });

    test('a query that is recorded is reused, in every namespace, and such a submission commits at once', async () => {
      const store = await open();
      await submitWhole(store, withQuery('first'));
      const second = withQuery('second');
      expect(await store.register(registrationOf(second))).toMatchObject({
        kind: 'committed',
        now: true,
        receipt: { counts: { reuse: 2, buffering: 0, new: 0 }, nodeCount: 2 },
      });
      const elsewhere = accepted({ ...documentOf(withQuery('third')), world_id: 'w2' });
      const receipt = await submitWhole(store, elsewhere);
      expect(receipt.counts).toEqual({ reuse: 1, buffering: 0, new: 1 });
      expect(await store.totals()).toMatchObject({ nodes: 2, queues: 2 });
    });

    test('a query that another submission recorded and did not commit is joined, and becomes visible with the first commit', async () => {
      const store = await open();
      const [first, second] = [withQuery('first'), withQuery('second')];
      await store.register(registrationOf(first));
      expect(await store.register(registrationOf(second))).toMatchObject({
        kind: 'registered',
        counts: { reuse: 2, buffering: 0, new: 0 },
        unverified: 1,
      });
      await verifyAll(store, second.submissionId);
      expect(await store.commit(second.submissionId, at)).toMatchObject({ kind: 'committed' });
      expect(await store.nodesByIds([queryOf(first).nodeId])).toHaveLength(1);
      expect(await store.commit(first.submissionId, at)).toMatchObject({
        receipt: { counts: { reuse: 0, buffering: 0, new: 2 } },
      });
    });

    test('a cancelled submission that is sent again still counts its own query as new', async () => {
      const store = await open();
      const submission = withQuery('first');
      await store.register(registrationOf(submission));
      await store.cancel(submission.submissionId, at);
      expect((await submitWhole(store, submission)).counts).toEqual({ reuse: 0, buffering: 0, new: 2 });
    });

    test('a query is never buffering: it has no history that could be computed again', async () => {
      const store = await open();
      await submitWhole(store, withHash(withQuery('first'), 'a'));
      const receipt = await submitWhole(store, withHash(withQuery('second'), 'b'));
      expect(receipt.counts).toEqual({ reuse: 1, buffering: 1, new: 0 });
      expect(await store.nodesByIds([queryOf(withQuery('first')).nodeId])).toMatchObject([
        { node: { schemaHash: 'a' } },
      ]);
    });

    test.each<MatchMode>(['any', 'all'])(
      'a query is in no set of queues, whatever its tags (%s)',
      async (matchMode) => {
        const store = await open();
        const tags = ['btc', 'indicator'];
        const query = { tags, matchMode, interval: 60 };
        await submitWhole(store, withQuery('listener', tags));
        await submitWhole(store, sampleSubmission({ nodes: 2, strategy: 'speaker' }));
        const found = (await store.nodesByTags(query, { itemsMax: 10 })).items;
        expect(found).toHaveLength(2);
        expect(found.filter(({ node }) => isQuery(node))).toEqual([]);
        const { events } = await announcedEvents(store);
        const topics = new Set((await store.queues({ itemsMax: 10 })).items.map(({ topic }) => topic));
        const sets = events.flatMap(({ event }) => (event.type === 'queue_updated' ? [event] : []));
        expect(sets.flatMap(({ queues }) => queues).filter(({ queue }) => !topics.has(queue))).toEqual([]);
        expect(sets.filter((set) => set.tags.join() === tags.join()).map((set) => set.queues.length)).toEqual(
          // The set of the nodes' tags, and that of the query in its mode `any`.
          [2, 2],
        );
      },
    );

    test('a submission of nothing but a query has no events', async () => {
      const store = await open();
      const query = sampleNode({ node_type: 'TagQueryNode', tags: ['btc'] });
      const submission = accepted({ ...sampleDocument({ nodes: 1 }), dag: { nodes: [query] } });
      await store.register(registrationOf(submission));
      expect(await store.commit(submission.submissionId, at)).toMatchObject({
        kind: 'committed',
        withoutEvents: true,
        receipt: { nodes: [{ nodeId: query.node_id, diff: 'new' }] },
      });
      expect(await sendEverything(store)).toEqual([]);
    });

    test('submissions of one query at once record it once, and one of them counts it as new', async () => {
      const store = await open();
      const submissions = Array.from({ length: 8 }, (_, index) => withQuery(`s-${index}`));
      const receipts = await Promise.all(submissions.map((one) => submitWhole(store, one)));
      expect(receipts.reduce((sum, { counts }) => sum + counts.new, 0)).toBe(2);
      expect(await store.totals()).toMatchObject({ nodes: 2, queues: 1, sentinels: 8 });
    });
  });
}

function documentOf(submission: Submission): Record<string, unknown> {
  const { nodes } = submission.dag;
  return {
    ...sampleDocument({ nodes: 1, strategy: submission.strategyId }),
    dag: {
      nodes: nodes.map(({ nodeId, nodeType, dependencies, tags, name }) =>
        sampleNode({
          node_type: nodeType,
          dependencies,
          tags,
          name,
          ...(nodeType === 'TagQueryNode' ? { params: { query_tags: tags } } : {}),
          node_id: nodeId,
        }),
      ),
    },
  };
}

function withHash(submission: Submission, schemaHash: string): Submission {
  return withNodes(submission, (node) => ({ ...node, schemaHash }));
}
