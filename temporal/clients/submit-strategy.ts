import { type Client, WithStartWorkflowOperation, type WorkflowHandle } from '@temporalio/client';
import type { SubmissionId } from '../../domain/base/ids.js';
import type { RunView, Unknown } from '../../domain/submissions/observed-status.js';
import type { Submission } from '../../domain/submissions/submission.js';
import type { SubmissionStateKind } from '../../domain/submissions/submission-state.js';
import type {
  Acceptance,
  SubmissionStatus,
  SubmitStrategyRequest,
  SubmitStrategyResult,
} from '../../proto/gen/qmtl/v1/submission_pb.js';
import {
  acceptUpdate,
  searchAttributes,
  statusQuery,
  submitStrategyWorkflow,
} from '../../workflows/contract.js';
import { observeRun } from './run-view.js';
import { isPassing, submissionError } from './submission-error.js';
import { untilAnswered } from './until-answered.js';

/** A query needs a worker; without one Temporal would wait longer than a user does. */
const observedMs = 3_000;

type SubmitStrategy = (request: SubmitStrategyRequest) => Promise<SubmitStrategyResult>;

/** A started or joined submission. */
export interface StartedSubmission {
  readonly submissionId: SubmissionId;
  readonly workflowId: string;
  /** Resolves once it is registered; rejects with a QmtlError when it is refused. */
  readonly accepted: () => Promise<Acceptance>;
  readonly status: () => Promise<SubmissionStatus>;
  /** What Temporal knows of its newest run; never rejects because a worker or Temporal does not answer. */
  readonly observe: () => Promise<RunView | Unknown>;
  /** Resolves when it is committed and its events are published. */
  readonly result: () => Promise<SubmitStrategyResult>;
  readonly cancel: () => Promise<void>;
}

/**
 * Starts or joins the workflow of a submission with one call: update-with-start of `accept`. `request` is the submission on the wire.
 *
 * Every call has its own update id: with a shared one, a closed run would answer from Temporal's memory, but only the graph
 * knows whether content was committed (ADR 2).
 */
export function startSubmission(
  client: Client,
  submission: Submission,
  request: SubmitStrategyRequest,
): StartedSubmission {
  const operation = () => startOperation(submission, request);
  const { accepted, started } = updateWithStart(client, operation, `accept-${request.requestId}`);
  return { ...reads(client, submission.submissionId, () => started), accepted: () => accepted };
}

/** A submission that is started when its artifacts are stored: no node is committed without code that was sent with it. */
export function startSubmissionAfter(
  stored: Promise<void>,
  ...[client, submission, request]: Parameters<typeof startSubmission>
): StartedSubmission {
  const started = stored.then(() => startSubmission(client, submission, request));
  // A caller that asks nothing gets no failure either.
  started.catch(() => {});
  return {
    submissionId: submission.submissionId,
    workflowId: submitStrategyWorkflow.id(submission.submissionId),
    accepted: async () => (await started).accepted(),
    status: async () => (await started).status(),
    observe: async () => (await observeRun(client, submission.submissionId, observedMs)).view,
    result: async () => (await started).result(),
    cancel: async () => (await started).cancel(),
  };
}

type StartOperation = WithStartWorkflowOperation<SubmitStrategy>;

function startOperation(submission: Submission, request: SubmitStrategyRequest): StartOperation {
  const { context, strategyId, version, dag } = submission;
  return new WithStartWorkflowOperation<SubmitStrategy>(submitStrategyWorkflow.type, {
    workflowId: submitStrategyWorkflow.id(submission.submissionId),
    taskQueue: submitStrategyWorkflow.queue,
    args: [request],
    // A running workflow is joined. A closed one runs again, and the graph answers with the same receipt.
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    typedSearchAttributes: [
      { key: searchAttributes.strategyId, value: strategyId },
      { key: searchAttributes.worldId, value: context.worldId },
      { key: searchAttributes.domain, value: context.domain },
      { key: searchAttributes.state, value: 'received' satisfies SubmissionStateKind },
    ],
    memo: { strategy: strategyId, version, world: context.worldId, dag: submission.dagDigest },
    staticSummary: `${strategyId} ${version} → ${context.worldId}/${context.domain} (${dag.nodes.length} nodes)`,
  });
}

/**
 * One update-with-start. It waits for the acceptance of the update only, so the run is known at once; the answer is included when
 * there is one. When the server does not answer, or not yet, the call is repeated with the same update id: it starts nothing
 * twice, and the caller decides how long to wait.
 */
function updateWithStart(client: Client, operationOf: () => StartOperation, updateId: string) {
  let begin: (handle: PromiseLike<WorkflowHandle<SubmitStrategy>>) => void = () => {};
  /** The run exists long before its update is answered. */
  const started = new Promise<WorkflowHandle<SubmitStrategy>>((resolve) => {
    begin = resolve;
  });
  const once = async (): Promise<Acceptance> => {
    const operation = operationOf();
    try {
      const update = await client.workflow.startUpdateWithStart(acceptUpdate, {
        startWorkflowOperation: operation,
        updateId,
        waitForStage: 'ACCEPTED',
      });
      begin(operation.workflowHandle());
      return await update.result();
    } catch (error) {
      if (!isPassing(error)) begin(operation.workflowHandle());
      throw error;
    }
  };
  const accepted = untilAnswered(once).catch((error: unknown) => {
    throw submissionError(error);
  });
  // A caller that ignores the acceptance gets a refusal through the result.
  accepted.catch(() => {});
  started.catch(() => {});
  return { accepted, started };
}

/** A submission that exists. */
export function submissionHandle(
  client: Client,
  submissionId: SubmissionId,
): Omit<StartedSubmission, 'accepted'> {
  const handle = client.workflow.getHandle<SubmitStrategy>(submitStrategyWorkflow.id(submissionId));
  return reads(client, submissionId, async () => handle);
}

/** `open` resolves once the workflow is started. */
function reads(
  client: Client,
  submissionId: SubmissionId,
  open: () => Promise<WorkflowHandle<SubmitStrategy>>,
): Omit<StartedSubmission, 'accepted'> {
  const guarded = async <T>(call: (handle: WorkflowHandle<SubmitStrategy>) => Promise<T>): Promise<T> => {
    try {
      return await call(await open());
    } catch (error) {
      throw submissionError(error);
    }
  };
  return {
    submissionId,
    workflowId: submitStrategyWorkflow.id(submissionId),
    status: () => guarded((handle) => handle.query(statusQuery)),
    // Not only once it is started: without a worker, the call that starts it has no answer.
    observe: async () => (await observeRun(client, submissionId, observedMs)).view,
    result: () => guarded((handle) => untilAnswered(() => handle.result())),
    cancel: () => guarded(async (handle) => void (await handle.cancel())),
  };
}
