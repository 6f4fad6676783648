import { describe, expect, test } from 'vitest';
import type { NodeId } from '../../domain/base/ids.js';
import { limits } from '../../domain/base/limits.js';
import type { GraphReads } from '../../domain/ports/graph-reads.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { accepted, sampleDocument, sampleSubmission, withTags } from '../samples.js';
import { registrationOf, submitWhole } from '../submit-whole.js';

/** The contract of the reads of every graph store, run on each adapter. A store is filled through its writes. */
export function graphReadsContract(open: () => Promise<GraphStore & GraphReads>): void {
  describe('reads', () => {
    test('pages have a stable order, no overlaps and an end', async () => {
      const store = await open();
      await submitWhole(store, sampleSubmission({ nodes: 7 }));
      const seen: NodeId[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.nodes({ itemsMax: 3, ...(cursor === undefined ? {} : { cursor }) });
        seen.push(...page.items.map((record) => record.node.nodeId));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(seen).toHaveLength(7);
      expect(seen).toEqual([...new Set(seen)].sort());
    });

    test('the cursor of a page is the id of its last entry, so entries added before it change nothing', async () => {
      const store = await open();
      await submitWhole(store, sampleSubmission({ nodes: 3, strategy: 'b' }));
      await submitWhole(store, sampleSubmission({ nodes: 1, strategy: 'c', world: 'w2' }));
      const [nodes, queues, strategies] = await Promise.all([
        store.nodes({ itemsMax: 1 }),
        store.queues({ itemsMax: 1 }),
        store.strategies({ itemsMax: 1 }),
      ]);
      expect(nodes.nextCursor).toBe(nodes.items[0]?.node.nodeId);
      expect(queues.nextCursor).toBe(queues.items[0]?.topic);
      expect(strategies.nextCursor).toBe('b');
      await submitWhole(store, sampleSubmission({ nodes: 1, strategy: 'a' }));
      const next = await store.strategies({ itemsMax: 1, cursor: 'b' });
      expect(next.items.map(({ strategyId }) => strategyId)).toEqual(['c']);
    });

    test('dependencies are known in both directions', async () => {
      const store = await open();
      const submission = sampleSubmission({ nodes: 3 });
      await submitWhole(store, submission);
      const child = submission.dag.nodes.find((node) => node.dependencies.length > 0);
      const [parent] = child?.dependencies ?? [];
      if (child === undefined || parent === undefined) throw new Error('no edge');
      expect((await store.dependencies(child.nodeId))?.upstreams).toContain(parent);
      expect((await store.dependencies(parent))?.downstreams).toContain(child.nodeId);
    });

    test('nodes are found by any or all of their tags, within one interval', async () => {
      const store = await open();
      await submitWhole(store, sampleSubmission({ nodes: 2, strategy: 'a' }));
      await submitWhole(
        store,
        withTags(sampleSubmission({ nodes: 2, strategy: 'b', first: 100 }), ['eth', 'indicator']),
      );
      const found = async (tags: readonly string[], matchMode: 'any' | 'all', interval = 60) =>
        (await store.nodesByTags({ tags, matchMode, interval }, { itemsMax: 100 })).items.length;
      expect(await found(['btc'], 'any')).toBe(2);
      expect(await found(['btc', 'eth'], 'any')).toBe(4);
      expect(await found(['btc', 'eth'], 'all')).toBe(0);
      expect(await found(['indicator', 'eth'], 'all')).toBe(2);
      expect(await found(['btc'], 'any', 3600)).toBe(0);
    });

    test('the newest submission of a strategy is visible from its registration on', async () => {
      const store = await open();
      const submission = sampleSubmission({ nodes: 1 });
      await store.register(registrationOf(submission));
      expect(await store.newestSubmission(submission.strategyId)).toMatchObject({
        state: 'registered',
        submissionId: submission.submissionId,
      });
    });

    test('a version says where it runs, and a demoted one why', async () => {
      const store = await open();
      const versionOf = async (submission: Submission) => {
        await submitWhole(store, submission);
        return (await store.strategy(submission.strategyId))?.versions[0];
      };
      const certain = await versionOf(sampleSubmission({ nodes: 1, strategy: 'certain' }));
      const document = { ...sampleDocument({ nodes: 1, strategy: 'demoted' }), as_of: '' };
      const demoted = await versionOf(accepted(document));
      expect(certain).toMatchObject({ domain: 'backtest' });
      expect(certain).not.toHaveProperty('downgradeReason');
      expect(demoted).toMatchObject({ domain: 'backtest', downgradeReason: 'missing_as_of' });
    });

    test('one version past the limit is counted and not listed', async () => {
      const store = await open();
      const all = limits.versionsPerStrategyMax + 1;
      for (let version = 1; version <= all; version += 1)
        await submitWhole(store, sampleSubmission({ nodes: 1, version: `v${version}` }));
      const [strategy] = (await store.strategies({ itemsMax: 10 })).items;
      expect(strategy?.versionCount).toBe(all);
      expect(strategy?.versions).toHaveLength(limits.versionsPerStrategyMax);
      expect(strategy?.versions[0]?.version).toBe(`v${all}`);
      expect(strategy && (await store.strategy(strategy.strategyId))).toEqual(strategy);
    });

    test('versions of a strategy are listed newest first', async () => {
      const store = await open();
      await submitWhole(store, sampleSubmission({ nodes: 1, version: 'v1' }));
      await submitWhole(store, sampleSubmission({ nodes: 2, version: 'v2' }));
      const [strategy] = (await store.strategies({ itemsMax: 10 })).items;
      expect(strategy?.versions.map(({ version }) => version)).toEqual(['v2', 'v1']);
    });
  });
}
