import { describe, expect, test } from 'vitest';
import { QmtlError } from '../../domain/base/errors.js';
import type { NodeId, TopicName } from '../../domain/base/ids.js';
import { limits } from '../../domain/base/limits.js';
import type { GraphStore, RegisterOutcome } from '../../domain/ports/graph-store.js';
import type { Receipt, Submission } from '../../domain/submissions/submission.js';
import { nodesUsual } from '../../graph/neo4j/driver/time-budget.js';
import { shardOf } from '../../graph/neo4j/facts/epoch.js';
import { sampleSubmission, withTags } from '../samples.js';
import { graphViolations } from '../stack/graph-checker.js';
import {
  registrationOf,
  sampleTime,
  storeArtifactsOf,
  submitWhole,
  topicIn,
  verifyAll,
} from '../submit-whole.js';
import { emptyGraph, openStore, untilOneWaits, withSession, withTransaction } from './neo4j-fixture.js';

const at = sampleTime;

/** Two processes on one graph: each has its own connections and its own cache. */
async function openTwo(): Promise<readonly [GraphStore, GraphStore]> {
  await emptyGraph();
  return [await openStore(), await openStore()];
}

function topicOf(receipt: Receipt, index = 0): TopicName {
  return topicIn(receipt.nodes[index]);
}

/** Temporal repeats a call that used up its time, losing to other writers or on a busy machine; how long that takes is not the invariant. */
async function untilInTime<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof QmtlError && ['E_CONTENDED', 'E_GRAPH_UNAVAILABLE'].includes(error.code)))
        throw error;
    }
  }
}

function receiptIn(outcome: RegisterOutcome): Receipt {
  if (outcome.kind !== 'committed') throw new Error(outcome.kind);
  return outcome.receipt;
}

/** How many references there are of either kind. */
async function referenceCounts(): Promise<unknown> {
  const { records } = await withSession((session) =>
    session.run('RETURN COUNT { ()-[:USES]->() } AS uses, COUNT { ()-[:WANTS]->() } AS wants'),
  );
  return records[0]?.toObject();
}

describe('submissions of few nodes beside work on many', () => {
  test('a submission of few nodes waits for no shard of the epoch lock that work on many nodes holds', async () => {
    const [store] = await openTwo();
    const held = [
      ...new Set(Array.from({ length: 64 }, (_, index) => shardOf(index.toString(16), nodesUsual + 1))),
    ];
    await withTransaction(async (tx) => {
      await tx.run('UNWIND $held AS shard MATCH (e:GraphEpoch {shard: shard}) SET e.locked_at = 1', { held });
      const shards = new Set<number>();
      for (let index = 0; index < 20; index += 1) {
        const submission = sampleSubmission({ nodes: 1, first: 10 * index });
        shards.add(shardOf(submission.submissionId, 1));
        await submitWhole(store, submission);
      }
      expect(shards.size).toBeGreaterThan(1);
    });
  });
});

