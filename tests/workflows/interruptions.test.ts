import { WorkflowNotFoundError } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { QmtlError } from '../../domain/base/errors.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import { memoryStores } from '../../workers/stores/stores.js';
import { submitStrategyWorkflow } from '../../workflows/contract.js';
import { sampleSubmission } from '../samples.js';
import {
  type ActivityHooks,
  type ActivityName,
  checkInvariants,
  hangUntilCancelled,
  openEnvironment,
  openPlane,
  skippingTime,
  type TestPlane,
} from './harness.js';

let env: TestWorkflowEnvironment;

beforeAll(async () => {
  env = await openEnvironment();
});

afterAll(async () => {
  await env.teardown();
});

const steps = [
  'registerSubmission',
  'ensureTopics',
  'commitSubmission',
  'wakePublisher',
  'publishEvents',
] as const satisfies readonly ActivityName[];
const moments = ['before', 'after'] as const;
const cells = steps.flatMap((step) => moments.map((moment) => ({ step, moment })));

/** Calls `act` the first time the moment comes. */
function once(step: ActivityName, moment: 'before' | 'after', act: () => Promise<void>): ActivityHooks {
  let done = false;
  return {
    [moment]: async (name: ActivityName) => {
      if (done || name !== step) return;
      done = true;
      await act();
    },
  };
}

/** The Java test server keeps tasks on the sticky queue of a worker that is gone; a real server does not. */
const leavesNoStickyQueue = { maxCachedWorkflows: 0 } as const;

let worlds = 0;
function submissionInItsOwnWorld() {
  worlds += 1;
  return sampleSubmission({ nodes: 3, world: `interrupted-${worlds}` });
}

describe('I-4: a submission that is cancelled', () => {
  test.each(cells)(
    '$moment $step leaves a consistent graph, and the next one completes it',
    async ({ step, moment }) => {
      const plane = openPlane(env);
      const submission = submissionInItsOwnWorld();
      const isLate = !['registerSubmission', 'ensureTopics'].includes(step);
      const cancelling = new AbortController();
      const cancel = async () => {
        cancelling.abort();
        await plane.client.workflow.getHandle(submitStrategyWorkflow.id(submission.submissionId)).cancel();
        if (step === 'ensureTopics') await hangUntilCancelled();
      };
      const hooks = once(step, moment, cancel);
      const worker = await plane.startWorker({
        ...hooks,
        // Prevents a registration that was cancelled meanwhile from committing first.
        before: async (name) => {
          if (cancelling.signal.aborted && !isLate && name === 'ensureTopics') await hangUntilCancelled();
          await hooks.before?.(name);
        },
      });
      const ended = plane.submit(submission).result();
      const state = () => plane.stores.graph.submission(submission.submissionId);
      const outcome = await ended.then(
        () => 'committed',
        (error: { code?: string }) => error.code,
      );
      expect(outcome).toBe(isLate ? 'committed' : 'E_SUBMISSION_CANCELLED');
      expect((await state())?.state).toBe(isLate ? 'committed' : 'cancelled');
      await worker.stop();
      await plane.startWorker();
      const { receipt } = await plane.submit(submission).result();
      expect(receipt?.counts).toMatchObject({ new: 3, reuse: 0 });
      expect(await checkInvariants(plane.stores)).toEqual([]);
    },
  );
});

/** Resolves once the server has the workflow, which no worker has seen yet. */
async function untilStarted(plane: TestPlane, workflowId: string): Promise<void> {
  const handle = plane.client.workflow.getHandle(workflowId);
  while (!(await isThere(handle.describe()))) await env.sleep('10ms');
}

async function isThere(description: Promise<unknown>): Promise<boolean> {
  return description.then(
    () => true,
    (error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    },
  );
}

