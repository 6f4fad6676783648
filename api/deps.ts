import type { StrategyId, SubmissionId } from '../domain/base/ids.js';
import type { GraphReads } from '../domain/ports/graph-reads.js';
import type { TopicAdminReads } from '../domain/ports/topic-admin.js';
import type { ObservedRun, StartedRun } from '../domain/submissions/observed-status.js';

/** The sources of the read-only API; no write port is among them. */
export interface ApiDeps {
  readonly graph: GraphReads;
  readonly topics: TopicAdminReads;
  /** The newest run of a submission; a Temporal that does not answer is part of the answer. */
  readonly observeRun: (submissionId: SubmissionId) => Promise<ObservedRun>;
  /** The submission of a strategy that is under way, or the one that ended last; undefined when Temporal knows none. */
  readonly newestRun: (strategyId: StrategyId) => Promise<StartedRun | undefined>;
  /** Asks the server itself; rejects when it does not answer. */
  readonly temporalHealth: () => Promise<unknown>;
  readonly profile: string;
  readonly version: string;
}
