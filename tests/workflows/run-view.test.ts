import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { QmtlError } from '../../domain/base/errors.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { observeRun } from '../../temporal/clients/run-view.js';
import { memoryStores } from '../../workers/stores/stores.js';
import { submitStrategyWorkflow } from '../../workflows/contract.js';
import { sampleSubmission } from '../samples.js';
import { failing } from './failing.js';
import { openEnvironment, openPlane, type TestPlane } from './harness.js';

let env: TestWorkflowEnvironment;

beforeAll(async () => {
  env = await openEnvironment();
});

afterAll(async () => {
  await env.teardown();
});

let worlds = 0;
function ownSubmission(): Submission {
  worlds += 1;
  return sampleSubmission({ nodes: 2, world: `observed-${worlds}` });
}

const observed = (plane: TestPlane, { submissionId }: Submission) =>
  observeRun(plane.client, submissionId, 1_500);

describe('what Temporal says of a submission', () => {
  test('a submission that was never started has no run', async () => {
    expect((await observed(openPlane(env), ownSubmission())).view).toEqual({ kind: 'none' });
  });

  test('a submission that no worker takes is silent, and says that no worker answers', async () => {
    const plane = openPlane(env);
    const submission = ownSubmission();
    const started = plane.submit(submission);
    started.accepted().catch(() => {});
    await expect
      .poll(async () => (await observed(plane, submission)).view, { timeout: 30_000 })
      .toMatchObject({ kind: 'silent', fault: { source: 'worker', code: 'E_TEMPORAL_UNAVAILABLE' } });
    expect(await observed(plane, submission)).toMatchObject({ strategyId: 'sample' });
    await plane.client.workflow.getHandle(started.workflowId).terminate();
    expect((await observed(plane, submission)).view).toMatchObject({
      kind: 'killed',
      failure: { code: 'E_SUBMISSION_FAILED' },
    });
  });

  test('a submission that waits for an engine is working, with the step that it repeats, until it is cancelled', async () => {
    const stores = memoryStores(Date.now);
    const away = () => new QmtlError('E_GRAPH_UNAVAILABLE', 'the graph is away');
    const plane = openPlane(env, { ...stores, graph: failing(stores.graph, 'register', 1_000, away) });
    const submission = ownSubmission();
    const worker = await plane.startWorker();
    const started = plane.submit(submission);
    started.accepted().catch(() => {});
    await expect
      .poll(
        async () => {
          await env.sleep(1_000);
          return (await observed(plane, submission)).view;
        },
        { timeout: 30_000 },
      )
      .toMatchObject({
        kind: 'working',
        progress: { state: 'received', retrying: { step: 'register', code: 'E_GRAPH_UNAVAILABLE' } },
      });
    await started.cancel();
    await started.result().catch(() => {});
    await worker.stop();
    expect((await observed(plane, submission)).view).toEqual({ kind: 'cancelled' });
  });

  test('a completed submission and a refused one show how they ended, also without a worker', async () => {
    const plane = openPlane(env);
    const worker = await plane.startWorker();
    const submission = ownSubmission();
    await plane.submit(submission).result();
    const other = ownSubmission();
    const nodes = other.dag.nodes.map((node) => ({ ...node, codeHash: 'other' }));
    await plane
      .submit({ ...other, dag: { ...other.dag, nodes } })
      .result()
      .catch(() => {});
    await worker.stop();
    expect((await observed(plane, submission)).view).toEqual({ kind: 'completed', announcement: 'done' });
    expect((await observed(plane, other)).view).toMatchObject({
      kind: 'refused',
      failure: { code: 'E_NODE_ID_MISMATCH', problems: [{ path: '/dag/nodes/0/node_id' }, {}] },
    });
  });

  test('a Temporal that does not answer is a fault of the answer', async () => {
    const plane = openPlane(env);
    const { submissionId } = ownSubmission();
    const view = await observeRun(plane.client, submissionId, -1);
    expect(view).toMatchObject({
      workflowId: submitStrategyWorkflow.id(submissionId),
      view: { kind: 'unknown', fault: { source: 'temporal', code: 'E_TEMPORAL_UNAVAILABLE' } },
    });
  });
});
