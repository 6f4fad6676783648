import { nodeIdsCrc32 } from '../../domain/base/crc32.js';
import type { NodeId, SubmissionId } from '../../domain/base/ids.js';
import { isQuery, type NodeSpec } from '../../domain/dag/dag.js';
import { joinedTags, missingTags } from '../../domain/dag/node-tags.js';
import { commitEvents } from '../../domain/events/commit-events.js';
import { toStreamKey } from '../../domain/events/control-events.js';
import { activationId, activationsOf, type RetaggedNode } from '../../domain/events/queue-sets.js';
import type { StrategyVersionRecord } from '../../domain/ports/graph-reads.js';
import type { CommitOutcome } from '../../domain/ports/graph-store.js';
import { countDiff, countTagsAdded, outputStreams } from '../../domain/submissions/queue-map.js';
import { fitsTags } from '../../domain/submissions/registration.js';
import type { Receipt, ReceiptNode } from '../../domain/submissions/submission.js';
import { makeSentinelId } from '../../domain/submissions/submission-id.js';
import type { MemoryDatabase } from './database.js';
import { nextSeq } from './outbox.js';
import { endWants, queueKeysOf, setState, unverifiedQueues } from './queues.js';
import type { SubmissionRow } from './rows.js';

/** The commit transaction: queues active, sentinel, strategy version, receipt, outbox. */
export function commit(db: MemoryDatabase, submissionId: SubmissionId, at: number): CommitOutcome {
  const row = db.submissions.get(submissionId);
  if (row?.receipt !== undefined) return { kind: 'committed', receipt: row.receipt };
  if (row === undefined || row.state !== 'registered') return { kind: 'not-registered' };
  const unverified = unverifiedQueues(db, row);
  if (unverified.length > 0)
    return { kind: 'unverified', topics: unverified.map((queue) => queue.spec.topic) };
  const outdated = row.queueMap.filter((entry) => !isUsable(db, row, entry)).map(({ nodeId }) => nodeId);
  if (outdated.length > 0) {
    db.submissions.set(submissionId, { ...endWants(db, row), state: 'set-back' });
    return { kind: 'outdated', nodeIds: outdated };
  }
  const retagged = addTags(db, row);
  const receipt = receiptOf(db, row, retagged);
  showQueries(db, row);
  const activated = activateQueues(db, row);
  const buffering = startBuffering(db, row, at);
  saveSentinel(db, row, receipt, at);
  saveVersion(db, row, receipt, at);
  db.submissions.set(submissionId, { ...endWants(db, row), state: 'committed', receipt });
  const changed = { activated, buffering, retagged: [...retagged.values()] };
  writeOutbox(db, row, changed, at);
  return activated.length + buffering.length + retagged.size === 0
    ? { kind: 'committed', receipt, withoutEvents: true }
    : { kind: 'committed', receipt };
}

/** Queues may be collected, and nodes get tags, between plan and commit. */
function isUsable(db: MemoryDatabase, row: SubmissionRow, { nodeId, tagsAdded = [] }: ReceiptNode): boolean {
  const node = db.nodes.get(nodeId)?.node;
  if (node === undefined) return false;
  if (isQuery(node)) return true;
  const missing = missingTags(node.tags, tagsAdded);
  const state = db.queueOf(row.namespaceKey, nodeId)?.record.state;
  return (state === 'pending' || state === 'active') && fitsTags(node.tags.length, missing.length);
}

/** Adds the tags that were planned and that no other submission added meanwhile. Returns the nodes that got some. */
function addTags(db: MemoryDatabase, row: SubmissionRow): ReadonlyMap<NodeId, RetaggedNode> {
  const retagged = new Map<NodeId, RetaggedNode>();
  for (const { nodeId, tagsAdded = [] } of row.queueMap) {
    const held = db.nodes.get(nodeId);
    const added = held === undefined ? [] : missingTags(held.node.tags, tagsAdded);
    if (held === undefined || added.length === 0) continue;
    const tags = joinedTags(held.node.tags, added);
    db.nodes.set(nodeId, { ...held, node: { ...held.node, tags } });
    for (const tag of added) db.nodesByTag.add(tag, nodeId);
    retagged.set(nodeId, { tags, interval: held.node.interval, added });
  }
  return retagged;
}

function receiptOf(
  db: MemoryDatabase,
  row: SubmissionRow,
  retagged: ReadonlyMap<NodeId, RetaggedNode>,
): Receipt {
  const { submission } = row;
  const queues = new Map(row.nodeIds.map((nodeId) => [nodeId, db.queueOf(row.namespaceKey, nodeId)]));
  const nodes = row.queueMap.map(({ nodeId, diff, topic }): ReceiptNode => {
    // A reservation may have been renamed after it was planned.
    const queue = queues.get(nodeId);
    const current = queue?.spec.topic ?? topic;
    const added = retagged.get(nodeId)?.added;
    return {
      nodeId,
      diff,
      ...(current === undefined ? {} : { topic: current }),
      ...(queue === undefined ? {} : { generation: queue.record.generation }),
      ...(added === undefined ? {} : { tagsAdded: added }),
    };
  });
  return {
    submissionId: submission.submissionId,
    strategyId: submission.strategyId,
    version: submission.version,
    sentinelId: makeSentinelId(submission),
    dagDigest: submission.dagDigest,
    context: submission.context,
    nodeIdsCrc32: nodeIdsCrc32(row.nodeIds),
    counts: countDiff(row.queueMap),
    nodes,
    nodeCount: row.queueMap.length,
    mismatches: row.nodeIds.flatMap((nodeId) => queues.get(nodeId)?.record.mismatches ?? []),
    outputs: outputStreams(row.outputs, nodes),
    ...countTagsAdded(nodes),
  };
}

