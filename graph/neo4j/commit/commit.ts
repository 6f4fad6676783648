import { nodeIdsCrc32 } from '../../../domain/base/crc32.js';
import { QmtlError } from '../../../domain/base/errors.js';
import {
  isDagDigest,
  isNodeId,
  isStrategyId,
  isTopicName,
  type NodeId,
  type SubmissionId,
} from '../../../domain/base/ids.js';
import type { NodeDiffClass } from '../../../domain/dag/diff.js';
import type { CommitOutcome } from '../../../domain/ports/graph-store.js';
import { countTagsAdded, outputStreams } from '../../../domain/submissions/queue-map.js';
import type { Receipt, ReceiptNode } from '../../../domain/submissions/submission.js';
import { makeSentinelId } from '../../../domain/submissions/submission-id.js';
import {
  type Row,
  readBoolean,
  readInteger,
  readKind,
  readKinds,
  readRow,
  readRows,
  readText,
  readTexts,
} from '../driver/cypher-value.js';
import { statement } from '../driver/statement.js';
import { extraMsFor, nodesUsual } from '../driver/time-budget.js';
import type { GraphTransaction, Transactions } from '../driver/transactions.js';
import { bumpEpoch, shardOf } from '../facts/epoch.js';
import { wantNothing } from '../references/references.js';
import {
  maybeStored,
  readMismatches,
  readStored,
  storedContext,
  storedReceipt,
  toStored,
} from '../rows/stored-form.js';
import { toCounts, toDiffClasses, toOutputs } from '../rows/submission-rows.js';
import { announceCommit, type CommitWork, type QueueToCommit } from './commit-events.js';
import { addTags, tagsToAdd } from './commit-tags.js';

/**
 * Write-locks the submission's shard of the epoch and the submission before reading it: the aggregation keeps the order. While
 * the shard is locked no queue can be fenced for collection (`epoch.ts`), so what the plan reuses is checked against the graph
 * as it is at the commit.
 */
const openCommit = statement(
  'open a commit',
  `MATCH (shard:GraphEpoch {shard: $shard})
   SET shard.locked_at = $at
   WITH count(shard) AS shards
   MATCH (lock:Submission {submission_id: $submission_id})
   SET lock.locked_at = $at
   WITH count(lock) AS locked
   MATCH (s:Submission {submission_id: $submission_id})
   RETURN properties(s) AS submission, COLLECT {
     UNWIND CASE WHEN s.state = 'registered' AND size(s.node_ids) <= $nodes_max THEN s.node_ids ELSE [] END AS node_id
     MATCH (q:Queue {namespace: s.namespace, node_id: node_id, current: true})
     RETURN {node_id: node_id, topic: q.topic, generation: q.generation, state: q.state, verified: q.verified_at IS NOT NULL,
             mismatches: q.mismatches}
   } AS queues, COLLECT {
     UNWIND CASE s.state WHEN 'registered' THEN coalesce(s.query_ids, []) ELSE [] END AS node_id
     MATCH (c:ComputeNode {node_id: node_id})
     RETURN node_id
   } AS queries`,
);

/** Those that others committed are not written, and so not locked. */
const showQueries = statement(
  'make queries visible',
  `UNWIND $node_ids AS node_id
   MATCH (c:ComputeNode {node_id: node_id})
   USING INDEX c:ComputeNode(node_id)
   WHERE c.uncommitted IS NOT NULL
   REMOVE c.uncommitted, c.reserved_by`,
);

/** The next registration plans a submission in this state again. */
const setBack = statement(
  'set a submission back',
  "MATCH (s:Submission {submission_id: $submission_id}) SET s.state = 'set-back'",
);

/**
 * It uses its queues from the moment in which its submission does not want them any more: no drain can come in between. What others may
 * change too is locked first, nodes before queues, each in one order: two commits wait for each other, and do not deadlock.
 */
const storeVersion = statement(
  'store a strategy version',
  `MATCH (s:Submission {submission_id: $submission_id})
   MERGE (strategy:Strategy {strategy_id: $strategy_id})
   SET strategy.version_count = coalesce(strategy.version_count, 0) + 1
   REMOVE strategy.uncommitted
   CREATE (v:VersionSentinel {sentinel_id: $sentinel.sentinel_id})
   SET v = $sentinel, v.ordinal = strategy.version_count
   CREATE (strategy)-[:HAS_VERSION]->(v)
   CREATE (s)-[:COMMITTED_AS]->(v)
   SET s.state = 'committed', s.receipt = $receipt, s.committed_at = $at
   WITH s, v
   CALL (v) {
     UNWIND $node_ids AS node_id
     MATCH (c:ComputeNode {node_id: node_id})
     CREATE (v)-[:HAS]->(c)
   }
   CALL () {
     UNWIND $topics_to_lock AS topic
     MATCH (q:Queue {topic: topic})
     SET q.locked_at = $at
   }
   CALL (v) {
     UNWIND $topics AS topic
     MATCH (q:Queue {topic: topic})
     CREATE (v)-[:USES]->(q)
   }
   CALL (s) {
     MATCH (s)-[wants:WANTS]->()
     DELETE wants
   }`,
);

