import { randomBytes, randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { artifactWork, isOneTransaction } from '../../domain/artifacts/artifact-work.js';
import type { Artifacts } from '../../domain/artifacts/artifacts.js';
import { QmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';
import { observedStatus, type RunView, type Unknown } from '../../domain/submissions/observed-status.js';
import type { Receipt, Submission } from '../../domain/submissions/submission.js';
import { receiptFromWire } from '../../proto/convert/receipt.js';
import { announcementFromWire, submitRequestToWire } from '../../proto/convert/submission.js';
import type { Acceptance, SubmitStrategyRequest } from '../../proto/gen/qmtl/v1/submission_pb.js';
import type { StartedSubmission } from '../../temporal/clients/submit-strategy.js';
import { checkedSubmission } from '../compile/checked-submission.js';
import { artifactRequests } from './artifact-requests.js';
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
 *
 * `onStored`: called when a part of much code is stored.
 */
export async function submit(
  client: Client,
  document: unknown,
  { signingKey }: SubmitOptions = {},
  onStored: (parts: number, all: number) => void = () => {},
): Promise<SubmissionHandle> {
  const checked = checkedSubmission(document);
  const submission = signingKey === undefined ? checked : withSignatures(checked, signingKey);
  const { startSubmission, startSubmissionAfter, sendArtifacts } = await needing('client', async () => ({
    ...(await import('../../temporal/clients/submit-strategy.js')),
    ...(await import('../../temporal/clients/add-artifacts.js')),
  }));
  const call = { traceparent: newTraceparent(), requestId: randomUUID() };
  const { artifacts } = submission;
  const store = async () => {
    const parts = await artifactRequests(submission);
    await sendArtifacts(client, parts, call.requestId, (stored) => onStored(stored, parts.length));
  };
  if (isOneTransaction(workOf(artifacts))) {
    const request = submitRequestToWire(submission, call);
    await refuseOversized(request);
    const started = startSubmission(client, submission, request);
    return handleOf(submission, started, call.requestId, once(store));
  }
  const bare = submitRequestToWire({ ...submission, artifacts: { code: [], schemas: [] } }, call);
  await refuseOversized(bare);
  const started = startSubmissionAfter(store(), client, submission, bare);
  return handleOf(submission, started, call.requestId, async () => {});
}

function workOf({ code, schemas }: Artifacts) {
  return artifactWork(
    code.map(({ text, inputs }) => [text, inputs]),
    schemas.map(({ fields }) => fields),
  );
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}

/** Temporal refuses larger payloads; this check names the numbers. */
async function refuseOversized(request: SubmitStrategyRequest): Promise<void> {
  const { encodedBytes } = await import('../../temporal/payloads/data-converter.js');
  const bytes = await encodedBytes(request, limits.submissionEncodedBytesMax);
  if (bytes <= limits.submissionEncodedBytesMax) return;
  const nodes = request.dag?.nodes.length ?? 0;
  const fitting = Math.floor((nodes * limits.submissionEncodedBytesMax) / bytes);
  throw new QmtlError(
    'E_LIMIT_EXCEEDED',
    `the compressed submission has ${bytes} bytes; at most ${limits.submissionEncodedBytesMax} are allowed`,
    {
      hint: `submit shared parts as separate strategies: some ${fitting} of its ${nodes} nodes fit into one`,
    },
  );
}

/** `storeOwn`: the run of another call stores what that call sent; signatures and code of this one are stored apart from it. */
function handleOf(
  submission: Submission,
  started: StartedSubmission,
  requestId: string,
  storeOwn: () => Promise<void>,
): SubmissionHandle {
  const accepted = async () => {
    const acceptance = await started.accepted();
    const joinedRun = acceptance.requestId !== requestId;
    if (joinedRun) await storeOwn();
    return { acceptance, joinedRun };
  };
  return {
    submission,
    workflowId: started.workflowId,
    accepted: async () => acceptanceOf((await accepted()).acceptance),
    cancel: started.cancel,
    progress: async () => progressOf(await started.observe()),
    receipt: async () => {
      const { joinedRun } = await accepted();
      const result = await started.result();
      return {
        receipt: receiptFromWire(result.receipt),
        joined: joinedRun || result.joined,
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

/** What Temporal alone knows. The graph is not asked here: a caller that waits gets the receipt from the run. */
function progressOf(run: RunView | Unknown): SubmissionProgress {
  const { state = 'in-progress', retrying, faults = [] } = observedStatus(run, { kind: 'unknown' }) ?? {};
  return {
    state,
    ...(retrying === undefined
      ? {}
      : {
          retrying: {
            step: retrying.step,
            code: retrying.code,
            reason: `${retrying.code}: ${retrying.message}`,
          },
        }),
    ...(faults.length === 0 ? {} : { faults }),
  };
}

/** W3C trace context, version 00, sampled. Fixed by the first submission, and carried by every control event it causes. */
function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
}
