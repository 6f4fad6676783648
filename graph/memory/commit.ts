import { nodeIdsCrc32 } from '../../domain/base/crc32.js';
import type { NodeId, SubmissionId } from '../../domain/base/ids.js';
import { isGlobalNamespace } from '../../domain/context/namespace.js';
import type { NodeSpec, TagQuery } from '../../domain/dag/dag.js';
import {
  changedSets,
  commitEvents,
  queueSetKey,
  type ResolvedQueue,
} from '../../domain/events/commit-events.js';
import type { StrategyVersionRecord } from '../../domain/ports/graph-reads.js';
import type { CommitOutcome } from '../../domain/ports/graph-store.js';
import { countDiff } from '../../domain/submissions/registration.js';
import type { Receipt } from '../../domain/submissions/submission.js';
import { makeSentinelId } from '../../domain/submissions/submission-id.js';
import type { MemoryDatabase } from './database.js';
import { setState, unverifiedQueues } from './queues.js';
import type { SubmissionRow } from './rows.js';

/** The commit transaction: queues active, sentinel, strategy version, receipt, outbox. */
export function commit(db: MemoryDatabase, submissionId: SubmissionId, at: number): CommitOutcome {
  const row = db.submissions.get(submissionId);
  if (row?.receipt !== undefined) return { kind: 'committed', receipt: row.receipt };
  if (row === undefined || row.state !== 'registered') return { kind: 'not-registered' };
  const unverified = unverifiedQueues(db, row);
  if (unverified.length > 0)
    return { kind: 'unverified', topics: unverified.map((queue) => queue.spec.topic) };
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
    const node = { ...held.node, schemaHash };
    db.nodes.set(nodeId, { ...held, node, bufferingSince: at });
    return [node];
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
  };
  const older = db.strategies.get(strategyId)?.versions ?? [];
  db.strategies.set(strategyId, { strategyId, versions: [version, ...older] });
}

function writeOutbox(
  db: MemoryDatabase,
  row: SubmissionRow,
  activated: readonly NodeSpec[],
  buffering: readonly NodeSpec[],
  at: number,
): void {
  const tagQueries = activated.length === 0 ? [] : db.distinctTagQueries();
  const sets = changedSets(activated, tagQueries).map((query) => ({
    query,
    version: nextVersion(db, query),
    queues: resolve(db, query),
  }));
  const events = commitEvents({
    sets,
    activated: activated.map((node) => node.nodeId),
    buffering: buffering.map((node) => node.nodeId),
  });
  events.forEach((event, index) => {
    const id = `${row.submission.submissionId}/${index}`;
    db.outbox.insert(id, { id, event, at, traceparent: row.traceparent });
    db.unsent.insert(id, true);
  });
}

function resolve(db: MemoryDatabase, query: TagQuery): readonly ResolvedQueue[] {
  return db
    .matchingNodes(query)
    .flatMap((nodeId: NodeId) => db.queuesOf(nodeId))
    .filter((queue) => queue.state === 'active')
    .map((queue) => ({ topic: queue.topic, global: isGlobalNamespace(queue.namespace) }));
}

function nextVersion(db: MemoryDatabase, query: TagQuery): number {
  const key = queueSetKey(query);
  const version = (db.setVersions.get(key) ?? 0) + 1;
  db.setVersions.set(key, version);
  return version;
}
