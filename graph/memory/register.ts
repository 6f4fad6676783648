import { QmtlError } from '../../domain/base/errors.js';
import type { NodeId, SubmissionId } from '../../domain/base/ids.js';
import { isQuery, type NodeSpec } from '../../domain/dag/dag.js';
import type { KnownGraph, KnownNode, KnownQueue } from '../../domain/dag/diff.js';
import type { QueueRecord } from '../../domain/ports/graph-reads.js';
import type { RegisterOutcome, RegistrationRequest } from '../../domain/ports/graph-store.js';
import { countDiff, isSettled } from '../../domain/submissions/queue-map.js';
import { planRegistration, type Reservation } from '../../domain/submissions/registration.js';
import { classifyTopic } from '../../domain/topics/topic.js';
import { commit } from './commit.js';
import type { MemoryDatabase } from './database.js';
import { insertQueue, joinableQueue, queueKeysOf, unverifiedQueues } from './queues.js';
import type { QueueRow, SubmissionRow } from './rows.js';

/** The register transaction: plan, then reserve; a submission whose queues are all active is committed at once. */
export function register(db: MemoryDatabase, request: RegistrationRequest): RegisterOutcome {
  const { submission, namespace } = request;
  const before = db.submissions.get(submission.submissionId);
  if (before?.receipt !== undefined) return { kind: 'committed', receipt: before.receipt };
  if (before?.state === 'registered') return registered(db, before);
  const known = knownTo(
    db,
    submission.dag.nodes.map((node) => node.nodeId),
    namespace.key,
    submission.submissionId,
  );
  const plan = planRegistration(submission, namespace, known, (key) => ownerOf(db, key, namespace.key));
  if (plan.kind !== 'plan') return plan;
  for (const node of submission.dag.nodes) saveNode(db, node, request);
  for (const reservation of plan.reservations) reserveQueue(db, reservation, request);
  if (db.dags.get(submission.dagDigest) === undefined) db.dags.insert(submission.dagDigest, submission.dag);
  const { dag, artifacts: _stored, ...described } = submission;
  const row: SubmissionRow = {
    submission: described,
    nodeIds: dag.nodes.map((node) => node.nodeId),
    outputs: dag.outputs,
    namespaceKey: namespace.key,
    workflowId: request.workflowId,
    traceparent: request.traceparent,
    state: 'registered',
    queueMap: plan.queueMap,
    wanted: [],
    registeredAt: request.at,
  };
  db.submissions.set(submission.submissionId, row);
  db.newestSubmissions.set(submission.strategyId, submission.submissionId);
  const isInUse = (nodeId: NodeId) => {
    const node = db.nodes.get(nodeId)?.node;
    return node !== undefined && isQuery(node)
      ? db.visibleNodes.get(nodeId) === true
      : db.queueOf(namespace.key, nodeId)?.record.state === 'active';
  };
  return isSettled(plan.queueMap, isInUse)
    ? committedNow(db, row, request.at)
    : registered(db, beginWants(db, row));
}

/** Until it ends, a submission keeps its queues from being collected. */
function beginWants(db: MemoryDatabase, row: SubmissionRow): SubmissionRow {
  const { submissionId } = row.submission;
  const wanting = { ...row, wanted: queueKeysOf(db, row) };
  for (const key of wanting.wanted) db.waiting.add(key, submissionId);
  db.submissions.set(submissionId, wanting);
  return wanting;
}

function committedNow(db: MemoryDatabase, { submission }: SubmissionRow, at: number): RegisterOutcome {
  const outcome = commit(db, submission.submissionId, at);
  if (outcome.kind === 'committed') return { kind: 'committed', receipt: outcome.receipt, now: true };
  throw new QmtlError(
    'E_INTERNAL',
    `a submission that was just registered cannot be committed: ${outcome.kind}`,
  );
}

function registered(db: MemoryDatabase, row: SubmissionRow): RegisterOutcome {
  const unverified = unverifiedQueues(db, row).length;
  return { kind: 'registered', counts: countDiff(row.queueMap), unverified };
}