function showQueries(db: MemoryDatabase, row: SubmissionRow): void {
  for (const nodeId of row.nodeIds) {
    const node = db.nodes.get(nodeId)?.node;
    if (node !== undefined && isQuery(node)) showNode(db, nodeId);
  }
}

function showNode(db: MemoryDatabase, nodeId: NodeId): void {
  if (db.visibleNodes.get(nodeId) === undefined) db.visibleNodes.insert(nodeId, true);
}

function activateQueues(db: MemoryDatabase, row: SubmissionRow): readonly NodeSpec[] {
  const pending = row.nodeIds
    .flatMap((nodeId) => db.queueOf(row.namespaceKey, nodeId) ?? [])
    .filter((queue) => queue.record.state === 'pending');
  for (const queue of pending) setState(db, queue, 'active');
  const activated = pending.flatMap((queue) => db.nodes.get(queue.record.nodeId)?.node ?? []);
  for (const { nodeId } of activated) showNode(db, nodeId);
  return activated;
}

function startBuffering(db: MemoryDatabase, row: SubmissionRow, at: number): readonly NodeSpec[] {
  const wanted = new Map(db.dags.get(row.submission.dagDigest)?.nodes.map((node) => [node.nodeId, node]));
  const entries = row.queueMap.filter((entry) => entry.diff === 'buffering');
  return entries.flatMap(({ nodeId }) => {
    const node = db.nodes.get(nodeId)?.node;
    const queue = db.queueOf(row.namespaceKey, nodeId);
    const schemaHash = wanted.get(nodeId)?.schemaHash;
    if (node === undefined || queue === undefined || schemaHash === undefined) return [];
    const record = { ...queue.record, bufferingSince: at, bufferingHash: schemaHash };
    db.queues.set(queue.spec.topic, { ...queue, record });
    return [node];
  });
}

function saveSentinel(db: MemoryDatabase, row: SubmissionRow, receipt: Receipt, at: number): void {
  const { sentinelId, version, submissionId } = receipt;
  const { commitHash, strategyId } = row.submission;
  const queues = queueKeysOf(db, row);
  for (const key of queues) db.users.add(key, sentinelId);
  db.sentinels.insert(sentinelId, {
    sentinelId,
    version,
    commitHash,
    createdAt: at,
    submissionId,
    strategyId,
    nodeIds: row.nodeIds,
    queues,
  });
}

function downgradeOf({
  context: { downgradeReason },
}: Receipt): Pick<StrategyVersionRecord, 'downgradeReason'> {
  return downgradeReason === undefined ? {} : { downgradeReason };
}

function saveVersion(db: MemoryDatabase, row: SubmissionRow, receipt: Receipt, at: number): void {
  const { strategyId } = row.submission;
  const version: StrategyVersionRecord = {
    submissionId: receipt.submissionId,
    version: receipt.version,
    worldId: receipt.context.worldId,
    sentinelId: receipt.sentinelId,
    dagDigest: receipt.dagDigest,
    commitHash: row.submission.commitHash,
    nodeCount: row.nodeIds.length,
    committedAt: at,
    namespace: row.namespaceKey,
    domain: receipt.context.domain,
    ...downgradeOf(receipt),
  };
  const older = db.strategies.get(strategyId)?.versions ?? [];
  db.strategies.set(strategyId, {
    strategyId,
    versions: [version, ...older],
    versionCount: older.length + 1,
  });
}

interface Changed {
  readonly activated: readonly NodeSpec[];
  readonly buffering: readonly NodeSpec[];
  readonly retagged: readonly RetaggedNode[];
}

function writeOutbox(
  db: MemoryDatabase,
  row: SubmissionRow,
  { activated, buffering, retagged }: Changed,
  at: number,
): void {
  const { submissionId } = row.submission;
  const { traceparent } = row;
  const events = commitEvents({
    activated: activated.map((node) => node.nodeId),
    buffering: buffering.map((node) => node.nodeId),
  });
  events.forEach((event, index) => {
    const id = `${submissionId}/${index}`;
    const seq = nextSeq(db, toStreamKey(event));
    db.outbox.insert(id, { id, seq, event, at, traceparent, submissionIds: [submissionId] });
  });
  for (const activation of activationsOf(activated, retagged)) {
    const id = `${submissionId}/${activationId(activation)}`;
    db.activations.insert(id, { activation, submissionId, at, traceparent });
  }
}
