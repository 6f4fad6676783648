/** `qmtl/client`: sends strategies to the control plane. Kept apart from `qmtl`, so that a strategy module loads no client. */
export { connectClient, submit } from './remote-submission.js';
export type {
  QmtlClient,
  SubmissionAcceptance,
  SubmissionCounts,
  SubmissionHandle,
  SubmissionOutcome,
  SubmissionProgress,
  SubmissionReceipt,
  TemporalAddress,
} from './submission-types.js';
