/** `qmtl/client`: sends strategies to the control plane. Separate from `qmtl`, so that a strategy module does not load a client. */
export { connectClient, submit } from './submission/remote-submission.js';
export type {
  QmtlClient,
  SubmissionAcceptance,
  SubmissionCounts,
  SubmissionHandle,
  SubmissionOutcome,
  SubmissionProgress,
  SubmissionReceipt,
  SubmitOptions,
  TemporalAddress,
} from './submission/submission-types.js';
