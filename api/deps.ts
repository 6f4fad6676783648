import type { SubmissionId } from '../domain/base/ids.js';
import type { GraphReads } from '../domain/ports/graph-reads.js';
import type { TopicAdminReads } from '../domain/ports/topic-admin.js';
import type { SubmissionStatus } from '../proto/gen/qmtl/v1/submission_pb.js';

/** The sources of the read-only API; no write port is among them. */
export interface ApiDeps {
  readonly graph: GraphReads;
  readonly topics: TopicAdminReads;
  /** Current status of a submission, from its workflow. */
  readonly submissionStatus: (submissionId: SubmissionId) => Promise<SubmissionStatus>;
  /** Asks the server itself; rejects when it does not answer. */
  readonly temporalHealth: () => Promise<unknown>;
  readonly profile: string;
  readonly version: string;
}
