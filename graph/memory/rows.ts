import type { NodeId, SentinelId, SubmissionId, TopicName } from '../../domain/base/ids.js';
import type { NodeSpec } from '../../domain/dag/dag.js';
import type { ControlEvent } from '../../domain/events/control-events.js';
import type { QueueRecord, SubmissionRecordState } from '../../domain/ports/graph-reads.js';
import type { Receipt, ReceiptNode, Submission } from '../../domain/submissions/submission.js';
import type { TopicSpec } from '../../domain/topics/topic.js';

export interface NodeRow {
  readonly node: NodeSpec;
  readonly createdAt: number;
  readonly bufferingSince?: number;
}

export interface QueueRow {
  readonly record: QueueRecord;
  readonly spec: TopicSpec;
  /** The name before a rename. */
  readonly plannedTopic: TopicName;
  readonly reservedBy: SubmissionId;
}

export interface SubmissionRow {
  readonly submission: Omit<Submission, 'dag' | 'artifacts'>;
  readonly nodeIds: readonly NodeId[];
  readonly namespaceKey: string;
  readonly workflowId: string;
  readonly traceparent: string;
  readonly state: SubmissionRecordState;
  /** Classes from the registration. Queue names are looked up, since a reservation may be renamed. */
  readonly queueMap: readonly ReceiptNode[];
  readonly registeredAt: number;
  readonly receipt?: Receipt;
}

export interface SentinelRow {
  readonly sentinelId: SentinelId;
  readonly version: string;
  readonly commitHash: string;
  readonly createdAt: number;
  readonly submissionId: SubmissionId;
  readonly nodeIds: readonly NodeId[];
}

export interface OutboxRow {
  readonly id: string;
  readonly event: ControlEvent;
  readonly at: number;
  readonly traceparent: string;
  readonly seq?: bigint;
}