describe('I-4: a cancellation before a registration that leaves nothing to wait for', () => {
  test('a submission that needs no topic is cancelled before its commit', async () => {
    const plane = openPlane(env);
    const world = 'cancelled-at-once';
    const earlier = sampleSubmission({ nodes: 2, world, strategy: 'earlier', schemaHash: 'a' });
    const worker = await plane.startWorker({}, leavesNoStickyQueue);
    await plane.submit(earlier).result();
    await worker.stop();
    // Joins the queues of the other, and has to mark its nodes at the commit.
    const submission = sampleSubmission({ nodes: 2, world, strategy: 'later', schemaHash: 'b' });
    const started = plane.submit(submission);
    const outcome = started.result().catch((error: { code?: string }) => error.code);
    await untilStarted(plane, started.workflowId);
    await plane.client.workflow.getHandle(started.workflowId).cancel();
    const calls: string[] = [];
    await plane.startWorker({ before: (name) => void calls.push(name) });
    expect(await outcome).toBe('E_SUBMISSION_CANCELLED');
    expect(calls).toEqual(['registerSubmission', 'cancelSubmission']);
    expect((await plane.stores.graph.submission(submission.submissionId))?.state).toBe('cancelled');
    expect((await plane.submit(submission).result()).receipt?.counts).toMatchObject({ buffering: 2 });
    expect(await checkInvariants(plane.stores)).toEqual([]);
  });

  test('a registration that commits at once is published, although it was cancelled', async () => {
    const plane = openPlane(env);
    const world = 'committed-at-once';
    const worker = await plane.startWorker({}, leavesNoStickyQueue);
    await plane.submit(sampleSubmission({ nodes: 2, world, strategy: 'earlier' })).result();
    await worker.stop();
    const submission = sampleSubmission({ nodes: 2, world, strategy: 'later' });
    const started = plane.submit(submission);
    const result = started.result();
    await untilStarted(plane, started.workflowId);
    await plane.client.workflow.getHandle(started.workflowId).cancel();
    await plane.startWorker();
    expect((await result).receipt?.counts).toMatchObject({ reuse: 2 });
    expect(await checkInvariants(plane.stores)).toEqual([]);
  });
});

describe('I-4: a cancellation while the graph is away', () => {
  test('it counts as long as the commit has not begun, and is undone once the graph is back', async () => {
    const base = memoryStores(Date.now);
    let isAway = true;
    const cancels: number[] = [];
    const unlessAway = <T>(call: () => Promise<T>): Promise<T> =>
      isAway ? Promise.reject(new QmtlError('E_GRAPH_UNAVAILABLE', 'away')) : call();
    const graph: GraphStore = {
      ...base.graph,
      commit: (submissionId, at) => unlessAway(() => base.graph.commit(submissionId, at)),
      cancel: (submissionId, at) => {
        cancels.push(at);
        return unlessAway(() => base.graph.cancel(submissionId, at));
      },
    };
    const plane = openPlane(env, { ...base, graph });
    await plane.startWorker();
    const submission = submissionInItsOwnWorld();
    const started = plane.submit(submission);
    const outcome = started.result().catch((error: { code?: string }) => error.code);
    while ((await started.status()).retrying?.step !== 'commit') await env.sleep('2s');
    await started.cancel();
    // The clean-up is tried for longer than the five attempts of one round.
    while (cancels.length <= 5) await env.sleep('10s');
    isAway = false;
    expect(await skippingTime(env, outcome)).toBe('E_SUBMISSION_CANCELLED');
    expect((await plane.stores.graph.submission(submission.submissionId))?.state).toBe('cancelled');
  });
});

describe('I-4: a worker that stops', () => {
  // The step fails before its effect, or after it, when its answer is lost.
  test.each(cells)(
    '$moment $step loses nothing: the next worker completes the submission',
    async ({ step, moment }) => {
      const plane = openPlane(env);
      const submission = submissionInItsOwnWorld();
      let goDown = () => {};
      const going = new Promise<void>((resolve) => {
        goDown = resolve;
      });
      const first = await plane.startWorker(
        once(step, moment, async () => {
          goDown();
          throw new Error('the worker goes down');
        }),
        leavesNoStickyQueue,
      );
      const result = plane.submit(submission).result();
      await going;
      await first.stop();
      await plane.startWorker();
      const { receipt } = await result;
      expect(receipt?.counts).toMatchObject({ new: 3, reuse: 0 });
      expect(await plane.stores.graph.totals()).toMatchObject({ nodes: 3, queues: 3, sentinels: 1 });
      expect(await checkInvariants(plane.stores)).toEqual([]);
    },
  );
});
