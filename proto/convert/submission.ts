import { create } from '@bufbuild/protobuf';
import { type Timestamp, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { isErrorCode, type Problem, QmtlError } from '../../domain/base/errors.js';
import {
  isDagDigest,
  isNodeId,
  isSentinelId,
  isStrategyId,
  isSubmissionId,
  isTopicName,
  isWorldId,
} from '../../domain/base/ids.js';
import { limits } from '../../domain/base/limits.js';
import type {
  DowngradeReason,
  ExecutionContext,
  ExecutionDomain,
} from '../../domain/context/execution-context.js';
import type { NodeSpec } from '../../domain/dag/dag.js';
import type { NodeDiffClass, QueueState } from '../../domain/dag/diff.js';
import type { GraphTotals, NodeRecord, QueueRecord, StrategyRecord } from '../../domain/ports/graph-reads.js';
import type { DiffCounts, Receipt, ReceiptNode, Submission } from '../../domain/submissions/submission.js';
import type { SubmissionState } from '../../domain/submissions/submission-state.js';
import type { TopicMismatch } from '../../domain/topics/topic.js';
import { GraphTotalsSchema } from '../gen/qmtl/v1/api_pb.js';
import type * as dagWire from '../gen/qmtl/v1/dag_pb.js';
import { ComputeNodeSchema, DagSchema } from '../gen/qmtl/v1/dag_pb.js';
import * as graphWire from '../gen/qmtl/v1/graph_pb.js';
import * as wire from '../gen/qmtl/v1/submission_pb.js';

/** The one place where domain and wire meet (submissions and graph; events are in convert-events.ts). Enums stop here. */

// Enumerations: each table stops compiling when either side gains a value.

const domainToWire = {
  backtest: wire.ExecutionDomain.BACKTEST,
  dryrun: wire.ExecutionDomain.DRYRUN,
  live: wire.ExecutionDomain.LIVE,
  shadow: wire.ExecutionDomain.SHADOW,
} as const satisfies Record<ExecutionDomain, wire.ExecutionDomain>;

const domainFromWire = {
  [wire.ExecutionDomain.UNSPECIFIED]: undefined,
  [wire.ExecutionDomain.BACKTEST]: 'backtest',
  [wire.ExecutionDomain.DRYRUN]: 'dryrun',
  [wire.ExecutionDomain.LIVE]: 'live',
  [wire.ExecutionDomain.SHADOW]: 'shadow',
} as const satisfies Record<wire.ExecutionDomain, ExecutionDomain | undefined>;

const reasonToWire = {
  decision_unavailable: wire.DowngradeReason.DECISION_UNAVAILABLE,
  missing_as_of: wire.DowngradeReason.MISSING_AS_OF,
  stale_decision: wire.DowngradeReason.STALE_DECISION,
} as const satisfies Record<DowngradeReason, wire.DowngradeReason>;

const reasonFromWire = {
  [wire.DowngradeReason.UNSPECIFIED]: undefined,
  [wire.DowngradeReason.DECISION_UNAVAILABLE]: 'decision_unavailable',
  [wire.DowngradeReason.MISSING_AS_OF]: 'missing_as_of',
  [wire.DowngradeReason.STALE_DECISION]: 'stale_decision',
} as const satisfies Record<wire.DowngradeReason, DowngradeReason | undefined>;

const classToWire = {
  reuse: wire.DiffClass.REUSE,
  buffering: wire.DiffClass.BUFFERING,
  new: wire.DiffClass.NEW,
} as const satisfies Record<NodeDiffClass, wire.DiffClass>;

const classFromWire = {
  [wire.DiffClass.UNSPECIFIED]: undefined,
  [wire.DiffClass.REUSE]: 'reuse',
  [wire.DiffClass.BUFFERING]: 'buffering',
  [wire.DiffClass.NEW]: 'new',
} as const satisfies Record<wire.DiffClass, NodeDiffClass | undefined>;

const queueStateToWire = {
  pending: graphWire.QueueState.PENDING,
  active: graphWire.QueueState.ACTIVE,
  draining: graphWire.QueueState.DRAINING,
} as const satisfies Record<QueueState, graphWire.QueueState>;

const stateToWire = {
  received: wire.SubmissionState.RECEIVED,
  registered: wire.SubmissionState.REGISTERED,
  'topics-ready': wire.SubmissionState.TOPICS_READY,
  committed: wire.SubmissionState.COMMITTED,
  completed: wire.SubmissionState.COMPLETED,
  refused: wire.SubmissionState.REFUSED,
  failed: wire.SubmissionState.FAILED,
  cancelled: wire.SubmissionState.CANCELLED,
} as const satisfies Record<SubmissionState['kind'], wire.SubmissionState>;

// Submissions.

/** What belongs to one call, not to the content. */
export interface CallIdentity {
  /** W3C trace context; '' = none. */
  readonly traceparent: string;
  readonly requestId: string;
}

export function submitRequestToWire(submission: Submission, call: CallIdentity): wire.SubmitStrategyRequest {
  const { context } = submission;
  return create(wire.SubmitStrategyRequestSchema, {
    strategyId: submission.strategyId,
    version: submission.version,
    worldId: context.worldId,
    executionDomain: requestedDomain(context),
    asOf: context.asOf,
    partition: context.partition,
    commitHash: submission.commitHash,
    decisionStale: context.downgradeReason === 'stale_decision',
    dag: create(DagSchema, { nodes: submission.dag.nodes.map(nodeToWire) }),
    ...call,
  });
}

/** A domain that safe mode demotes again for the same reason: identity must survive the trip. */
function requestedDomain(context: ExecutionContext): string {
  return context.downgradeReason === 'decision_unavailable' ? '' : context.domain;
}

/** The document that `parseSubmission` checks; nothing is trusted because it came as protobuf. */
export function submitRequestDocument(request: wire.SubmitStrategyRequest): unknown {
  return {
    strategy_id: request.strategyId,
    world_id: request.worldId,
    execution_domain: request.executionDomain,
    as_of: request.asOf,
    partition: request.partition,
    ...(request.decisionStale ? { decision_stale: true } : {}),
    meta: { version: request.version },
    commit_hash: request.commitHash,
    dag: dagDocumentFromWire(request.dag),
  };
}

/** The document that `parseDag` checks. */
export function dagDocumentFromWire(dag: dagWire.Dag | undefined): unknown {
  if (dag === undefined) return {};
  const crc = dag.nodeIdsCrc32 === undefined ? {} : { node_ids_crc32: dag.nodeIdsCrc32 };
  return { nodes: dag.nodes.map(nodeDocumentFromWire), ...crc };
}

function nodeDocumentFromWire(node: dagWire.ComputeNode): unknown {
  return {
    node_id: node.nodeId,
    node_type: node.nodeType,
    interval: node.interval,
    period: node.period,
    params: paramsFromWire(node.paramsCanon),
    dependencies: node.dependencies,
    schema_compat_id: node.schemaCompatId,
    code_hash: node.codeHash,
    tags: node.tags,
    ...(node.schemaHash === '' ? {} : { schema_hash: node.schemaHash }),
    ...(node.name === '' ? {} : { name: node.name }),
    ...(node.owner === '' ? {} : { owner: node.owner }),
  };
}

/** Text that is not JSON is passed on as it is: the NodeID check then names the node. */
function paramsFromWire(paramsCanon: string): unknown {
  if (paramsCanon === '') return null;
  try {
    const params: unknown = JSON.parse(paramsCanon);
    return params;
  } catch {
    return paramsCanon;
  }
}

export function nodeToWire(node: NodeSpec): dagWire.ComputeNode {
  return create(ComputeNodeSchema, {
    nodeId: node.nodeId,
    nodeType: node.nodeType,
    interval: node.interval,
    period: node.period,
    paramsCanon: node.paramsCanon,
    dependencies: [...node.dependencies],
    schemaCompatId: node.schemaCompatId,
    codeHash: node.codeHash,
    schemaHash: node.schemaHash ?? '',
    name: node.name ?? '',
    tags: [...node.tags],
    owner: node.owner ?? '',
  });
}

export function countsToWire(counts: DiffCounts): wire.DiffCounts {
  return create(wire.DiffCountsSchema, { ...counts });
}

export function countsFromWire(counts: wire.DiffCounts | undefined): DiffCounts {
  return { reuse: counts?.reuse ?? 0, buffering: counts?.buffering ?? 0, new: counts?.new ?? 0 };
}

export function receiptToWire(receipt: Receipt): wire.Receipt {
  const whole = receipt.nodes.length <= limits.queueMapEntriesMax;
  return create(wire.ReceiptSchema, {
    submissionId: receipt.submissionId,
    strategyId: receipt.strategyId,
    version: receipt.version,
    sentinelId: receipt.sentinelId,
    dagDigest: receipt.dagDigest,
    context: contextToWire(receipt.context),
    nodeIdsCrc32: receipt.nodeIdsCrc32,
    counts: countsToWire(receipt.counts),
    queueMap: whole ? receipt.nodes.map(queueMapEntryToWire) : [],
    queueMapSize: receipt.nodeCount,
    mismatches: receipt.mismatches.map((mismatch) => create(wire.TopicMismatchSchema, { ...mismatch })),
  });
}

export function queueMapEntryToWire(entry: ReceiptNode): wire.BufferInstruction {
  return create(wire.BufferInstructionSchema, {
    nodeId: entry.nodeId,
    diffClass: classToWire[entry.diff],
    topic: entry.topic,
  });
}

export function receiptFromWire(receipt: wire.Receipt | undefined): Receipt {
  const at = receipt ?? malformed('receipt');
  return {
    submissionId: parsed(at.submissionId, isSubmissionId, 'submission_id'),
    strategyId: parsed(at.strategyId, isStrategyId, 'strategy_id'),
    version: at.version,
    sentinelId: parsed(at.sentinelId, isSentinelId, 'sentinel_id'),
    dagDigest: parsed(at.dagDigest, isDagDigest, 'dag_digest'),
    context: contextFromWire(at.context),
    nodeIdsCrc32: at.nodeIdsCrc32,
    counts: countsFromWire(at.counts),
    nodes: at.queueMap.map(queueMapEntryFromWire),
    nodeCount: at.queueMapSize,
    mismatches: at.mismatches.map(mismatchFromWire),
  };
}

export function queueMapEntryFromWire(entry: wire.BufferInstruction): ReceiptNode {
  return {
    nodeId: parsed(entry.nodeId, isNodeId, 'node_id'),
    diff: classFromWire[entry.diffClass] ?? malformed('diff_class'),
    topic: parsed(entry.topic, isTopicName, 'topic'),
  };
}

function mismatchFromWire(mismatch: wire.TopicMismatch): TopicMismatch {
  const { setting, wanted, actual } = mismatch;
  return { topic: parsed(mismatch.topic, isTopicName, 'topic'), setting, wanted, actual };
}

function contextToWire(context: ExecutionContext): wire.ExecutionContext {
  return create(wire.ExecutionContextSchema, {
    worldId: context.worldId,
    domain: domainToWire[context.domain],
    asOf: context.asOf,
    partition: context.partition,
    downgradeReason:
      context.downgradeReason === undefined
        ? wire.DowngradeReason.UNSPECIFIED
        : reasonToWire[context.downgradeReason],
  });
}

function contextFromWire(context: wire.ExecutionContext | undefined): ExecutionContext {
  const at = context ?? malformed('context');
  const downgradeReason = reasonFromWire[at.downgradeReason];
  return {
    worldId: parsed(at.worldId, isWorldId, 'world_id'),
    domain: domainFromWire[at.domain] ?? malformed('domain'),
    asOf: at.asOf,
    partition: at.partition,
    ...(downgradeReason === undefined ? {} : { downgradeReason }),
  };
}

export function problemsToWire(problems: readonly Problem[], more: number): wire.ProblemList {
  return create(wire.ProblemListSchema, {
    problems: problems.map((problem) => create(wire.ProblemSchema, { ...problem })),
    more,
  });
}

export function problemsFromWire(list: wire.ProblemList | undefined): readonly Problem[] {
  return (list?.problems ?? []).map(({ code, path, message, hint }) => ({
    code: parsed(code, isErrorCode, 'code'),
    path,
    message,
    hint,
  }));
}

export function stateKindToWire(kind: SubmissionState['kind']): wire.SubmissionState {
  return stateToWire[kind];
}

// Graph.

export function queueToWire(queue: QueueRecord): graphWire.Queue {
  return create(graphWire.QueueSchema, {
    topic: queue.topic,
    nodeId: queue.nodeId,
    namespace: queue.namespace,
    state: queueStateToWire[queue.state],
    topicClass: queue.topicClass,
    interval: queue.interval,
    tags: [...queue.tags],
    retentionMs: BigInt(queue.retentionMs),
    partitions: queue.partitions,
    createdAt: timestampFromMs(queue.createdAt),
    ...optionalTime('verifiedAt', queue.verifiedAt),
    mismatches: queue.mismatches.map((mismatch) => create(wire.TopicMismatchSchema, { ...mismatch })),
  });
}

export function nodeRecordToWire(record: NodeRecord): graphWire.NodeRecord {
  return create(graphWire.NodeRecordSchema, {
    node: nodeToWire(record.node),
    createdAt: timestampFromMs(record.createdAt),
    ...optionalTime('bufferingSince', record.bufferingSince),
    queues: record.queues.map(queueToWire),
  });
}

export function strategyToWire(strategy: StrategyRecord): graphWire.Strategy {
  const versions = strategy.versions.map(({ committedAt, ...version }) =>
    create(graphWire.StrategyVersionSchema, { ...version, committedAt: timestampFromMs(committedAt) }),
  );
  return create(graphWire.StrategySchema, { strategyId: strategy.strategyId, versions });
}

export function totalsToWire({ nodes, queues, strategies, sentinels, outboxDepth }: GraphTotals) {
  return create(GraphTotalsSchema, { nodes, queues, strategies, sentinels, outboxDepth });
}

function optionalTime<K extends string>(key: K, ms: number | undefined): { [key in K]?: Timestamp } {
  const field: { [key in K]?: Timestamp } = {};
  if (ms !== undefined) field[key] = timestampFromMs(ms);
  return field;
}

/** Exhaustiveness over wire states is the reader's business; this one only names them for people. */
export function stateName(state: wire.SubmissionState): string {
  return wire.SubmissionState[state].toLowerCase().replaceAll('_', '-');
}

function parsed<T extends string>(text: string, is: (text: string) => text is T, field: string): T {
  return is(text) ? text : malformed(field);
}

function malformed(field: string): never {
  throw new QmtlError('E_SCHEMA_INVALID', `the message has no usable ${field}`, {
    hint: 'sender and receiver run different versions; update the older one',
  });
}
