import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { QmtlError } from '../../domain/base/errors.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { receiptFromWire } from '../../proto/convert/receipt.js';
import { stateName } from '../../proto/convert/submission.js';
import { Announcement } from '../../proto/gen/qmtl/v1/submission_pb.js';
import { memoryStores } from '../../workers/stores/stores.js';
import { searchAttributes } from '../../workflows/contract.js';
import { sampleSubmission } from '../samples.js';
import { failing, failingWhile } from './failing.js';
import {
  checkInvariants,
  openEnvironment,
  openPlane,
  ownWorld,
  skippingTime,
  withWorker,
} from './harness.js';

let env: TestWorkflowEnvironment;

async function referencesOf(graph: GraphStore, { submissionId }: Submission) {
  const specs = await graph.unverifiedTopics(submissionId, 9);
  return Promise.all(specs.map(({ topic }) => graph.queueReferences(topic)));
}

beforeAll(async () => {
  env = await openEnvironment();
});

afterAll(async () => {
  await env.teardown();
});

describe('a submission while an engine is away', () => {
  const away = () => new QmtlError('E_BROKER_UNAVAILABLE', 'the broker is away');

  test.each([1, 4, 5, 12])(
    'waits out a broker that refuses %i times and then completes',
    async (failures) => {
      const base = memoryStores(Date.now);
      const plane = openPlane(env, { ...base, topics: failing(base.topics, 'create', failures, away) });
      const submission = sampleSubmission({ nodes: 2, world: ownWorld() });
      await withWorker(plane, async () => {
        expect(await skippingTime(env, plane.submit(submission).result())).toMatchObject({ joined: false });
      });
      expect(await checkInvariants(plane.stores)).toEqual([]);
    },
  );

  test('a submission that waits is retrying, not failed', async () => {
    const base = memoryStores(Date.now);
    const plane = openPlane(env, {
      ...base,
      graph: failing(
        base.graph,
        'register',
        6,
        () => new QmtlError('E_GRAPH_UNAVAILABLE', 'the graph is away'),
      ),
    });
    const submission = sampleSubmission({ nodes: 1, world: ownWorld() });
    await withWorker(plane, async () => {
      const started = plane.submit(submission);
      const result = started.result.bind(started);
      let status = await started.status();
      for (; status.retrying === undefined; status = await started.status()) await env.sleep('1s');
      expect(stateName(status.state)).toBe('received');
      expect(status.retrying).toMatchObject({ step: 'register', rounds: 1, code: 'E_GRAPH_UNAVAILABLE' });
      expect(await skippingTime(env, result())).toMatchObject({ joined: false });
      expect((await started.status()).retrying).toBeUndefined();
    });
  });

  test('a submission fails once its retry budget is used up, with the last cause', async () => {
    const base = memoryStores(Date.now);
    const plane = openPlane(env, {
      ...base,
      topics: failing(base.topics, 'create', Number.POSITIVE_INFINITY, away),
    });
    const submission = sampleSubmission({ nodes: 1, world: ownWorld() });
    await withWorker(plane, async () => {
      const started = plane.submit(submission);
      await expect(skippingTime(env, started.result())).rejects.toMatchObject({
        code: 'E_SUBMISSION_FAILED',
        message: expect.stringContaining('E_BROKER_UNAVAILABLE'),
      });
      expect(stateName((await started.status()).state)).toBe('failed');
    });
    expect((await plane.stores.graph.queues({ itemsMax: 10 })).items).toEqual([]);
  });

  test.each([
    ['a right that is missing on the broker', 'topics', 'create', 'E_TOPIC_REJECTED', 'ensure-topics'],
    ['a password that was changed at the graph', 'graph', 'register', 'E_CONFIG', 'register'],
    ['a password that was changed before the commit', 'graph', 'commit', 'E_CONFIG', 'commit'],
  ] as const)(
    'a submission waits for an operator with %s, says why, and goes on when it is repaired',
    async (...row) => {
      const [, store, method, code, step] = row;
      const base = memoryStores(Date.now);
      let broken = true;
      const refuse = () => new QmtlError(code, 'refused for now', { hint: 'correct it' });
      const plane = openPlane(env, {
        ...base,
        [store]: failingWhile(base[store], method, () => broken, refuse),
      });
      await withWorker(plane, async () => {
        const started = plane.submit(sampleSubmission({ nodes: 1, world: ownWorld() }));
        started.accepted().catch(() => {});
        const { retrying } = await expect
          .poll(() => started.status(), { timeout: 30_000 })
          .toMatchObject({ retrying: { code } })
          .then(() => started.status());
        // No attempt helps before it is repaired: a round has one.
        expect(retrying).toMatchObject({ step, message: 'refused for now (correct it)' });
        broken = false;
        expect(await skippingTime(env, started.result())).toMatchObject({ announcement: Announcement.DONE });
      });
      expect(await checkInvariants(plane.stores)).toEqual([]);
    },
  );

  test('a submission fails at once on a fault of its own that no operator repairs', async () => {
    const base = memoryStores(Date.now);
    const refused = () => new QmtlError('E_LIMIT_EXCEEDED', 'too much');
    const plane = openPlane(env, { ...base, topics: failing(base.topics, 'create', 1, refused) });
    const submission = sampleSubmission({ nodes: 1, world: ownWorld() });
    await withWorker(plane, async () => {
      const started = plane.submit(submission);
      await expect(skippingTime(env, started.result())).rejects.toMatchObject({
        code: 'E_SUBMISSION_FAILED',
        message: expect.stringContaining('E_LIMIT_EXCEEDED: too much'),
      });
    });
    expect(await referencesOf(plane.stores.graph, submission)).toEqual([{ users: 0, waiting: 0 }]);
  });

  test('a submission that failed ends without what it could not undo', async () => {
    const base = memoryStores(Date.now);
    const refused = () => new QmtlError('E_LIMIT_EXCEEDED', 'too much');
    const graphAway = () => new QmtlError('E_GRAPH_UNAVAILABLE', 'the graph is away');
    const plane = openPlane(env, {
      ...base,
      topics: failing(base.topics, 'create', 1, refused),
      graph: failing(base.graph, 'cancel', Number.POSITIVE_INFINITY, graphAway),
    });
    const submission = sampleSubmission({ nodes: 1, world: ownWorld() });
    await withWorker(plane, async () => {
      await expect(skippingTime(env, plane.submit(submission).result())).rejects.toMatchObject({
        message: expect.stringContaining('E_LIMIT_EXCEEDED: too much'),
      });
    });
    expect(await referencesOf(base.graph, submission)).toEqual([{ users: 0, waiting: 1 }]);
  });

  test('a submission is committed even when nothing publishes its events, which stay in the outbox', async () => {
    const plane = openPlane(env);
    const submission = sampleSubmission({ nodes: 1, world: ownWorld() });
    await plane.startWorker({}, { publishes: false });
    const started = plane.submit(submission);
    expect(await skippingTime(env, started.result())).toMatchObject({
      joined: false,
      announcement: Announcement.PENDING,
    });
    expect((await plane.stores.graph.totals()).outboxDepth).toBeGreaterThan(0);
    const described = await plane.client.workflow.getHandle(started.workflowId).describe();
    expect(described.typedSearchAttributes.get(searchAttributes.state)).toBe('completed-unannounced');
  });

  test('a bus that is away for a while delays the end of a submission, and nothing else', async () => {
    const base = memoryStores(Date.now);
    const plane = openPlane(env, { ...base, bus: failing(base.bus, 'publish', 5, away) });
    const submission = sampleSubmission({ nodes: 1, world: ownWorld() });
    await withWorker(plane, async () => {
      expect(await skippingTime(env, plane.submit(submission).result())).toMatchObject({
        announcement: Announcement.DONE,
      });
    });
    expect(await checkInvariants(plane.stores)).toEqual([]);
  });

  test('an event that the bus refuses is parked, and the submission says so', async () => {
    const base = memoryStores(Date.now);
    const bus: typeof base.bus = {
      ...base.bus,
      publish: async (events) => {
        const [bad] = events.filter(({ event }) => event.type === 'queue_updated');
        await base.bus.publish(events.filter((event) => event !== bad));
        return bad === undefined ? [] : [{ id: bad.id, reason: 'too large' }];
      },
    };
    const plane = openPlane(env, { ...base, bus });
    const submission = sampleSubmission({ nodes: 1, world: ownWorld() });
    await withWorker(plane, async () => {
      const { receipt, announcement } = await plane.submit(submission).result();
      expect(announcement).toBe(Announcement.PARKED);
      expect(receipt?.counts).toMatchObject({ new: 1 });
    });
    expect(await plane.stores.graph.totals()).toMatchObject({ outboxDepth: 0, outboxParked: 1 });
  });

  test('a submission waits for a queue that is being collected', async () => {
    const plane = openPlane(env);
    const world = ownWorld();
    await withWorker(plane, async () => {
      const { receipt } = await plane
        .submit(sampleSubmission({ nodes: 1, world, strategy: 'first' }))
        .result();
      const [queue] = (await plane.stores.graph.queues({ itemsMax: 1 })).items;
      if (queue === undefined) throw new Error(JSON.stringify(receipt));
      await plane.stores.graph.retireVersion(receiptFromWire(receipt).sentinelId, 1);
      expect(await plane.stores.graph.drainQueue(queue.topic, 1)).toBe('draining');
      const second = plane.submit(sampleSubmission({ nodes: 1, world, strategy: 'second' }));
      await env.sleep('1s');
      const status = await second.status();
      expect(status.retrying).toMatchObject({ step: 'register', code: 'E_CONTENDED' });
      await second.cancel();
      await expect(skippingTime(env, second.result())).rejects.toMatchObject({
        code: 'E_SUBMISSION_CANCELLED',
      });
    });
  });
});
