import type { ArtifactUser } from '../artifacts/artifacts.js';
import type { StoredCode } from '../artifacts/node-code.js';
import type { RecordSchema } from '../artifacts/record-schema.js';
import type { NodeId, SentinelId, SubmissionId, TopicName } from '../base/ids.js';
import type { Namespace } from '../context/namespace.js';
import type { TooManyTags } from '../submissions/registration.js';
import type { DiffCounts, Receipt, Submission } from '../submissions/submission.js';
import type { TopicMismatch, TopicSpec } from '../topics/topic.js';
import type { GraphReads } from './graph-reads.js';
import type { Outbox } from './outbox.js';

export interface RegistrationRequest {
  readonly submission: Submission;
  readonly namespace: Namespace;
  readonly workflowId: string;
  readonly traceparent: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Artifacts to store, and the nodes that use these or others that are stored. */
export interface ArtifactsToStore {
  readonly code: readonly Omit<StoredCode, 'createdAt'>[];
  readonly schemas: readonly RecordSchema[];
  readonly users: readonly ArtifactUser[];
}

export type RegisterOutcome =
  /** Nodes and queue names are reserved; `unverified` topics still have to be created or checked. */
  | { readonly kind: 'registered'; readonly counts: DiffCounts; readonly unverified: number }
  /** The same content was committed before. `now`: this call committed it, without events. */
  | { readonly kind: 'committed'; readonly receipt: Receipt; readonly now?: true }
  /** Queues it needs are being collected; wait and register again. Nothing was written. */
  | { readonly kind: 'draining'; readonly topics: readonly TopicName[] }
  /** Nodes of the graph would get more tags than they, or than one submission, may have. Nothing was written. */
  | TooManyTags
  /** In the graph these ids belong to other content. Nothing was written. */
  | { readonly kind: 'collision'; readonly nodeIds: readonly NodeId[] };

export interface TopicVerification {
  readonly topic: TopicName;
  readonly mismatches: readonly TopicMismatch[];
}

export type CommitOutcome =
  /** `withoutEvents`: committed by this call, without events. */
  | { readonly kind: 'committed'; readonly receipt: Receipt; readonly withoutEvents?: true }
  /** I-1: these topics have not been verified. Nothing was written. */
  | { readonly kind: 'unverified'; readonly topics: readonly TopicName[] }
  /**
   * The graph is not what the plan was made for: queues that it reuses are being collected or are gone, queries are gone, or nodes got
   * so many tags meanwhile that those of the submission do not fit. Register again; nothing was written.
   */
  | { readonly kind: 'outdated'; readonly nodeIds: readonly NodeId[] }
  /** The submission is not registered, or was cancelled; register it again. */
  | { readonly kind: 'not-registered' };

/** `referenced`: versions use the queue, or submissions want it. `not-active`: it is not in use, or unknown. */
export type DrainOutcome = 'draining' | 'referenced' | 'not-active';
export type CollectOutcome = 'collected' | 'referenced' | 'not-draining';

/** What submissions write. Each method is one transaction, and safe to repeat. */
export interface Registration {
  /**
   * Stores what the graph lacks, adds signatures it lacks, and marks those of the nodes that exist already as users. A node
   * without a schema gets that of its user, once its fields are stored. What is there never changes otherwise, and a node that
   * the graph holds with another code hash or schema_compat_id is left as it is. Called before `register`, which marks the
   * nodes it creates: no committed node lacks code that was sent with it.
   */
  storeArtifacts(artifacts: ArtifactsToStore, at: number): Promise<void>;
  /**
   * One transaction: diff against what is known, store the DAG body by digest, reserve nodes and queues (pending); a query has no queue.
   * A queue that was collected is followed by one of the next generation. Until the submission ends it wants its queues: none of them
   * is drained. For a large DAG that is noted in further transactions.
   *
   * When all queues are active already, and neither schemas nor tags change, the same transaction commits the submission; for a large DAG
   * that may be left to `commit`.
   */
  register(request: RegistrationRequest): Promise<RegisterOutcome>;
  /** Up to `itemsMax` unverified topics of a registered submission, in DAG order. */
  unverifiedTopics(submissionId: SubmissionId, itemsMax: number): Promise<readonly TopicSpec[]>;
  /** Records that these topics were seen on the broker. */
  markVerified(verifications: readonly TopicVerification[], at: number): Promise<void>;
  /** Gives a pending queue its next `_v{n}` name, because a foreign topic on the broker collides with this one. */
  renameReservation(topic: TopicName, at: number): Promise<TopicName>;
  /** One transaction: queues active, queries visible, tags added, sentinel, strategy version, receipt, and what has to be announced. */
  commit(submissionId: SubmissionId, at: number): Promise<CommitOutcome>;
  /** Marks an uncommitted submission as cancelled: it wants no queue any more. Its reservations stay, since they may be shared. False when it was committed. */
  cancel(submissionId: SubmissionId, at: number): Promise<boolean>;
}

/** How queues end. Each method is safe to repeat, and answers as the first time. */
export interface QueueLifecycle {
  /** Ends what a version uses: it is not live any more. False when it is unknown. */
  retireVersion(sentinelId: SentinelId, at: number): Promise<boolean>;
  /** Fences an active queue for collection, unless something refers to it (I-10). */
  drainQueue(topic: TopicName, at: number): Promise<DrainOutcome>;
  /** Notes that the topic of a draining queue is gone. Its name is never used again. */
  collectQueue(topic: TopicName, at: number): Promise<CollectOutcome>;
}

/** The global graph: Neo4j, or `graph/memory` in the dev profile. */
export interface GraphStore extends GraphReads, Registration, QueueLifecycle, Outbox {
  close(): Promise<void>;
}
