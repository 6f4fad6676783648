import type { NodeId, StrategyId } from '../../domain/base/ids.js';
import { limits } from '../../domain/base/limits.js';
import { canonicalDag } from '../../domain/dag/dag-digest.js';
import type {
  GraphReads,
  NodeRecord,
  Page,
  PageRequest,
  QueueRecord,
  StrategyRecord,
  SubmissionRecord,
} from '../../domain/ports/graph-reads.js';
import { countDiff } from '../../domain/submissions/queue-map.js';
import type { MemoryDatabase } from './database.js';
import { announcements } from './outbox.js';
import { queueReferences } from './queues.js';
import { knownTo } from './register.js';
import type { SubmissionRow } from './rows.js';

/** All reads; they see committed data only, except for `known` and submission records. */
export function memoryReads(db: MemoryDatabase): GraphReads {
  return {
    nodes: async (page) => pageOf(db.visibleNodes.sortedKeys(), page, (nodeId) => nodeRecord(db, nodeId)),
    nodesByIds: async (nodeIds) => nodeIds.flatMap((nodeId) => nodeRecord(db, nodeId) ?? []),
    dependencies: async (nodeId) => dependencies(db, nodeId),
    code: async (codeHash) => db.code.get(codeHash),
    schema: async (schemaHash) => db.schemas.get(schemaHash),
    dag: async (dagDigest) => {
      const dag = db.dags.get(dagDigest);
      return dag === undefined ? undefined : canonicalDag(dag);
    },
    nodeNames: async (dagDigest) => {
      const nodes = db.dags.get(dagDigest)?.nodes;
      return nodes === undefined ? undefined : new Map(nodes.map(({ nodeId, name = '' }) => [nodeId, name]));
    },
    nodesByTags: async (query, page) =>
      pageOf(db.matchingNodes(query), page, (nodeId) => nodeRecord(db, nodeId)),
    queues: async (page) =>
      pageOf(db.queues.sortedKeys(), page, (topic) => committedQueue(db.queueRecord(topic))),
    queueReferences: async (topic) => queueReferences(db, topic),
    strategies: async (page) => pageOf(db.strategies.sortedKeys(), page, (id) => strategyRecord(db, id)),
    strategy: async (strategyId) => strategyRecord(db, strategyId),
    submission: async (submissionId) => submissionRecord(db.submissions.get(submissionId)),
    newestSubmission: async (strategyId) => {
      const newest = db.newestSubmissions.get(strategyId);
      return newest === undefined ? undefined : submissionRecord(db.submissions.get(newest));
    },
    announcement: async (submissionId) =>
      announcements(db, [submissionId]).get(submissionId) ?? { waiting: false, parked: 0 },
    known: async (nodeIds, namespaceKey) => knownTo(db, nodeIds, namespaceKey, undefined),
    parkedEvents: async (page) => pageOf(db.parked.sortedKeys(), page, (id) => db.parked.get(id)),
    totals: async () => ({
      nodes: db.visibleNodes.size,
      queues: [...db.queues.values()].filter(({ record }) => hasTopic(record)).length,
      strategies: db.strategies.size,
      sentinels: db.sentinels.size,
      outboxDepth: db.outbox.size + db.activations.size + db.changedSets.size,
      outboxParked: db.parked.size,
      ...outboxOldest(db),
      sentinelGaps: sentinelGaps(db),
    }),
  };
}

function strategyRecord(db: MemoryDatabase, strategyId: StrategyId): StrategyRecord | undefined {
  const strategy = db.strategies.get(strategyId);
  if (strategy === undefined) return undefined;
  return { ...strategy, versions: strategy.versions.slice(0, limits.versionsPerStrategyMax) };
}

function outboxOldest(db: MemoryDatabase): { outboxOldestAt?: number } {
  const rows = [...db.outbox.values(), ...db.activations.values(), ...db.changedSets.values()];
  return rows.length === 0 ? {} : { outboxOldestAt: Math.min(...rows.map(({ at }) => at)) };
}

function sentinelGaps(db: MemoryDatabase): number {
  const versions = [...db.strategies.values()].flatMap((strategy) => strategy.versions);
  return versions.filter(({ sentinelId }) => db.sentinels.get(sentinelId) === undefined).length;
}

/** Keys are ascending; the cursor is the last key of the previous page, so insertions never shift a page. */
function pageOf<K extends string, T>(
  keys: readonly K[],
  page: PageRequest,
  find: (key: K) => T | undefined,
): Page<T> {
  const items: T[] = [];
  let lastKey: string | undefined;
  for (let index = firstAfter(keys, page.cursor); index < keys.length; index += 1) {
    const key = keys[index];
    const item = key === undefined ? undefined : find(key);
    if (item === undefined) continue;
    if (items.length === page.itemsMax && lastKey !== undefined) return { items, nextCursor: lastKey };
    items.push(item);
    lastKey = key;
  }
  return { items };
}

function firstAfter(keys: readonly string[], cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const key = keys[middle];
    if (key !== undefined && key <= cursor) low = middle + 1;
    else high = middle;
  }
  return low;
}

function nodeRecord(db: MemoryDatabase, nodeId: NodeId): NodeRecord | undefined {
  const row = db.visibleNodes.get(nodeId) === undefined ? undefined : db.nodes.get(nodeId);
  if (row === undefined) return undefined;
  return { ...row, queues: db.queuesOf(nodeId).filter((queue) => queue.state !== 'pending') };
}

function committedQueue(record: QueueRecord | undefined): QueueRecord | undefined {
  return record !== undefined && hasTopic(record) ? record : undefined;
}

/** Neither only reserved nor collected. */
function hasTopic({ state }: QueueRecord): boolean {
  return state === 'active' || state === 'draining';
}

function dependencies(db: MemoryDatabase, nodeId: NodeId) {
  const record = nodeRecord(db, nodeId);
  if (record === undefined) return undefined;
  const visible = (id: NodeId) => db.visibleNodes.get(id) !== undefined;
  return {
    upstreams: record.node.dependencies,
    downstreams: [...db.downstreams.get(nodeId)].filter(visible).sort(),
  };
}

function submissionRecord(row: SubmissionRow | undefined): SubmissionRecord | undefined {
  if (row === undefined) return undefined;
  return {
    submissionId: row.submission.submissionId,
    strategyId: row.submission.strategyId,
    workflowId: row.workflowId,
    state: row.state === 'set-back' ? 'registered' : row.state,
    counts: countDiff(row.queueMap),
    registeredAt: row.registeredAt,
    ...(row.receipt === undefined ? {} : { receipt: row.receipt }),
  };
}
