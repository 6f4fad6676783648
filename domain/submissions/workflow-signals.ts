import type { SubmissionId } from '../base/ids.js';

/** What a step of one workflow says to another one. */
export interface WorkflowSignals {
  /** Starts the publisher of the outbox, or wakes it. */
  wakePublisher(): Promise<void>;
  /** The events of a submission are on the bus or parked. When it does not run any more, nothing happens. */
  announced(submissionId: SubmissionId): Promise<void>;
}
