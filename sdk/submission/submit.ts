import { randomBytes, randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { QmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';
import type { Receipt, Submission } from '../../domain/submissions/submission.js';
import { receiptFromWire } from '../../proto/convert/receipt.js';
import { announcementFromWire, stateName, submitRequestToWire } from '../../proto/convert/submission.js';
import type { Acceptance, Retrying, SubmitStrategyRequest } from '../../proto/gen/qmtl/v1/submission_pb.js';
import type { StartedSubmission } from '../../temporal/clients/submit-strategy.js';
import { checkedSubmission } from '../compile/checked-submission.js';
import { withSignatures } from './code-signatures.js';
import { needing } from './optional-packages.js';
import type { SubmissionAcceptance, SubmissionProgress, SubmitOptions } from './submission-types.js';

/** The result of `receipt()`. */
export interface SubmissionOutcome {
  readonly receipt: Receipt;
  /** The content is known already, or another call is registering it: this call created nothing. */
  readonly joined: boolean;
  /**
   * Whether subscribers hear of it. `pending`: the bus stayed away for as long as a submission waits, and its events follow;
   * `parked`: the bus refused some of them for good, and an operator decides (`qmtl outbox`).
   */
  readonly announcement: 'done' | 'pending' | 'parked';
}

/** A submission that was sent. It continues when this process ends. */
export interface SubmissionHandle {
  readonly submission: Submission;
  readonly workflowId: string;
  /** Resolves when the control plane has registered it; rejects with all problems when it is refused. */
  accepted(): Promise<SubmissionAcceptance>;
  progress(): Promise<SubmissionProgress>;
  /** Resolves when it is committed and subscribers are notified; rejects when it is refused or cancelled, or runs out of retries. */
  receipt(): Promise<SubmissionOutcome>;
  cancel(): Promise<void>;
}

/**
 * Sends a submission document (`strategy.toSubmissionDocument(…)`, or one written by hand) to the control plane.
 *
 * Everything the control plane would refuse is refused here first, with the same problems and before anything is sent.
 */
export async function submit(
  client: Client,
  document: unknown,
  { signingKey }: SubmitOptions = {},
): Promise<SubmissionHandle> {
  const checked = checkedSubmission(document);
  const submission = signingKey === undefined ? checked : withSignatures(checked, signingKey);
  const { startSubmission } = await needing(
    'client',
    () => import('../../temporal/clients/submit-strategy.js'),
  );
  const call = { traceparent: newTraceparent(), requestId: randomUUID() };
  const request = submitRequestToWire(submission, call);
  await refuseOversized(request);
  return handleOf(submission, startSubmission(client, submission, request), call.requestId);
}

/** Temporal refuses larger payloads; this check names the numbers. */
async function refuseOversized(request: SubmitStrategyRequest): Promise<void> {
  const { encodedBytes } = await import('../../temporal/payloads/data-converter.js');
  const bytes = await encodedBytes(request, limits.submissionEncodedBytesMax);
  if (bytes <= limits.submissionEncodedBytesMax) return;
  throw new QmtlError(
    'E_LIMIT_EXCEEDED',
    `the compressed submission has ${bytes} bytes; at most ${limits.submissionEncodedBytesMax} are allowed`,
    {
      hint: 'split the strategy: submit shared parts as separate strategies; code and its signatures are part of the size',
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
      return {
        receipt: receiptFromWire(result.receipt),
        joined: joined || result.joined,
        announcement: announcementFromWire(result.announcement),
      };
    },
  };
}

/** The acceptance without the fields that only the wire format has. */
function acceptanceOf(acceptance: Acceptance): SubmissionAcceptance {
  const { submissionId, workflowId, topicsUnverified, joined, counts } = acceptance;
  const { reuse = 0, buffering = 0, new: created = 0 } = counts ?? {};
  return { submissionId, workflowId, topicsUnverified, joined, counts: { reuse, buffering, new: created } };
}

function reasonOf(retrying: Retrying | undefined): string | undefined {
  return retrying === undefined ? undefined : `${retrying.code}: ${retrying.message}`;
}

/** W3C trace context, version 00, sampled. Fixed by the first submission, and carried by every control event it causes. */
function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
}
