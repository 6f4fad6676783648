import type { StoredCode } from '../artifacts/node-code.js';
import type { RecordSchema } from '../artifacts/record-schema.js';
import type {
  DagDigest,
  NodeId,
  SentinelId,
  StrategyId,
  SubmissionId,
  TopicName,
  WorldId,
} from '../base/ids.js';
import type { DowngradeReason, ExecutionDomain } from '../context/execution-context.js';
import type { Dag, NodeSpec, TagQuery } from '../dag/dag.js';
import type { KnownGraph, QueueSchema, QueueState } from '../dag/diff.js';
import type { ControlEvent } from '../events/control-events.js';
import type { DiffCounts, Receipt } from '../submissions/submission.js';
import type { TopicClass, TopicMismatch } from '../topics/topic.js';
import type { SequencedEvent } from './control-bus.js';
import type { Announcement } from './outbox.js';

/** One page in a stable order. `cursor` is `nextCursor` of the previous page; absent = the first page. */
export interface PageRequest {
  readonly cursor?: string;
  /** 1 … `limits.pageItemsMax`. */
  readonly itemsMax: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
  /** Keys of entries that are on this page and cannot be read: something other than QMTL changed the graph. Absent without any. */
  readonly unreadable?: readonly string[];
}

/** A committed node with its queues in all namespaces; a query has none. */
export interface NodeRecord {
  readonly node: NodeSpec;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** The current one of each namespace, also one that was collected. */
  readonly queues: readonly QueueRecord[];
}

export interface QueueRecord extends QueueSchema {
  readonly topic: TopicName;
  readonly nodeId: NodeId;
  readonly namespace: string;
  /** 1 for the first queue of the node in the namespace. */
  readonly generation: number;
  readonly state: QueueState;
  readonly topicClass: TopicClass;
  readonly interval: number;
  /** Those of its node. */
  readonly tags: readonly string[];
  readonly retentionMs: number;
  readonly partitions: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** When the topic was seen on the broker; absent until then. */
  readonly verifiedAt?: number;
  readonly mismatches: readonly TopicMismatch[];
}

export interface StrategyRecord {
  readonly strategyId: StrategyId;
  /** Newest first, at most `limits.versionsPerStrategyMax`. */
  readonly versions: readonly StrategyVersionRecord[];
  /** The number of all its versions. */
  readonly versionCount: number;
}

/** What uses a queue or will: while there is any, the queue must not be collected (I-10). */
export interface QueueReferences {
  /** Sentinels of versions that use it. */
  readonly users: number;
  /** Submissions under way that want it. */
  readonly waiting: number;
}

export interface StrategyVersionRecord {
  /** Of its queues. */
  readonly namespace: string;
  /** Where it runs; absent for versions of earlier releases. */
  readonly domain?: ExecutionDomain;
  /** Set when safe mode demoted it to backtest: it does not stand for its world. */
  readonly downgradeReason?: DowngradeReason;
  readonly submissionId: SubmissionId;
  readonly version: string;
  readonly worldId: WorldId;
  readonly sentinelId: SentinelId;
  readonly dagDigest: DagDigest;
  readonly commitHash: string;
  readonly nodeCount: number;
  /** Milliseconds since the epoch. */
  readonly committedAt: number;
  /** When it stopped using its queues, milliseconds since the epoch; absent for a live version. */
  readonly retiredAt?: number;
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

/** An event that was taken out of the way of the others, until an operator retries or drops it. */
export interface ParkedEvent extends Omit<SequencedEvent, 'event'> {
  /** The submissions that waited for it. */
  readonly submissionIds: readonly SubmissionId[];
  /** Absent when it cannot be read. */
  readonly event?: ControlEvent;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly parkedAt: number;
}

export interface GraphTotals {
  readonly nodes: number;
  readonly queues: number;
  readonly strategies: number;
  readonly sentinels: number;
  /** Control events, activations and changed sets that are not on the bus yet, without the parked ones. */
  readonly outboxDepth: number;
  /** Events that the bus refused. */
  readonly outboxParked: number;
  /** When the oldest of them was committed, milliseconds since the epoch; absent without any. */
  readonly outboxOldestAt?: number;
  /** Committed versions without their sentinel: 0 unless something other than QMTL changed the graph. */
  readonly sentinelGaps: number;
}

/** What readers see: committed data only (I-2). */
export interface GraphReads {
  nodes(page: PageRequest): Promise<Page<NodeRecord>>;
  nodesByIds(nodeIds: readonly NodeId[]): Promise<readonly NodeRecord[]>;
  /** Undefined when the node is unknown; upstreams in id order. */
  dependencies(
    nodeId: NodeId,
  ): Promise<{ upstreams: readonly NodeId[]; downstreams: readonly NodeId[] } | undefined>;
  /** Code and the fields of records by their hashes; undefined when no submission brought them. */
  code(codeHash: string): Promise<StoredCode | undefined>;
  schema(schemaHash: string): Promise<RecordSchema | undefined>;
  /**
   * A stored DAG, with the tags of each node sorted, after its digest was computed again from what is stored; undefined when there is no
   * such DAG. Throws E_INTERNAL for one that is not what its digest says.
   */
  dag(dagDigest: DagDigest): Promise<Dag | undefined>;
  /** The names that a stored DAG gives its nodes; undefined when there is no such DAG. A node itself has the name of its first author. */
  nodeNames(dagDigest: DagDigest): Promise<ReadonlyMap<NodeId, string> | undefined>;
  /** Nodes with streams: a query is never among them, whatever its tags. */
  nodesByTags(query: TagQuery, page: PageRequest): Promise<Page<NodeRecord>>;
  /** Those that have a topic: neither reservations nor collected ones. */
  queues(page: PageRequest): Promise<Page<QueueRecord>>;
  /** What uses the queue with this topic at this moment; undefined when there is none. One look-up, whatever the graph holds. */
  queueReferences(topic: TopicName): Promise<QueueReferences | undefined>;
  strategies(page: PageRequest): Promise<Page<StrategyRecord>>;
  strategy(strategyId: StrategyId): Promise<StrategyRecord | undefined>;
  submission(submissionId: SubmissionId): Promise<SubmissionRecord | undefined>;
  /** The newest submission of a strategy, committed or not. */
  newestSubmission(strategyId: StrategyId): Promise<SubmissionRecord | undefined>;
  /** How far the events of a submission are, for display: a commit under way may still add some. An unknown one has none. */
  announcement(submissionId: SubmissionId): Promise<Announcement>;
  /** The nodes and their queues in one namespace, as a diff needs them. Includes pending reservations. */
  known(nodeIds: readonly NodeId[], namespaceKey: string): Promise<KnownGraph>;
  /** In id order. */
  parkedEvents(page: PageRequest): Promise<Page<ParkedEvent>>;
  totals(): Promise<GraphTotals>;
}
