import { describe, expect, test } from 'vitest';
import type { ApiDeps } from '../../api/deps.js';
import { QmtlError } from '../../domain/base/errors.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import type { RunView } from '../../domain/submissions/observed-status.js';
import { stateName } from '../../proto/convert/submission.js';
import { GetStrategyStatusResponseSchema } from '../../proto/gen/qmtl/v1/api_pb.js';
import { announcedEvents } from '../announced-events.js';
import { sampleSubmission } from '../samples.js';
import { registrationOf, submitWhole } from '../submit-whole.js';
import { expectProblem, never, openApi } from './api-fixture.js';

const submission = sampleSubmission({ nodes: 1 });
const { submissionId } = submission;
const byId = `/v1/gateway/strategies/${submissionId}/status`;
const byStrategy = '/v1/gateway/strategies/sample/status';

const running = (view: RunView): Partial<ApiDeps> => ({
  observeRun: async () => ({ view, workflowId: 'of-the-run', strategyId: 'sample' }),
  newestRun: async () => ({ submissionId, running: true }),
});
const working = running({ kind: 'working', progress: { state: 'received' } });
const away = () => Promise.reject(new QmtlError('E_TEMPORAL_UNAVAILABLE', 'at 10.0.0.1:7233'));
const temporalAway: Partial<ApiDeps> = { observeRun: away, newestRun: away };

async function statusOn(
  replaced: Partial<ApiDeps>,
  prepare: (graph: GraphStore) => Promise<unknown> = async () => {},
  url = byId,
) {
  const api = await openApi(replaced);
  await prepare(api.graph);
  const { status, workflowId } = await api.read(GetStrategyStatusResponseSchema, url);
  if (status === undefined) throw new Error('no status');
  return { ...status, state: stateName(status.state), workflowId };
}

const register = (graph: GraphStore) => graph.register(registrationOf(submission));
const commit = (graph: GraphStore) => submitWhole(graph, submission);

describe('one status from Temporal and the graph', () => {
  test('a submission that runs is found before the graph knows it, also by its strategy', async () => {
    for (const url of [byId, byStrategy]) {
      expect(await statusOn(working, undefined, url)).toMatchObject({
        state: 'received',
        strategyId: 'sample',
        workflowId: 'of-the-run',
      });
    }
  });

  test('a submission whose events are being published is committed, not completed', async () => {
    const publishing = running({ kind: 'working', progress: { state: 'committed' } });
    expect(await statusOn(publishing, commit)).toMatchObject({ state: 'committed' });
  });

  test('a submission whose run was terminated has failed, although the graph holds its registration', async () => {
    const failure = { code: 'E_SUBMISSION_FAILED', message: 'terminated from outside' } as const;
    expect(await statusOn(running({ kind: 'killed', failure }), register)).toMatchObject({
      state: 'failed',
      failure,
    });
  });

  test('a registration that no run continues has failed', async () => {
    expect(await statusOn({}, register)).toMatchObject({
      state: 'failed',
      failure: { code: 'E_SUBMISSION_FAILED' },
    });
  });

  test('a run that is over and whose events wait is completed and not announced', async () => {
    const over = running({ kind: 'completed', announcement: 'pending' });
    const { state, announcement } = await statusOn(over, commit);
    expect([state, announcement]).toEqual(['completed', 2]);
    const sent = await statusOn(over, async (graph) => {
      await commit(graph);
      const { fence, events } = await announcedEvents(graph);
      await graph.removeSent(
        fence,
        events.map(({ id }) => id),
      );
    });
    expect([sent.state, sent.announcement]).toEqual(['completed', 1]);
  });

  test('the newest submission of a strategy is the one that runs', async () => {
    const newer = sampleSubmission({ nodes: 2 });
    const replaced: Partial<ApiDeps> = {
      observeRun: async (id) => ({
        view:
          id === newer.submissionId ? { kind: 'working', progress: { state: 'received' } } : { kind: 'none' },
      }),
      newestRun: async () => ({ submissionId: newer.submissionId, running: true }),
    };
    expect(await statusOn(replaced, commit, byStrategy)).toMatchObject({
      submissionId: newer.submissionId,
      state: 'received',
    });
  });
});

describe('a source that is silent', () => {
  test('a Temporal that is away is a fault of the answer, without its address', async () => {
    const status = await statusOn(temporalAway, register);
    expect(status).toMatchObject({
      state: 'registered',
      faults: [{ source: 'temporal', code: 'E_TEMPORAL_UNAVAILABLE' }],
    });
    expect(JSON.stringify(status.faults)).not.toContain('10.0.0.1');
    const byName = await statusOn(temporalAway, register, byStrategy);
    expect(byName).toMatchObject({ state: 'registered', faults: [{ source: 'temporal' }] });
  });

  test('a Temporal and a graph that never answer are named, before the handler timeout', async () => {
    const { get, graph } = await openApi({ observeRun: never, newestRun: never });
    await register(graph);
    const answered = await get(byStrategy);
    expect([answered.statusCode, answered.json()]).toMatchObject([
      200,
      { status: { state: 'SUBMISSION_STATE_REGISTERED', faults: [{ source: 'temporal' }] } },
    ]);
  });

  test('a graph that is away is a fault of the answer when Temporal knows the run', async () => {
    const base = await openApi();
    const refuse = () => Promise.reject(new QmtlError('E_GRAPH_UNAVAILABLE', 'at bolt://secret'));
    const graph = { ...base.graph, submission: refuse, newestSubmission: refuse };
    for (const url of [byId, byStrategy]) {
      expect(await statusOn({ ...working, graph }, undefined, url)).toMatchObject({
        state: 'received',
        faults: [{ source: 'graph', code: 'E_GRAPH_UNAVAILABLE' }],
      });
    }
    const { get } = await openApi({ ...temporalAway, graph });
    for (const url of [byId, byStrategy]) expectProblem(await get(url), 503, 'E_TEMPORAL_UNAVAILABLE');
  });

  test('without a worker the state is that of the graph, and the missing worker is shown', async () => {
    const fault = { source: 'worker', code: 'E_TEMPORAL_UNAVAILABLE', message: 'no worker answers' } as const;
    expect(await statusOn(running({ kind: 'silent', fault }), register)).toMatchObject({
      state: 'registered',
      faults: [fault],
    });
  });

  test('an error that is not of the catalogue is an internal error, not a silent source', async () => {
    const { get, faults } = await openApi({ observeRun: () => Promise.reject(new TypeError('a mistake')) });
    expectProblem(await get(byId), 500, 'E_INTERNAL');
    expect(faults).toHaveLength(1);
  });
});
