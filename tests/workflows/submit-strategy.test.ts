import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isSubmissionId } from '../../domain/base/ids.js';
import { limits } from '../../domain/base/limits.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { submissionDocument } from '../../domain/submissions/submission-document.js';
import { stateName } from '../../proto/convert/submission.js';
import { Announcement } from '../../proto/gen/qmtl/v1/submission_pb.js';
import { allOf } from '../all-of.js';
import { accepted, sampleSubmission, withTags } from '../samples.js';
import { checkInvariants, openEnvironment, openPlane, ownWorld, withWorker } from './harness.js';

let env: TestWorkflowEnvironment;

beforeAll(async () => {
  env = await openEnvironment();
});

afterAll(async () => {
  await env.teardown();
});

describe('a submission', () => {
  test('a submission is accepted with its diff and ends with the receipt in the graph', async () => {
    const plane = openPlane(env);
    const submission = sampleSubmission({ nodes: 5, world: ownWorld() });
    await withWorker(plane, async () => {
      const started = plane.submit(submission);
      const acceptance = await started.accepted();
      expect(acceptance).toMatchObject({
        submissionId: submission.submissionId,
        counts: { new: 5, reuse: 0 },
        topicsUnverified: 5,
        joined: false,
      });
      const { receipt, joined } = await started.result();
      expect(joined).toBe(false);
      expect(receipt).toMatchObject({ strategyId: 'sample', queueMapSize: 5, counts: { new: 5 } });
      expect(stateName((await started.status()).state)).toBe('completed');
    });
    expect((await plane.stores.graph.submission(submission.submissionId))?.state).toBe('committed');
    expect(await checkInvariants(plane.stores)).toEqual([]);
  });

  test('a submission of known nodes creates no topic', async () => {
    const plane = openPlane(env);
    const world = ownWorld();
    await withWorker(plane, async () => {
      await plane.submit(sampleSubmission({ nodes: 4, world, strategy: 'first' })).result();
      const before = await allOf(plane.stores.topics.history());
      const { receipt } = await plane
        .submit(sampleSubmission({ nodes: 4, world, strategy: 'second' }))
        .result();
      expect(receipt?.counts).toMatchObject({ reuse: 4, new: 0 });
      expect(await allOf(plane.stores.topics.history())).toEqual(before);
    });
    expect(await checkInvariants(plane.stores)).toEqual([]);
  });

  test('a submission with a tag query creates and checks no topic for it, and ends with a receipt of all its nodes', async () => {
    const plane = openPlane(env);
    const tagQuery = { tags: ['btc'], matchMode: 'any', interval: 60 } as const;
    const submission = sampleSubmission({ nodes: 2, world: ownWorld(), tagQuery });
    await withWorker(plane, async () => {
      const started = plane.submit(submission);
      expect(await started.accepted()).toMatchObject({ counts: { new: 3, reuse: 0 }, topicsUnverified: 2 });
      const { receipt } = await started.result();
      expect(receipt?.queueMap.filter(({ topic }) => topic === '')).toHaveLength(1);
      expect(receipt).toMatchObject({ queueMapSize: 3, tagsAdded: 0 });
      const again = sampleSubmission({
        nodes: 2,
        world: submission.context.worldId,
        strategy: 'again',
        tagQuery,
      });
      const { receipt: second } = await plane.submit(again).result();
      expect(second?.counts).toMatchObject({ new: 0, reuse: 3 });
    });
    expect(await checkInvariants(plane.stores)).toEqual([]);
  });

  test('a submission of known nodes that adds tags waits until the sets they lead to are announced', async () => {
    const plane = openPlane(env);
    const world = ownWorld();
    const second = withTags(sampleSubmission({ nodes: 2, world, strategy: 'second' }), ['btc', 'momentum']);
    await withWorker(plane, async () => {
      await plane.submit(sampleSubmission({ nodes: 2, world, strategy: 'first' })).result();
      const { receipt, announcement } = await plane.submit(accepted(submissionDocument(second))).result();
      expect(announcement).toBe(Announcement.DONE);
      expect(receipt).toMatchObject({ counts: { reuse: 2, new: 0 }, tagsAdded: 2 });
      expect(receipt?.queueMap.map(({ tagsAdded }) => tagsAdded)).toEqual([['momentum'], ['momentum']]);
    });
    expect(await plane.stores.graph.totals()).toMatchObject({ outboxDepth: 0 });
    expect(await checkInvariants(plane.stores)).toEqual([]);
  });

  test('tags that do not fit are refused with the node, and nothing is written', async () => {
    const plane = openPlane(env);
    const world = ownWorld();
    const tagged = (strategy: string, tags: readonly string[]) =>
      accepted(submissionDocument(withTags(sampleSubmission({ nodes: 1, world, strategy }), tags)));
    const some = (name: string) =>
      Array.from({ length: limits.nodeTagsTotalMax / 2 }, (_, index) => `${name}-${index}`);
    await withWorker(plane, async () => {
      await plane.submit(tagged('first', some('a'))).result();
      await plane.submit(tagged('second', some('b'))).result();
      const before = await plane.stores.graph.totals();
      const third = plane.submit(tagged('third', ['one-more']));
      await expect(third.accepted()).rejects.toMatchObject({ code: 'E_LIMIT_EXCEEDED' });
      expect(await plane.stores.graph.totals()).toEqual(before);
    });
    expect(await checkInvariants(plane.stores)).toEqual([]);
  });

  test('I-7: a wrong NodeID is refused with its place, and nothing is written', async () => {
    const plane = openPlane(env);
    const submission = sampleSubmission({ nodes: 2, world: ownWorld() });
    const tampered: Submission = {
      ...submission,
      dag: { ...submission.dag, nodes: submission.dag.nodes.map((node) => ({ ...node, codeHash: 'other' })) },
    };
    await withWorker(plane, async () => {
      const started = plane.submit(tampered);
      await expect(started.accepted()).rejects.toMatchObject({
        code: 'E_NODE_ID_MISMATCH',
        problems: [
          { code: 'E_NODE_ID_MISMATCH', path: '/dag/nodes/0/node_id' },
          { path: '/dag/nodes/1/node_id' },
        ],
      });
      await expect(started.result()).rejects.toMatchObject({ code: 'E_NODE_ID_MISMATCH' });
      expect(stateName((await started.status()).state)).toBe('refused');
    });
    expect(await plane.stores.graph.totals()).toMatchObject({ nodes: 0, queues: 0, strategies: 0 });
    expect(await plane.stores.graph.submission(submission.submissionId)).toBeUndefined();
  });

  test('I-7: a run whose content belongs to another id is refused before anything is written', async () => {
    const plane = openPlane(env);
    const world = ownWorld();
    const wrongId = `blake3:${'0'.repeat(64)}`;
    if (!isSubmissionId(wrongId)) throw new Error(wrongId);
    await withWorker(plane, async () => {
      const submission = sampleSubmission({ nodes: 1, world });
      const started = plane.submit({ ...submission, submissionId: wrongId });
      await expect(started.result()).rejects.toMatchObject({
        code: 'E_USAGE',
        problems: [{ path: '/workflow_id', hint: expect.stringContaining(submission.submissionId) }],
      });
      expect(await plane.stores.graph.submission(submission.submissionId)).toBeUndefined();
      expect(await plane.stores.graph.totals()).toMatchObject({ nodes: 0, queues: 0 });
    });
  });
});