/**
 * The input of a diff. What `self` reserved in an earlier, cancelled attempt is still new to it: a pending queue is its own, and a query is
 * left out.
 */
export function knownTo(
  db: MemoryDatabase,
  nodeIds: readonly NodeId[],
  namespaceKey: string,
  self: SubmissionId | undefined,
): KnownGraph {
  const nodes = new Map<NodeId, KnownNode>();
  const queues = new Map<NodeId, KnownQueue>();
  for (const nodeId of nodeIds) {
    const row = db.nodes.get(nodeId);
    if (row === undefined || isOwnQuery(db, nodeId, self)) continue;
    nodes.set(nodeId, row.node);
    const queue = db.queueOf(namespaceKey, nodeId);
    if (queue !== undefined) queues.set(nodeId, knownQueue(queue, self));
  }
  return { nodes, queues };
}

function knownQueue({ record, spec, reservedBy }: QueueRow, self: SubmissionId | undefined): KnownQueue {
  const { nodeId, state, generation, schemaHash, bufferingSince, bufferingHash } = record;
  return {
    nodeId,
    topic: spec.topic,
    state,
    generation,
    ...(schemaHash === undefined ? {} : { schemaHash }),
    ...(bufferingSince === undefined ? {} : { bufferingSince }),
    ...(bufferingHash === undefined ? {} : { bufferingHash }),
    ...(state === 'pending' && reservedBy === self ? { own: true } : {}),
  };
}

function isOwnQuery(db: MemoryDatabase, nodeId: NodeId, self: SubmissionId | undefined): boolean {
  const recordedBy = db.recordedBy.get(nodeId);
  return recordedBy !== undefined && recordedBy === self && db.visibleNodes.get(nodeId) === undefined;
}

/** The node of this namespace whose current queue holds a topic name; a holder elsewhere, or one that is gone, is foreign. */
function ownerOf(db: MemoryDatabase, collisionKey: string, namespaceKey: string): string | undefined {
  const topic = db.topicsByCollisionKey.get(collisionKey);
  const record = topic === undefined ? undefined : db.queues.get(topic)?.record;
  if (record === undefined) return undefined;
  const isHere = record.namespace === namespaceKey && record.state !== 'collected';
  return isHere ? record.nodeId : `${record.namespace}|${record.nodeId}`;
}

function saveNode(db: MemoryDatabase, node: NodeSpec, { submission, at }: RegistrationRequest): void {
  if (db.nodes.get(node.nodeId) !== undefined) return;
  db.nodes.insert(node.nodeId, { node, createdAt: at });
  for (const upstream of node.dependencies) db.downstreams.add(upstream, node.nodeId);
  if (isQuery(node)) {
    db.recordedBy.insert(node.nodeId, submission.submissionId);
    db.tagQueries.add('all', node.nodeId);
  } else {
    for (const tag of node.tags) db.nodesByTag.add(tag, node.nodeId);
  }
}

function reserveQueue(db: MemoryDatabase, reservation: Reservation, request: RegistrationRequest): void {
  const { node, spec, generation, schemaHash } = reservation;
  if (joinableQueue(db, request.namespace.key, node.nodeId) !== undefined) return;
  // One that was collected is not the current one any more.
  db.topicsByNode(request.namespace.key).delete(node.nodeId);
  const record: QueueRecord = {
    topic: spec.topic,
    nodeId: node.nodeId,
    namespace: request.namespace.key,
    generation,
    ...(schemaHash === undefined ? {} : { schemaHash }),
    state: 'pending',
    topicClass: classifyTopic(node.nodeType),
    interval: node.interval,
    tags: node.tags,
    retentionMs: spec.retentionMs,
    partitions: spec.partitions,
    createdAt: request.at,
    mismatches: [],
  };
  insertQueue(db, { record, spec, plannedTopic: spec.topic, reservedBy: request.submission.submissionId });
}
