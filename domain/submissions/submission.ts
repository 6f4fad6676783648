import type { Artifacts } from '../artifacts/artifacts.js';
import type { DagDigest, NodeId, SentinelId, StrategyId, SubmissionId, TopicName } from '../base/ids.js';
import type { ExecutionContext } from '../context/execution-context.js';
import type { Dag, DagOutput } from '../dag/dag.js';
import type { NodeDiffClass } from '../dag/diff.js';
import type { TopicMismatch } from '../topics/topic.js';

/** One request to register a strategy version in one world. */
export interface Submission {
  readonly submissionId: SubmissionId;
  readonly strategyId: StrategyId;
  /** A version label (`versionLabel`). */
  readonly version: string;
  readonly context: ExecutionContext;
  readonly dag: Dag;
  readonly dagDigest: DagDigest;
  /** What the hashes of its nodes vouch for, as far as the author sent it. */
  readonly artifacts: Artifacts;
  /** Commit of the author's repository; '' when unknown. */
  readonly commitHash: string;
}

/** The result of a submission for one node. */
export interface ReceiptNode {
  readonly nodeId: NodeId;
  readonly diff: NodeDiffClass;
  /** Absent for a query, which has no queue. */
  readonly topic?: TopicName;
  /** Of its queue. Absent without one, and in receipts of earlier releases, whose queues have generation 1. */
  readonly generation?: number;
  /** Tags that the submission added to a node that was there; absent when there are none. */
  readonly tagsAdded?: readonly string[];
}

/** An output of a strategy, and where its stream is. */
export interface OutputStream extends DagOutput {
  readonly topic: TopicName;
}

/**
 * The permanent answer to a submission, stored in the commit transaction. The same content submitted again
 * gives the same receipt (I-3), so it contains nothing that depends on the time or the caller.
 */
export interface Receipt {
  readonly submissionId: SubmissionId;
  readonly strategyId: StrategyId;
  readonly version: string;
  readonly sentinelId: SentinelId;
  readonly dagDigest: DagDigest;
  readonly context: ExecutionContext;
  /** CRC-32 over the node ids in topological order (docs/spec/topics.md#checksums). */
  readonly nodeIdsCrc32: number;
  readonly counts: DiffCounts;
  /** The queue map in topological order of the DAG; empty on the wire when it is longer than `isShortQueueMap` allows. */
  readonly nodes: readonly ReceiptNode[];
  /** Number of entries of the whole queue map. */
  readonly nodeCount: number;
  readonly mismatches: readonly TopicMismatch[];
  /** The outputs that the DAG names, sorted by name. */
  readonly outputs: readonly OutputStream[];
  /** Number of tags in all `tagsAdded`; absent when there are none. */
  readonly tagsAdded?: number;
}

export interface DiffCounts {
  readonly reuse: number;
  readonly buffering: number;
  readonly new: number;
}