describe('I-3: the same content', () => {
  test('the same content after completion has the same receipt and creates nothing', async () => {
    const plane = openPlane(env);
    const submission = sampleSubmission({ nodes: 3, world: ownWorld() });
    await withWorker(plane, async () => {
      const first = await plane.submit(submission).result();
      const totals = await plane.stores.graph.totals();
      const again = plane.submit(submission);
      expect(await again.accepted()).toMatchObject({ joined: true });
      const second = await again.result();
      expect(second.joined).toBe(true);
      expect(second.receipt).toEqual(first.receipt);
      expect(await plane.stores.graph.totals()).toEqual(totals);
    });
    expect(await checkInvariants(plane.stores)).toEqual([]);
  });

  test('the same content during a run joins it', async () => {
    const plane = openPlane(env);
    const submission = sampleSubmission({ nodes: 3, world: ownWorld() });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const worker = await plane.startWorker({
      before: (name) => (name === 'ensureTopics' ? held : undefined),
    });
    const first = plane.submit(submission);
    await first.accepted();
    const second = plane.submit(submission);
    const [one, two] = [await first.accepted(), await second.accepted()];
    expect(two.requestId).toBe(one.requestId);
    release();
    expect((await second.result()).receipt).toEqual((await first.result()).receipt);
    await worker.stop();
    expect(
      (await allOf(plane.stores.topics.history())).filter((entry) => entry.workflowId !== ''),
    ).toHaveLength(3);
  });

  test('the same content submitted fifty times at once is one run with one set of topics', async () => {
    const plane = openPlane(env);
    const submission = sampleSubmission({ nodes: 4, world: ownWorld() });
    await withWorker(plane, async () => {
      const started = Array.from({ length: 50 }, () => plane.submit(submission));
      await Promise.all(started.map((one) => one.accepted()));
      const results = await Promise.all(started.map((one) => one.result()));
      expect(new Set(results.map(({ receipt }) => receipt?.sentinelId)).size).toBe(1);
    });
    expect(await plane.stores.graph.totals()).toMatchObject({ nodes: 4, queues: 4, sentinels: 1 });
    expect(await checkInvariants(plane.stores)).toEqual([]);
  });
});

test('fifty submissions of overlapping DAGs at once share every common node and topic', async () => {
  const plane = openPlane(env);
  const world = ownWorld();
  const submissions = Array.from({ length: 50 }, (_, index) =>
    sampleSubmission({ nodes: 3 + (index % 10), world, strategy: `s-${index}` }),
  );
  await withWorker(plane, async () => {
    const results = await Promise.all(submissions.map((submission) => plane.submit(submission).result()));
    const created = results.reduce((sum, { receipt }) => sum + (receipt?.counts?.new ?? 0), 0);
    expect(created).toBe(12);
  });
  expect(await plane.stores.graph.totals()).toMatchObject({ nodes: 12, queues: 12, sentinels: 50 });
  expect(await checkInvariants(plane.stores)).toEqual([]);
});