describe('two processes on one graph', () => {
  test('I-5: overlapping submissions from two processes leave one node per id and one queue per node', async () => {
    const stores = await openTwo();
    const submissions = Array.from({ length: 20 }, (_, index) =>
      sampleSubmission({ nodes: 5 + index, strategy: `s-${index}` }),
    );
    const receipts = await Promise.all(
      submissions.map((submission, index) =>
        untilInTime(() => submitWhole(stores[index % 2 === 0 ? 0 : 1], submission)),
      ),
    );
    const topicByNode = new Map<NodeId, string>();
    for (const entry of receipts.flatMap((receipt) => receipt.nodes)) {
      expect(topicByNode.get(entry.nodeId) ?? entry.topic).toBe(entry.topic);
      topicByNode.set(entry.nodeId, topicIn(entry));
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

  test('tags from two processes at once are all there, each in one receipt, whatever the processes cached', async () => {
    const stores = await openTwo();
    for (const store of stores)
      await submitWhole(store, sampleSubmission({ nodes: 2, strategy: `caches-${stores.indexOf(store)}` }));
    const tags = Array.from({ length: 20 }, (_, index) => `t-${index}`);
    const receipts = await Promise.all(
      tags.map((tag, index) => {
        const submission = withTags(sampleSubmission({ nodes: 2, strategy: `s-${index}` }), [
          'btc',
          tag,
          'shared',
        ]);
        return untilInTime(() => submitWhole(stores[index % 2 === 0 ? 0 : 1], submission));
      }),
    );
    const { items } = await stores[0].nodes({ itemsMax: 5 });
    for (const { node } of items)
      expect([...node.tags].sort()).toEqual(['btc', 'indicator', 'shared', ...tags].sort());
    const added = receipts.flatMap(({ nodes }) => nodes.flatMap(({ tagsAdded = [] }) => tagsAdded));
    expect([...added].sort()).toEqual([...tags, ...tags, 'shared', 'shared'].sort());
    expect(await withSession(graphViolations)).toEqual([]);
  });

  test('a process that cached a node before it got tags does not add them again', async () => {
    const [one, other] = await openTwo();
    await submitWhole(one, sampleSubmission({ nodes: 2, strategy: 'first' }));
    await submitWhole(other, sampleSubmission({ nodes: 2, strategy: 'warms-the-cache' }));
    const tagged = (strategy: string) => withTags(sampleSubmission({ nodes: 2, strategy }), ['more']);
    expect(await submitWhole(one, tagged('adds'))).toMatchObject({ tagsAdded: 2 });
    const outcome = await other.register(registrationOf(tagged('late')));
    expect(outcome).toMatchObject({ kind: 'committed', now: true });
    expect(outcome).not.toHaveProperty('receipt.tagsAdded');
  });

  test('a commit waits for tags that another one is adding, and counts them', async () => {
    const [one] = await openTwo();
    await submitWhole(one, sampleSubmission({ nodes: 1, strategy: 'first' }));
    const submission = withTags(sampleSubmission({ nodes: 1, strategy: 'second' }), ['x', 'y']);
    await one.register(registrationOf(submission));
    const commit = await withTransaction(async (tx) => {
      await tx.run("MATCH (c:ComputeNode) SET c.tags = c.tags + ['x']");
      await tx.run("MATCH (c:ComputeNode) MERGE (t:Tag {name: 'x'}) CREATE (c)-[:TAGGED]->(t)");
      const waiting = one.commit(submission.submissionId, at);
      await untilOneWaits();
      return { waiting };
    });
    expect(await commit.waiting).toMatchObject({ receipt: { nodes: [{ tagsAdded: ['y'] }] } });
    expect(await withSession(graphViolations)).toEqual([]);
  });

  test('a DAG that is registered in parts has queries and tags as any other, and reserves nothing when it is refused', async () => {
    const [one, other] = await openTwo();
    const tagQuery = { tags: ['btc'], matchMode: 'any', interval: 60 } as const;
    const large = (strategy: string) => sampleSubmission({ nodes: 2_600, strategy, tagQuery });
    const last = large('last').dag.nodes.at(-1);
    if (last === undefined) throw new Error('no nodes');
    const tagsOfLast = (submission: Submission, tags: readonly string[]): Submission => ({
      ...submission,
      dag: {
        ...submission.dag,
        nodes: submission.dag.nodes.map((node) => (node.nodeId === last.nodeId ? { ...node, tags } : node)),
      },
    });
    const many = Array.from({ length: limits.nodeTagsTotalMax }, (_, index) => `t-${index}`);
    await withSession((session) =>
      session.run('CREATE (c:ComputeNode) SET c = $node', {
        node: {
          node_id: last.nodeId,
          node_type: last.nodeType,
          interval: BigInt(last.interval),
          period: BigInt(last.period),
          code_hash: last.codeHash,
          schema_compat_id: last.schemaCompatId,
          params_canon: last.paramsCanon,
          dependencies: last.dependencies,
          tags: many,
          created_at: 1n,
        },
      }),
    );
    expect(await one.register(registrationOf(tagsOfLast(large('refused'), ['one-more'])))).toMatchObject({
      kind: 'too-many-tags',
      nodes: [{ nodeId: last.nodeId }],
    });
    const countNodes = async () => {
      const { records } = await withSession((session) => session.run('RETURN COUNT { (:ComputeNode) } AS n'));
      return records[0]?.get('n');
    };
    expect(await countNodes()).toBe(1n);
    const accepted = tagsOfLast(large('accepted'), many.slice(0, 3));
    expect(await untilInTime(() => one.register(registrationOf(accepted)))).toMatchObject({
      kind: 'registered',
      counts: { reuse: 0, buffering: 0, new: 2_601 },
      unverified: 2_600,
    });
    expect(await referenceCounts()).toEqual({ uses: 0n, wants: 2_600n });
    await one.register(registrationOf(accepted));
    expect(await referenceCounts()).toEqual({ uses: 0n, wants: 2_600n });
    await verifyAll(one, accepted.submissionId);
    expect(await one.commit(accepted.submissionId, at)).toMatchObject({ receipt: { nodeCount: 2_601 } });
    expect(await referenceCounts()).toEqual({ uses: 2_600n, wants: 0n });
    const second = tagsOfLast(large('second'), many.slice(0, 3));
    expect(await untilInTime(() => other.register(registrationOf(second)))).toMatchObject({
      counts: { reuse: 2_601 },
      unverified: 0,
    });
    expect(await other.commit(second.submissionId, at)).toMatchObject({
      kind: 'committed',
      withoutEvents: true,
    });
    const { strategyId, sentinelId } = receiptIn(await other.register(registrationOf(second)));
    expect(await one.retireVersion(sentinelId, at)).toBe(true);
    expect(await referenceCounts()).toEqual({ uses: 2_600n, wants: 0n });
    expect((await one.strategy(strategyId))?.versions).toMatchObject([{ retiredAt: at }]);
  });

  test('a queue drained by one process is not reused by another, whatever it cached', async () => {
    const [one, other] = await openTwo();
    const receipt = await submitWhole(one, sampleSubmission({ nodes: 2, strategy: 'first' }));
    const second = await submitWhole(other, sampleSubmission({ nodes: 2, strategy: 'warms-the-cache' }));
    for (const { sentinelId } of [receipt, second]) await one.retireVersion(sentinelId, at);
    expect(await one.drainQueue(topicOf(receipt), at)).toBe('draining');
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

  test('I-10: a queue is drained before anything refers to it, or not at all', async () => {
    const [one, other] = await openTwo();
    const first = await submitWhole(one, sampleSubmission({ nodes: 3, strategy: 'first' }));
    const second = await submitWhole(other, sampleSubmission({ nodes: 3, strategy: 'warms-the-cache' }));
    for (const { sentinelId } of [first, second]) await one.retireVersion(sentinelId, at);
    const racers = Array.from({ length: 20 }, async (_, index) => {
      const store = index % 2 === 0 ? one : other;
      const submission = sampleSubmission({ nodes: 3 + (index % 3), strategy: `racer-${index}` });
      const { kind } = await untilInTime(() => store.register(registrationOf(submission)));
      if (kind !== 'registered') return kind;
      await untilInTime(() => verifyAll(store, submission.submissionId));
      return (await untilInTime(() => store.commit(submission.submissionId, at))).kind;
    });
    const drains = Array.from({ length: 5 }, () => untilInTime(() => one.drainQueue(topicOf(first), at)));
    const outcomes = new Set(await Promise.all(racers));
    const drained = new Set(await Promise.all(drains));
    // The first one decides for all the others: a version that was committed goes on using the queue.
    expect(drained.size).toBe(1);
    expect([...outcomes]).toEqual(drained.has('draining') ? ['draining'] : ['committed']);
    expect(await withSession(graphViolations)).toEqual([]);
  });

  test('I-10: a drain waits for a registration that is about to want the queue, and then refuses', async () => {
    const [one, other] = await openTwo();
    const first = await submitWhole(one, sampleSubmission({ nodes: 1, strategy: 'first' }));
    await one.retireVersion(first.sentinelId, at);
    const drain = await withTransaction(async (tx) => {
      // A registration under way: it holds a shard, and has written what it wants.
      await tx.run('MATCH (e:GraphEpoch {shard: 63}) SET e.locked_at = 0');
      await tx.run(
        "MATCH (q:Queue {topic: $topic}) CREATE (:Submission {submission_id: 'x', state: 'registered'})-[:WANTS]->(q)",
        { topic: topicOf(first) },
      );
      const waiting = other.drainQueue(topicOf(first), at);
      await untilOneWaits();
      return { waiting };
    });
    expect(await drain.waiting).toBe('referenced');
    expect((await one.queues({ itemsMax: 1 })).items).toMatchObject([{ state: 'active' }]);
  });

  test('a commit that finds a reused queue being collected is planned again', async () => {
    const [one] = await openTwo();
    const first = await submitWhole(one, sampleSubmission({ nodes: 2, strategy: 'first' }));
    const second = sampleSubmission({ nodes: 3, strategy: 'second' });
    await one.register(registrationOf(second));
    await verifyAll(one, second.submissionId);
    // No drain does that while the submission wants the queue: something else changed the graph.
    await withSession((session) =>
      session.run(
        "MATCH (q:Queue {topic: $topic}) SET q.state = 'draining' WITH q MATCH (e:GraphEpoch) SET e.epoch = e.epoch + 1",
        { topic: topicOf(first) },
      ),
    );
    expect(await one.commit(second.submissionId, at)).toEqual({
      kind: 'outdated',
      nodeIds: [first.nodes[0]?.nodeId],
    });
    expect(await one.submission(second.submissionId)).toMatchObject({ state: 'registered' });
    expect(await one.queueReferences(topicOf(first))).toEqual({ users: 1, waiting: 0 });
    expect(await one.commit(second.submissionId, at)).toEqual({ kind: 'not-registered' });
    expect(await one.register(registrationOf(second))).toEqual({
      kind: 'draining',
      topics: [topicOf(first)],
    });
    expect((await one.totals()).sentinels).toBe(1);
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
    await one.retireVersion(receipt.sentinelId, at);
    let ended = false;
    const drain = await withTransaction(async (tx) => {
      await tx.run('MATCH (e:GraphEpoch {shard: 63}) SET e.locked_at = 0');
      const waiting = one.drainQueue(topicOf(receipt), at).then((done) => [done, ended]);
      await untilOneWaits();
      ended = true;
      return { waiting };
    });
    expect(await drain.waiting).toEqual(['draining', true]);
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

describe('code that two submissions bring at once', () => {
  test('a node that another submission creates while its code is stored is marked as its user', async () => {
    const [one, other] = await openTwo();
    const module = '// of both';
    const bare = { ...sampleSubmission({ nodes: 2, module }), artifacts: { code: [], schemas: [] } };
    const whole = sampleSubmission({ nodes: 2, module, strategy: 'whole' });
    await storeArtifactsOf(other, whole);
    // As if it was created just before the code was stored, and so was not marked.
    await one.register(registrationOf(bare));
    await withSession((session) => session.run('MATCH (:Artifact)-[used:USED_BY]->() DELETE used'));
    await other.register(registrationOf(whole));
    expect(await withSession(graphViolations)).toEqual([]);
  });
});