/**
 * The commit transaction: queues active, queries visible, tags added, sentinel, strategy version, receipt, and what has to be announced. New
 * schemas withdraw facts that others may have cached, so such a commit begins again under the epoch lock (`epoch.ts`); a large one begins again
 * with the time that it needs.
 */
export async function commit(
  transactions: Transactions,
  submissionId: SubmissionId,
  at: number,
): Promise<CommitOutcome> {
  let needs: CommitNeeds = { nodesMax: nodesUsual, epochLocked: false };
  for (;;) {
    const { nodesMax, epochLocked } = needs;
    const outcome = await transactions.write(
      epochLocked ? 'commit.schemas' : 'commit',
      async (tx) => {
        if (epochLocked) await bumpEpoch(tx);
        return commitOnce(tx, submissionId, at, { nodesMax, epochLocked });
      },
      extraMsFor(nodesMax),
    );
    if (!('needs' in outcome)) return outcome;
    if (outcome.needs.nodesMax === nodesMax && outcome.needs.epochLocked === epochLocked)
      throw new QmtlError('E_INTERNAL', 'the commit asked for what it had');
    needs = outcome.needs;
  }
}

/** What a commit begins with; it finds out whether it needs more. */
interface CommitNeeds {
  /** Nodes of the largest submission that its time is enough for. */
  readonly nodesMax: number;
  /** This transaction holds all shards of the epoch lock. */
  readonly epochLocked: boolean;
  /** It registered the submission as well, whose queues are all active and which wants none of them. */
  readonly registers?: true;
}

/** Nothing is written when the transaction lacks what the commit needs. */
export async function commitOnce(
  tx: GraphTransaction,
  submissionId: SubmissionId,
  at: number,
  has: CommitNeeds,
): Promise<CommitOutcome | { readonly needs: CommitNeeds }> {
  const shard = shardOf(submissionId, has.nodesMax);
  const key = { submission_id: submissionId, shard, at, nodes_max: has.nodesMax };
  const [opened] = await tx.run(openCommit, key);
  const submission = opened === undefined ? undefined : readRow(opened, 'submission');
  if (opened === undefined || submission === undefined) return unchanged(tx, { kind: 'not-registered' });
  const earlier = maybeStored(storedReceipt, submission, 'receipt', `submission ${submissionId}`);
  if (earlier !== undefined) return unchanged(tx, { kind: 'committed', receipt: earlier });
  if (readText(submission, 'state') !== 'registered') return unchanged(tx, { kind: 'not-registered' });
  const nodeIds = readKinds(submission, 'node_ids', isNodeId);
  if (nodeIds.length > has.nodesMax) return unchanged(tx, { needs: { ...has, nodesMax: nodeIds.length } });
  const queues = new Map(readRows(opened, 'queues').map(queueFrom));
  const queries = new Set(readKinds(opened, 'queries', isNodeId));
  const work = { submissionId, submission, nodeIds, queues, queries, at };
  return writeUnless(obstacleTo(nodeIds, queues, queries), tx, work, has);
}

async function writeUnless(
  obstacle: ReturnType<typeof obstacleTo>,
  tx: GraphTransaction,
  work: Omit<CommitWork, 'retagged'>,
  has: CommitNeeds,
): Promise<CommitOutcome | { readonly needs: CommitNeeds }> {
  if (obstacle?.kind === 'unverified') return unchanged(tx, obstacle);
  if (obstacle !== undefined) return planAgain(tx, work.submissionId, obstacle.nodeIds);
  const changesFacts = readTexts(work.submission, 'buffering_ids').length > 0;
  if (changesFacts && !has.epochLocked) return unchanged(tx, { needs: { ...has, epochLocked: true } });
  const { retagged, crowded } = await tagsToAdd(tx, work.submissionId, work.submission, work.at);
  return crowded.length > 0
    ? planAgain(tx, work.submissionId, crowded)
    : write(tx, { ...work, retagged }, has.registers !== true);
}

async function planAgain(
  tx: GraphTransaction,
  submissionId: SubmissionId,
  nodeIds: readonly NodeId[],
): Promise<CommitOutcome> {
  await Promise.all([tx.run(setBack, { submission_id: submissionId }), wantNothing(tx, submissionId)]);
  return { kind: 'outdated', nodeIds };
}

