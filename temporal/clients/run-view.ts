import { isMessage } from '@bufbuild/protobuf';
import {
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { isErrorCode, isQmtlError, type QmtlError } from '../../domain/base/errors.js';
import { isSubmissionId, type SubmissionId } from '../../domain/base/ids.js';
import type {
  ObservedRun,
  RunView,
  SourceFault,
  StartedRun,
  StatusFailure,
} from '../../domain/submissions/observed-status.js';
import { announcementFromWire, progressFromWire } from '../../proto/convert/submission.js';
import {
  type SubmissionStatus,
  type SubmitStrategyRequest,
  type SubmitStrategyResult,
  SubmitStrategyResultSchema,
} from '../../proto/gen/qmtl/v1/submission_pb.js';
import {
  parseSubmissionWorkflowId,
  searchAttributes,
  statusQuery,
  submitStrategyWorkflow,
} from '../../workflows/contract.js';
import { submissionError } from './submission-error.js';

type SubmitStrategy = (request: SubmitStrategyRequest) => Promise<SubmitStrategyResult>;
type Submitting = WorkflowHandle<SubmitStrategy>;

/** Reads the newest run of a submission, within about `ms`; never rejects. A closed run is not queried: its last query state is not its end. */
export async function observeRun(
  client: Client,
  submissionId: SubmissionId,
  ms: number,
): Promise<ObservedRun> {
  const workflowId = submitStrategyWorkflow.id(submissionId);
  const handle = client.workflow.getHandle<SubmitStrategy>(workflowId);
  const observe = async (): Promise<ObservedRun> => {
    const run = await handle.describe();
    const strategyId = run.typedSearchAttributes.get(searchAttributes.strategyId);
    const view = await viewOf(handle, run);
    return { view, workflowId, ...(strategyId === undefined ? {} : { strategyId }) };
  };
  try {
    return await client.withDeadline(Date.now() + ms, observe);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { view: { kind: 'none' }, workflowId };
    return { view: { kind: 'unknown', fault: faultOf(error) }, workflowId };
  }
}

/** The submission of a strategy whose run is under way; without one, that of the run which ended last. Undefined when Temporal knows none. */
export async function newestRun(
  client: Client,
  strategyId: string,
  ms: number,
): Promise<StartedRun | undefined> {
  const query = `${searchAttributes.strategyId.name} = "${strategyId}" AND WorkflowType = "${submitStrategyWorkflow.type}"`;
  const first = async () => {
    for await (const run of client.workflow.list({ query, pageSize: 1 })) return run;
    return undefined;
  };
  try {
    const run = await client.withDeadline(Date.now() + ms, first);
    const submissionId = run === undefined ? undefined : parseSubmissionWorkflowId(run.workflowId);
    if (run === undefined || submissionId === undefined || !isSubmissionId(submissionId)) return undefined;
    return { submissionId, running: run.status.name === 'RUNNING' };
  } catch (error) {
    throw submissionError(error);
  }
}

async function viewOf(handle: Submitting, run: WorkflowExecutionDescription): Promise<RunView> {
  switch (run.status.name) {
    case 'COMPLETED': {
      const result: unknown = await handle.result();
      const { announcement } = isMessage(result, SubmitStrategyResultSchema) ? result : { announcement: 0 };
      return { kind: 'completed', announcement: announcementFromWire(announcement) };
    }
    case 'CANCELLED':
      return { kind: 'cancelled' };
    case 'FAILED':
      return failedView(await failureOf(handle));
    case 'TERMINATED':
    case 'TIMED_OUT':
      return { kind: 'killed', failure: await failureOf(handle) };
    case 'RUNNING':
    case 'PAUSED':
    case 'CONTINUED_AS_NEW':
    case 'UNKNOWN':
    case 'UNSPECIFIED':
      return runningView(handle, run);
  }
}

/** A refusal ends a run with the code of its first problem; every other failure has the code of a failed submission. */
function failedView(failure: StatusFailure): RunView {
  const refused = failure.code !== 'E_SUBMISSION_FAILED' && failure.code !== 'E_INTERNAL';
  return { kind: refused ? 'refused' : 'failed', failure };
}

async function failureOf(handle: Submitting): Promise<StatusFailure> {
  try {
    await handle.result();
  } catch (error) {
    const { code, message, problems } = asQmtlError(error);
    return { code, message, problems };
  }
  return { code: 'E_INTERNAL', message: 'the run has a result and failed' };
}

async function runningView(handle: Submitting, run: WorkflowExecutionDescription): Promise<RunView> {
  const failing = failingTask(run);
  if (failing !== undefined) return { kind: 'silent', fault: failing };
  try {
    const status: SubmissionStatus = await handle.query(statusQuery);
    return { kind: 'working', progress: withPendingAttempt(progressFromWire(status), run) };
  } catch {
    // A local activity keeps a worker from answering; then the task has been started.
    const state: number | null | undefined = run.raw.pendingWorkflowTask?.state;
    return state === taskStarted ? { kind: 'silent' } : { kind: 'silent', fault: noWorker };
  }
}

/** A value of temporal.api.enums.v1.PendingWorkflowTaskState. */
const taskStarted = 2;

const noWorker: SourceFault = {
  source: 'worker',
  code: 'E_TEMPORAL_UNAVAILABLE',
  message: 'no worker answers: start one with `qmtl up` or `qmtl worker`; the run goes on then',
};

/** A workflow task that failed is repeated by Temporal until a release completes it. */
function failingTask({ raw }: WorkflowExecutionDescription): SourceFault | undefined {
  const { attempt = 1 } = raw.pendingWorkflowTask ?? {};
  if (attempt === null || attempt < 2) return undefined;
  return {
    source: 'worker',
    code: 'E_INTERNAL',
    message: `its workflow task failed and is repeated (attempt ${attempt}); the log of the workers says why`,
  };
}

/** Between two attempts of an activity the workflow itself does not know that the first one failed. */
function withPendingAttempt(
  progress: ReturnType<typeof progressFromWire>,
  { raw }: WorkflowExecutionDescription,
): ReturnType<typeof progressFromWire> {
  const failing = raw.pendingActivities?.find((activity) => (activity.attempt ?? 1) > 1);
  if (failing === undefined || progress.retrying !== undefined) return progress;
  const { lastFailure, attempt } = failing;
  const type = lastFailure?.applicationFailureInfo?.type ?? '';
  return {
    ...progress,
    retrying: {
      step: 'ensure-topics',
      rounds: 0,
      code: isErrorCode(type) ? type : 'E_INTERNAL',
      message: `${lastFailure?.message ?? 'an attempt failed'} (attempt ${attempt})`,
    },
  };
}

/** What keeps Temporal from answering, as a fault of the answer. */
function faultOf(error: unknown): SourceFault {
  const { code, message } = asQmtlError(error);
  return { source: 'temporal', code, message };
}

function asQmtlError(error: unknown): Pick<QmtlError, 'code' | 'message' | 'problems'> {
  const translated = submissionError(error);
  return isQmtlError(translated)
    ? translated
    : { code: 'E_INTERNAL', message: translated.message, problems: [] };
}
