import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { QmtlError } from '../../domain/base/errors.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import { memoryStores } from '../../workers/stores/stores.js';
import { submitStrategyWorkflow } from '../../workflows/contract.js';
import { checkInvariants, hangUntilCancelled, openEnvironment, openPlane, skippingTime } from './harness.js';
import { cells, once, submissionInItsOwnWorld } from './interruptions.js';

let env: TestWorkflowEnvironment;

beforeAll(async () => {
  env = await openEnvironment();
});

afterAll(async () => {
  await env.teardown();
});

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
