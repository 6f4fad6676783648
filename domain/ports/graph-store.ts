import type { NodeSpec, TagQuery } from '../dag.js';
import type { KnownGraph, QueueState } from '../diff.js';
import type { DagDigest, NodeId, SentinelId, StrategyId, SubmissionId, TopicName, WorldId } from '../ids.js';
import type { DiffCounts, Receipt, Submission, TopicMismatch } from '../submission.js';
import type { Namespace, TopicClass, TopicSpec } from '../topic.js';
import type { SequencedEvent } from './control-bus.js';

/** One page in a stable order. `cursor` is what the previous page gave; absent = the first. */
export interface PageRequest {
  readonly cursor?: string;
  /** 1 … `limits.pageItemsMax`. */
  readonly itemsMax: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

/** A committed node with its queues in all namespaces. */
export interface NodeRecord {
  readonly node: NodeSpec;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly bufferingSince?: number;
  readonly queues: readonly QueueRecord[];
}

export interface QueueRecord {
  readonly topic: TopicName;
  readonly nodeId: NodeId;
  readonly namespace: string;
  readonly state: QueueState;
  readonly topicClass: TopicClass;
  readonly interval: number;
  readonly tags: readonly string[];
  readonly retentionMs: number;
  readonly partitions: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** When the broker was seen to have the topic; absent until then. */
  readonly verifiedAt?: number;
  readonly mismatches: readonly TopicMismatch[];
}

export interface StrategyRecord {
  readonly strategyId: StrategyId;
  /** Newest first. */
  readonly versions: readonly StrategyVersionRecord[];
}

export interface StrategyVersionRecord {
  readonly submissionId: SubmissionId;
  readonly version: string;
  readonly worldId: WorldId;
  readonly sentinelId: SentinelId;
  readonly dagDigest: DagDigest;
  readonly commitHash: string;
  readonly nodeCount: number;
  /** Milliseconds since the epoch. */
  readonly committedAt: number;
}

export type SubmissionRecordState = 'registered' | 'committed' | 'cancelled';

export interface SubmissionRecord {
  readonly submissionId: SubmissionId;
  readonly strategyId: StrategyId;
  readonly workflowId: string;
  readonly state: SubmissionRecordState;
  readonly counts: DiffCounts;
  /** Milliseconds since the epoch. */
  readonly registeredAt: number;
  readonly receipt?: Receipt;
}

export interface GraphTotals {
  readonly nodes: number;
  readonly queues: number;
  readonly strategies: number;
  readonly sentinels: number;
  /** Control events that are not sent yet. */
  readonly outboxDepth: number;
  /** When the oldest of them was committed, milliseconds since the epoch; absent when there is none. */
  readonly outboxOldestAt?: number;
  /** Committed versions without their sentinel: 0 unless something else has changed the graph. */
  readonly sentinelGaps: number;
}

/** What readers see: only what has been committed (I-2). */
export interface GraphReads {
  nodes(page: PageRequest): Promise<Page<NodeRecord>>;
  nodesByIds(nodeIds: readonly NodeId[]): Promise<readonly NodeRecord[]>;
  /** Undefined when the node is unknown; upstreams in id order. */
  dependencies(
    nodeId: NodeId,
  ): Promise<{ upstreams: readonly NodeId[]; downstreams: readonly NodeId[] } | undefined>;
  nodesByTags(query: TagQuery, page: PageRequest): Promise<Page<NodeRecord>>;
  queues(page: PageRequest): Promise<Page<QueueRecord>>;
  strategies(page: PageRequest): Promise<Page<StrategyRecord>>;
  strategy(strategyId: StrategyId): Promise<StrategyRecord | undefined>;
  submission(submissionId: SubmissionId): Promise<SubmissionRecord | undefined>;
  /** The newest submission of a strategy, committed or not. */
  newestSubmission(strategyId: StrategyId): Promise<SubmissionRecord | undefined>;
  /** The nodes and, in one namespace, their queues: what a diff starts from. Includes pending reservations. */
  known(nodeIds: readonly NodeId[], namespaceKey: string): Promise<KnownGraph>;
  totals(): Promise<GraphTotals>;
}

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
  /** `silent`: it was committed now, and no events were written. */
  | { readonly kind: 'committed'; readonly receipt: Receipt; readonly silent?: true }
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
