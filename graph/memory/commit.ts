import { nodeIdsCrc32 } from '../../domain/base/crc32.js';
import type { SubmissionId } from '../../domain/base/ids.js';
import type { NodeSpec } from '../../domain/dag/dag.js';
import { commitEvents } from '../../domain/events/commit-events.js';
import { toStreamKey } from '../../domain/events/control-events.js';
import { announcedSets, queueSetId } from '../../domain/events/queue-sets.js';
import type { StrategyVersionRecord } from '../../domain/ports/graph-reads.js';
import type { CommitOutcome } from '../../domain/ports/graph-store.js';
import { countDiff } from '../../domain/submissions/registration.js';
import type { Receipt } from '../../domain/submissions/submission.js';
import { makeSentinelId } from '../../domain/submissions/submission-id.js';
import type { MemoryDatabase } from './database.js';
import { nextSeq } from './outbox.js';
import { setState, unverifiedQueues } from './queues.js';
import type { QueueRow, SubmissionRow } from './rows.js';

/** The commit transaction: queues active, sentinel, strategy version, receipt, outbox. */
export function commit(db: MemoryDatabase, submissionId: SubmissionId, at: number): CommitOutcome {
  const row = db.submissions.get(submissionId);
  if (row?.receipt !== undefined) return { kind: 'committed', receipt: row.receipt };
  if (row === undefined || row.state !== 'registered') return { kind: 'not-registered' };
  const unverified = unverifiedQueues(db, row);
  if (unverified.length > 0)
    return { kind: 'unverified', topics: unverified.map((queue) => queue.spec.topic) };
  const outdated = row.nodeIds.filter((nodeId) => !isUsable(db.queueOf(row.namespaceKey, nodeId)));
  if (outdated.length > 0) {
    db.submissions.set(submissionId, { ...row, state: 'set-back' });
    return { kind: 'outdated', nodeIds: outdated };
  }
  const receipt = receiptOf(db, row);
  const activated = activateQueues(db, row);
  const buffering = startBuffering(db, row, at);
  saveSentinel(db, row, receipt, at);
  saveVersion(db, row, receipt, at);
  db.submissions.set(submissionId, { ...row, state: 'committed', receipt });
  writeOutbox(db, row, activated, buffering, at);
  return activated.length + buffering.length === 0
    ? { kind: 'committed', receipt, withoutEvents: true }
    : { kind: 'committed', receipt };
}

/** Queues may be collected between plan and commit. */
function isUsable(queue: QueueRow | undefined): boolean {
  return queue?.record.state === 'pending' || queue?.record.state === 'active';
}

function receiptOf(db: MemoryDatabase, row: SubmissionRow): Receipt {
  const { submission } = row;
  const queues = new Map(row.nodeIds.map((nodeId) => [nodeId, db.queueOf(row.namespaceKey, nodeId)]));
  return {
    submissionId: submission.submissionId,
    strategyId: submission.strategyId,
    version: submission.version,
    sentinelId: makeSentinelId(submission),
    dagDigest: submission.dagDigest,
    context: submission.context,
    nodeIdsCrc32: nodeIdsCrc32(row.nodeIds),
    counts: countDiff(row.queueMap),
    // A reservation may have been renamed after it was planned.
    nodes: row.queueMap.map((entry) => ({
      ...entry,
      topic: queues.get(entry.nodeId)?.spec.topic ?? entry.topic,
    })),
    nodeCount: row.queueMap.length,
    mismatches: row.nodeIds.flatMap((nodeId) => queues.get(nodeId)?.record.mismatches ?? []),
  };
}

function activateQueues(db: MemoryDatabase, row: SubmissionRow): readonly NodeSpec[] {
  const pending = row.nodeIds
    .flatMap((nodeId) => db.queueOf(row.namespaceKey, nodeId) ?? [])
    .filter((queue) => queue.record.state === 'pending');
  for (const queue of pending) setState(db, queue, 'active');
  const activated = pending.flatMap((queue) => db.nodes.get(queue.record.nodeId)?.node ?? []);
  for (const node of activated) {
    if (db.visibleNodes.get(node.nodeId) === undefined) db.visibleNodes.insert(node.nodeId, true);
  }
  return activated;
}

function startBuffering(db: MemoryDatabase, row: SubmissionRow, at: number): readonly NodeSpec[] {
  const wanted = new Map(db.dags.get(row.submission.dagDigest)?.nodes.map((node) => [node.nodeId, node]));
  const entries = row.queueMap.filter((entry) => entry.diff === 'buffering');
  return entries.flatMap(({ nodeId }) => {
    const held = db.nodes.get(nodeId);
    const schemaHash = wanted.get(nodeId)?.schemaHash;
    if (held === undefined || schemaHash === undefined) return [];
    db.nodes.set(nodeId, { ...held, bufferingSince: at, bufferingHash: schemaHash });
    return [held.node];
  });
}

function saveSentinel(db: MemoryDatabase, row: SubmissionRow, receipt: Receipt, at: number): void {
  const { sentinelId, version, submissionId } = receipt;
  const { commitHash } = row.submission;
  db.sentinels.insert(sentinelId, {
    sentinelId,
    version,
    commitHash,
    createdAt: at,
    submissionId,
    nodeIds: row.nodeIds,
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

function writeOutbox(
  db: MemoryDatabase,
  row: SubmissionRow,
  activated: readonly NodeSpec[],
  buffering: readonly NodeSpec[],
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
  for (const query of announcedSets(activated)) {
    db.activations.insert(`${submissionId}/${queueSetId(query)}`, { query, submissionId, at, traceparent });
  }
}
