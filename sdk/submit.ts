import { randomBytes, randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { QmtlError } from '../domain/base/errors.js';
import { limits } from '../domain/base/limits.js';
import type { Receipt, Submission } from '../domain/submissions/submission.js';
import { receiptFromWire } from '../proto/convert/receipt.js';
import { stateName, submitRequestToWire } from '../proto/convert/submission.js';
import type { Acceptance, Retrying, SubmitStrategyRequest } from '../proto/gen/qmtl/v1/submission_pb.js';
import type { StartedSubmission } from '../temporal/clients/submit-strategy.js';
import { checkedSubmission } from './compile/checked-submission.js';
import { needing } from './optional-packages.js';
import type { SubmissionAcceptance, SubmissionProgress } from './submission-types.js';

export { checkedSubmission } from './compile/checked-submission.js';

/** What `receipt()` resolves to. */
export interface SubmissionOutcome {
  readonly receipt: Receipt;
  /** The content was known, or is being registered by another call: this call created nothing. */
  readonly joined: boolean;
}

/** A submission that was sent. It goes on when this process ends. */
export interface SubmissionHandle {
  readonly submission: Submission;
  readonly workflowId: string;
  /** Resolves once the control plane has registered it; rejects with every problem when it is refused. */
  accepted(): Promise<SubmissionAcceptance>;
  progress(): Promise<SubmissionProgress>;
  /** Resolves when it is in the graph and consumers were told; rejects only when it was refused, cancelled or its retry budget is used up. */
  receipt(): Promise<SubmissionOutcome>;
  cancel(): Promise<void>;
}

/**
 * Sends a submission document (`strategy.toSubmissionDocument(…)`, or one written by hand) to the control plane.
 *
 * Everything the control plane would refuse is refused here first, with the same problems: nothing has been sent then.
 */
export async function submit(client: Client, document: unknown): Promise<SubmissionHandle> {
  const submission = checkedSubmission(document);
  const { startSubmission } = await needing('client', () => import('../temporal/clients/submit-strategy.js'));
  const call = { traceparent: newTraceparent(), requestId: randomUUID() };
  const request = submitRequestToWire(submission, call);
  await refuseOversized(request);
  return handleOf(submission, startSubmission(client, submission, request), call.requestId);
}

/** Temporal refuses larger payloads; saying so here costs nothing and names the numbers. */
async function refuseOversized(request: SubmitStrategyRequest): Promise<void> {
  const { encodedBytes } = await import('../temporal/payloads/data-converter.js');
  const bytes = await encodedBytes(request, limits.submissionEncodedBytesMax);
  if (bytes <= limits.submissionEncodedBytesMax) return;
  throw new QmtlError(
    'E_LIMIT_EXCEEDED',
    `the compressed submission has ${bytes} bytes, at most ${limits.submissionEncodedBytesMax}`,
    {
      hint: 'split the strategy: submit shared parts as strategies of their own',
    },
  );
}

function handleOf(submission: Submission, started: StartedSubmission, requestId: string): SubmissionHandle {
  const joinedRun = async () => (await started.accepted()).requestId !== requestId;
  return {
    submission,
    workflowId: started.workflowId,
    accepted: async () => acceptanceOf(await started.accepted()),
    cancel: started.cancel,
    progress: async () => {
      const status = await started.status();
      const state = stateName(status.state);
      const reason = reasonOf(status.retrying) ?? (await started.retrying());
      return reason === undefined
        ? { state }
        : { state, retrying: { step: status.retrying?.step ?? 'ensure-topics', reason } };
    },
    receipt: async () => {
      const joined = await joinedRun();
      const result = await started.result();
      return { receipt: receiptFromWire(result.receipt), joined: joined || result.joined };
    },
  };
}

/** Without what only the wire has. */
function acceptanceOf(acceptance: Acceptance): SubmissionAcceptance {
  const { submissionId, workflowId, topicsUnverified, joined, counts } = acceptance;
  const { reuse = 0, buffering = 0, new: created = 0 } = counts ?? {};
  return { submissionId, workflowId, topicsUnverified, joined, counts: { reuse, buffering, new: created } };
}

function reasonOf(retrying: Retrying | undefined): string | undefined {
  return retrying === undefined ? undefined : `${retrying.code}: ${retrying.message}`;
}

/** W3C trace context, version 00, sampled: fixed at the first submit and carried by every control event it causes. */
function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
}
