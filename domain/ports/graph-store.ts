import type { NodeId, SubmissionId, TopicName } from '../base/ids.js';
import type { Namespace } from '../context/namespace.js';
import type { DiffCounts, Receipt, Submission } from '../submissions/submission.js';
import type { TopicMismatch, TopicSpec } from '../topics/topic.js';
import type { SequencedEvent } from './control-bus.js';
import type { GraphReads } from './graph-reads.js';

export interface RegistrationRequest {
  readonly submission: Submission;
  readonly namespace: Namespace;
  readonly workflowId: string;
  readonly traceparent: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export type RegisterOutcome =
  /** Nodes and queue names are reserved; `unverified` topics still have to be made or checked. */
  | { readonly kind: 'registered'; readonly counts: DiffCounts; readonly unverified: number }
  /** The same content was committed before. `now`: this call committed it, and there is nothing to tell. */
  | { readonly kind: 'committed'; readonly receipt: Receipt; readonly now?: true }
  /** Queues this needs are being collected; wait and ask again. Nothing was written. */
  | { readonly kind: 'draining'; readonly topics: readonly TopicName[] }
  /** The graph holds these ids for other content. Nothing was written. */
  | { readonly kind: 'collision'; readonly nodeIds: readonly NodeId[] };

export interface TopicVerification {
  readonly topic: TopicName;
  readonly mismatches: readonly TopicMismatch[];
}

export type CommitOutcome =
  /** `withoutEvents`: it was committed now, and no events were written. */
  | { readonly kind: 'committed'; readonly receipt: Receipt; readonly withoutEvents?: true }
  /** I-1: these topics have not been verified. Nothing was written. */
  | { readonly kind: 'unverified'; readonly topics: readonly TopicName[] }
  /** Nothing is registered under this id, or it was cancelled; register again. */
  | { readonly kind: 'not-registered' };

/**
 * The global graph: Neo4j, or `graph/memory` in the dev profile. Each method is one transaction; every write is safe to repeat.
 */
export interface GraphStore extends GraphReads {
  /**
   * One transaction: diff against what is known, store the DAG body by digest, reserve nodes and queues (pending).
   *
   * When all its queues are active already and no schema changes, the same transaction commits it; a large DAG may be left
   * to `commit`.
   */
  register(request: RegistrationRequest): Promise<RegisterOutcome>;
  /** Up to `itemsMax` topics of a registered submission that are not verified, in DAG order. */
  unverifiedTopics(submissionId: SubmissionId, itemsMax: number): Promise<readonly TopicSpec[]>;
  /** Records that the broker was seen to have these topics. */
  markVerified(verifications: readonly TopicVerification[], at: number): Promise<void>;
  /** The broker holds a foreign topic too like this name: gives the pending queue its next `_v{n}` name. */
  renameReservation(topic: TopicName, at: number): Promise<TopicName>;
  /** One transaction: queues active, sentinel, strategy version, receipt, outbox rows. */
  commit(submissionId: SubmissionId, at: number): Promise<CommitOutcome>;
  /** Marks an uncommitted submission cancelled. What it reserved stays: it may be shared. Returns false when it was committed. */
  cancel(submissionId: SubmissionId, at: number): Promise<boolean>;
  /** Fences a queue for collection; false when it is not active. */
  drainQueue(topic: TopicName, at: number): Promise<boolean>;
  /** Gives unsent events their seq in one committed transaction and returns the oldest unsent ones, each stream in seq order. */
  sequenceOutbox(eventsMax: number): Promise<readonly SequencedEvent[]>;
  /** Marks events as sent; repeating is harmless. */
  markSent(eventIds: readonly string[], at: number): Promise<void>;
  close(): Promise<void>;
}