/** What keeps a submission from being committed, whatever was planned. A query has no queue: it is enough that it is there. */
function obstacleTo(
  nodeIds: readonly NodeId[],
  queues: ReadonlyMap<NodeId, QueueToCommit>,
  queries: ReadonlySet<NodeId>,
): Extract<CommitOutcome, { kind: 'unverified' | 'outdated' }> | undefined {
  const topics = nodeIds.flatMap((nodeId) => {
    const queue = queues.get(nodeId);
    return queue === undefined || queue.verified ? [] : [queue.topic];
  });
  if (topics.length > 0) return { kind: 'unverified', topics };
  const outdated = nodeIds.filter((nodeId) => queues.get(nodeId)?.usable !== true && !queries.has(nodeId));
  return outdated.length > 0 ? { kind: 'outdated', nodeIds: outdated } : undefined;
}

async function write(tx: GraphTransaction, work: CommitWork, mayWant: boolean): Promise<CommitOutcome> {
  const receipt = receiptOf(work);
  const topics = work.nodeIds.flatMap((nodeId) => work.queues.get(nodeId)?.topic ?? []).sort();
  // In this order: activated queues have the tags that their nodes get here.
  const [, , , rows] = await Promise.all([
    tx.run(storeVersion, {
      ...versionParameters(work, receipt),
      topics,
      topics_to_lock: mayWant ? topics : [],
    }),
    work.queries.size === 0 ? [] : tx.run(showQueries, { node_ids: [...work.queries].sort() }),
    addTags(tx, work.retagged),
    announceCommit(tx, work),
  ]);
  return rows === 0 ? { kind: 'committed', receipt, withoutEvents: true } : { kind: 'committed', receipt };
}

function unchanged<T>(tx: GraphTransaction, answer: T): T {
  tx.discard();
  return answer;
}

function queueFrom(row: Row): [NodeId, QueueToCommit] {
  const topic = readKind(row, 'topic', isTopicName);
  const queue = {
    topic,
    generation: readInteger(row, 'generation'),
    pending: readText(row, 'state') === 'pending',
    usable: ['pending', 'active'].includes(readText(row, 'state')),
    verified: readBoolean(row, 'verified'),
    mismatches: readMismatches(row, 'mismatches', `queue ${topic}`),
  };
  return [readKind(row, 'node_id', isNodeId), queue];
}

function receiptOf(work: CommitWork): Receipt {
  const { submissionId, submission, nodeIds, queues } = work;
  const strategyId = readKind(submission, 'strategy_id', isStrategyId);
  const version = readText(submission, 'version');
  const classes = toDiffClasses(readText(submission, 'diff_letters'), nodeIds);
  const nodes = nodeIds.flatMap((nodeId) => receiptNodes(work, nodeId, classes.get(nodeId)));
  return {
    submissionId,
    strategyId,
    version,
    sentinelId: makeSentinelId({ strategyId, version, submissionId }),
    dagDigest: readKind(submission, 'dag_digest', isDagDigest),
    context: readStored(storedContext, submission, 'context', `submission ${submissionId}`),
    nodeIdsCrc32: nodeIdsCrc32(nodeIds),
    counts: toCounts(submission),
    nodes,
    nodeCount: nodeIds.length,
    mismatches: nodeIds.flatMap((nodeId) => queues.get(nodeId)?.mismatches ?? []),
    outputs: outputStreams(toOutputs(submission), nodes),
    ...countTagsAdded(nodes),
  };
}

function receiptNodes(
  { queues, queries, retagged }: CommitWork,
  nodeId: NodeId,
  diff: NodeDiffClass | undefined,
): readonly ReceiptNode[] {
  const queue = queues.get(nodeId);
  const added = retagged.get(nodeId)?.added;
  if (diff === undefined || (queue === undefined && !queries.has(nodeId))) return [];
  return [
    {
      nodeId,
      diff,
      ...(queue === undefined ? {} : { topic: queue.topic, generation: queue.generation }),
      ...(added === undefined ? {} : { tagsAdded: added }),
    },
  ];
}

function versionParameters({ submissionId, submission, nodeIds, at }: CommitWork, receipt: Receipt) {
  return {
    submission_id: submissionId,
    strategy_id: receipt.strategyId,
    sentinel: {
      sentinel_id: receipt.sentinelId,
      version: receipt.version,
      commit_hash: readText(submission, 'commit_hash'),
      created_at: at,
      submission_id: submissionId,
      world_id: receipt.context.worldId,
      namespace: readText(submission, 'namespace'),
      domain: receipt.context.domain,
      downgrade_reason: receipt.context.downgradeReason,
      dag_digest: receipt.dagDigest,
      node_count: receipt.nodeCount,
    },
    receipt: toStored(storedReceipt, receipt),
    node_ids: [...nodeIds].sort(),
    at,
  };
}
