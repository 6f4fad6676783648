import type { NodeId, SentinelId, StrategyId, SubmissionId, TopicName } from '../../domain/base/ids.js';
import type { DagOutput, NodeSpec, TagQuery } from '../../domain/dag/dag.js';
import type { Activation } from '../../domain/events/queue-sets.js';
import type { ParkedEvent, QueueRecord, SubmissionRecordState } from '../../domain/ports/graph-reads.js';
import type { UnsentEvent } from '../../domain/ports/outbox.js';
import type { Receipt, ReceiptNode, Submission } from '../../domain/submissions/submission.js';
import type { TopicSpec } from '../../domain/topics/topic.js';

export interface NodeRow {
  readonly node: NodeSpec;
  readonly createdAt: number;
}

export interface QueueRow {
  /** Its tags are those at its reservation: readers see those of the node. */
  readonly record: QueueRecord;
  readonly spec: TopicSpec;
  /** The name before a rename. */
  readonly plannedTopic: TopicName;
  readonly reservedBy: SubmissionId;
}

export interface SubmissionRow {
  readonly submission: Omit<Submission, 'dag' | 'artifacts'>;
  readonly nodeIds: readonly NodeId[];
  readonly outputs: readonly DagOutput[];
  readonly namespaceKey: string;
  readonly workflowId: string;
  readonly traceparent: string;
  /** `set-back`: its plan was outdated at the commit, and is made again by the next registration. */
  readonly state: SubmissionRecordState | 'set-back';
  /** Classes from the registration. Queue names are looked up, since a reservation may be renamed. */
  readonly queueMap: readonly ReceiptNode[];
  /** The queues it wants while it is under way. */
  readonly wanted: readonly QueueKey[];
  readonly registeredAt: number;
  readonly receipt?: Receipt;
}

export interface SentinelRow {
  readonly sentinelId: SentinelId;
  readonly version: string;
  readonly commitHash: string;
  readonly createdAt: number;
  readonly submissionId: SubmissionId;
  readonly strategyId: StrategyId;
  readonly nodeIds: readonly NodeId[];
  /** The queues it uses; none once it is retired. */
  readonly queues: readonly QueueKey[];
}

/** Names one generation of a queue, whatever the name of its topic: `{namespace}|{node_id}|{generation}`. */
export type QueueKey = string;

/** What a commit changed for the sets of queues. */
export interface ActivationRow {
  readonly activation: Activation;
  readonly submissionId: SubmissionId;
  readonly at: number;
  readonly traceparent: string;
}

/** A set that changed and is not announced yet. */
export interface ChangedSetRow {
  readonly query: TagQuery;
  /** When it may be announced. */
  readonly due: number;
  readonly submissionIds: readonly SubmissionId[];
  readonly at: number;
  readonly traceparent: string;
}

/** An event that the bus refused. */
export type ParkedRow = UnsentEvent & Pick<ParkedEvent, 'reason' | 'parkedAt'>;
