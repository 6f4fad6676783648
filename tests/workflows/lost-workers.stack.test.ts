import { WorkflowNotFoundError } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { sampleSubmission } from '../samples.js';
import { checkInvariants, openPlane, openServerEnvironment, type TestPlane } from './harness.js';
import { cells, once, submissionInItsOwnWorld } from './interruptions.js';

// On a real server: the time-skipping one never takes a task back from the sticky queue of a worker that is gone.

let env: TestWorkflowEnvironment;

beforeAll(async () => {
  env = await openServerEnvironment(inject('engines').temporal.address);
});

afterAll(() => env.teardown());

/** How long a task waits for the worker that had the last one of its workflow. */
const stickyQueueScheduleToStartTimeout = '100ms';

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
    const worker = await plane.startWorker({}, { stickyQueueScheduleToStartTimeout });
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
    const worker = await plane.startWorker({}, { stickyQueueScheduleToStartTimeout });
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
        { stickyQueueScheduleToStartTimeout },
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
