import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { submitStrategyWorkflow } from '../../workflows/contract.js';
import { sampleSubmission } from '../samples.js';
import {
  type ActivityHooks,
  type ActivityName,
  checkInvariants,
  hangUntilCancelled,
  openEnvironment,
  openPlane,
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
  'publishOutbox',
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
      const isLate = step === 'commitSubmission' || step === 'publishOutbox';
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
