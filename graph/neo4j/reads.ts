import { isQmtlError } from '../../domain/base/errors.js';
import {
  isDagDigest,
  isNodeId,
  isSentinelId,
  isStrategyId,
  isSubmissionId,
  isWorldId,
  type NodeId,
} from '../../domain/base/ids.js';
import { limits } from '../../domain/base/limits.js';
import { isDowngradeReason, isExecutionDomain } from '../../domain/context/execution-context.js';
import type { TagQuery } from '../../domain/dag/dag.js';
import type {
  GraphReads,
  GraphTotals,
  Page,
  PageRequest,
  StrategyRecord,
  StrategyVersionRecord,
} from '../../domain/ports/graph-reads.js';
import {
  type CypherInput,
  maybe,
  type Row,
  readInteger,
  readKind,
  readKinds,
  readRow,
  readRows,
  readText,
  readTexts,
} from './driver/cypher-value.js';
import { type Statement, statement } from './driver/statement.js';
import type { Transactions } from './driver/transactions.js';
import { readReferences } from './references/references.js';
import { toNodeRecord } from './rows/node-rows.js';
import { toQueueRecord } from './rows/queue-rows.js';
import { readDag, readNodeNames } from './rows/stored-dag.js';
import { toSubmissionRecord } from './rows/submission-rows.js';

/** A node with the queues that readers may see: the current ones. */
const nodeWithQueues = `properties(c) AS node, COLLECT {
     MATCH (c)-[:EMITS]->(q:Queue) WHERE q.current AND q.state <> 'pending' RETURN properties(q) ORDER BY q.topic
   } AS queues`;

const nodesPage = statement(
  'read a page of nodes',
  `MATCH (c:ComputeNode)
   WHERE c.node_id > $cursor AND c.uncommitted IS NULL
   WITH c ORDER BY c.node_id LIMIT $rows_max
   RETURN ${nodeWithQueues}`,
);

const bodyOfDag = statement(
  'read a DAG body',
  'MATCH (d:Dag {digest: $digest}) RETURN d.body AS body, d.form AS form',
);

const nodesOfIds = statement(
  'read nodes by id',
  `UNWIND $node_ids AS node_id
   MATCH (c:ComputeNode {node_id: node_id})
   WHERE c.uncommitted IS NULL
   RETURN ${nodeWithQueues}`,
);

const neighbours = statement(
  'read dependencies of a node',
  `MATCH (c:ComputeNode {node_id: $node_id})
   WHERE c.uncommitted IS NULL
   RETURN c.dependencies AS upstreams, COLLECT {
     MATCH (c)<-[:DEPENDS_ON]-(d:ComputeNode)
     WHERE d.uncommitted IS NULL
     RETURN d.node_id ORDER BY d.node_id
   } AS downstreams`,
);

/** Starts from the rarest tag. DISTINCT applies the cursor after the tag: the planner would otherwise begin with all nodes past it. */
const nodesOfAllTags = statement(
  'read nodes with all of some tags',
  `CALL () {
     UNWIND $tags AS name
     MATCH (t:Tag {name: name})
     RETURN t ORDER BY COUNT { (t)<-[:TAGGED]-() } LIMIT 1
   }
   MATCH (t)<-[:TAGGED]-(c:ComputeNode)
   WITH DISTINCT c
   WHERE c.interval = $interval AND c.node_id > $cursor AND c.uncommitted IS NULL
     AND all(tag IN $tags WHERE tag IN coalesce(c.tags, c.long_tags))
   WITH c ORDER BY c.node_id LIMIT $rows_max
   RETURN ${nodeWithQueues}`,
);

const nodesOfAnyTag = statement(
  'read nodes with any of some tags',
  `UNWIND $tags AS name
   MATCH (t:Tag {name: name})<-[:TAGGED]-(c:ComputeNode)
   WITH DISTINCT c
   WHERE c.interval = $interval AND c.node_id > $cursor AND c.uncommitted IS NULL
   WITH c ORDER BY c.node_id LIMIT $rows_max
   RETURN ${nodeWithQueues}`,
);

const queuesPage = statement(
  'read a page of queues',
  `MATCH (q:Queue)
   WHERE q.topic > $cursor AND NOT q.state IN ['pending', 'collected']
   WITH q ORDER BY q.topic LIMIT $rows_max
   MATCH (c:ComputeNode {node_id: q.node_id})
   RETURN properties(q) AS queue, coalesce(c.tags, c.long_tags) AS tags ORDER BY q.topic`,
);

const strategyWithVersions = `s.strategy_id AS strategy_id, COLLECT {
     MATCH (s)-[:HAS_VERSION]->(v:VersionSentinel) RETURN properties(v) ORDER BY v.ordinal DESC LIMIT ${limits.versionsPerStrategyMax}
   } AS versions, COUNT { (s)-[:HAS_VERSION]->(:VersionSentinel) } AS version_count`;

const strategiesPage = statement(
  'read a page of strategies',
  `MATCH (s:Strategy)
   WHERE s.strategy_id > $cursor AND s.uncommitted IS NULL
   WITH s ORDER BY s.strategy_id LIMIT $rows_max
   RETURN ${strategyWithVersions}`,
);

const oneStrategy = statement(
  'read a strategy',
  `MATCH (s:Strategy {strategy_id: $strategy_id})
   WHERE s.uncommitted IS NULL
   RETURN ${strategyWithVersions}`,
);

const submissionFields = `s {.submission_id, .strategy_id, .workflow_id, .state, .count_reuse, .count_buffering, .count_new,
      .registered_at, .receipt} AS submission`;

const oneSubmission = statement(
  'read a submission',
  `MATCH (s:Submission {submission_id: $submission_id}) RETURN ${submissionFields}`,
);

const newestSubmissionOf = statement(
  'read the newest submission of a strategy',
  `MATCH (strategy:Strategy {strategy_id: $strategy_id})
   MATCH (s:Submission {submission_id: strategy.newest_submission})
   RETURN ${submissionFields}`,
);

/** Counts kept by the server, minus the few uncommitted rows; only versions are summed over all strategies. */
const totalsOfGraph = statement(
  'count the graph',
  `CALL () { MATCH (c:ComputeNode) RETURN count(c) AS nodes }
   CALL () { MATCH (c:ComputeNode {uncommitted: true}) RETURN count(c) AS nodes_uncommitted }
   CALL () { MATCH (q:Queue) RETURN count(q) AS queues }
   CALL () { MATCH (q:Queue {state: 'pending'}) RETURN count(q) AS queues_pending }
   CALL () { MATCH (q:Queue {state: 'collected'}) RETURN count(q) AS queues_collected }
   CALL () { MATCH (s:Strategy) RETURN count(s) AS strategies }
   CALL () { MATCH (s:Strategy {uncommitted: true}) RETURN count(s) AS strategies_uncommitted }
   CALL () { MATCH (v:VersionSentinel) RETURN count(v) AS sentinels }
   CALL () { MATCH (o:Outbox) RETURN count(o) AS events_waiting }
   CALL () { MATCH (n:Activation) RETURN count(n) AS activations_waiting }
   CALL () { MATCH (s:ChangedSet) RETURN count(s) AS sets_waiting }
   CALL () { MATCH (p:ParkedEvent) RETURN count(p) AS outbox_parked }
   CALL () {
     OPTIONAL MATCH (o:Outbox)
     WHERE o.due >= 0 AND o.seq >= 0
     RETURN o.at AS event_at ORDER BY o.due, o.seq LIMIT 1
   }
   CALL () { OPTIONAL MATCH (n:Activation) WHERE n.at >= 0 RETURN n.at AS activation_at ORDER BY n.at LIMIT 1 }
   CALL () { OPTIONAL MATCH (s:ChangedSet) WHERE s.due >= 0 RETURN s.at AS set_at ORDER BY s.due LIMIT 1 }
   CALL () { MATCH (s:Strategy) WHERE s.strategy_id > '' RETURN sum(s.version_count) AS versions }
   RETURN nodes - nodes_uncommitted AS nodes, queues - queues_pending - queues_collected AS queues,
          strategies - strategies_uncommitted AS strategies, sentinels,
          events_waiting + activations_waiting + sets_waiting AS outbox_depth, outbox_parked,
          reduce(oldest = null, at IN [event_at, activation_at, set_at] | CASE WHEN at < oldest OR oldest IS NULL THEN at ELSE oldest END)
            AS oldest_at,
          versions - sentinels AS sentinel_gaps`,
);

/** All reads of nodes, queues, strategies and submissions; they see committed data only, except for submission records. */
export function neo4jReads(
  transactions: Transactions,
): Omit<GraphReads, 'known' | 'code' | 'schema' | 'parkedEvents' | 'announcement'> {
  const rows = (operation: string, one: Statement, parameters: Readonly<Record<string, CypherInput>>) =>
    transactions.read(operation, (tx) => tx.run(one, parameters));
  const page = async <T>(
    operation: string,
    one: Statement,
    { cursor = '', itemsMax }: PageRequest,
    from: PageReader<T>,
    parameters: Readonly<Record<string, CypherInput>> = {},
  ) => pageOf(await rows(operation, one, { ...parameters, cursor, rows_max: itemsMax + 1 }), itemsMax, from);
  return {
    nodes: (request) => page('nodes', nodesPage, request, nodes),
    nodesByIds: async (nodeIds) =>
      (await rows('nodesByIds', nodesOfIds, { node_ids: nodeIds })).map(toNodeRecord),
    dependencies: async (nodeId) =>
      neighboursFrom(await rows('dependencies', neighbours, { node_id: nodeId })),
    dag: async (digest) => (await rows('dag', bodyOfDag, { digest })).map((row) => readDag(row, digest))[0],
    nodeNames: async (digest) =>
      (await rows('nodeNames', bodyOfDag, { digest })).map((row) => readNodeNames(row, digest))[0],
    nodesByTags: ({ tags, interval, matchMode }: TagQuery, request) =>
      page('nodesByTags', byTags[matchMode], request, nodes, { tags, interval }),
    queues: (request) => page('queues', queuesPage, request, queues),
    queueReferences: async (topic) => {
      const found = await transactions.read('queueReferences', (tx) => readReferences(tx, topic));
      return found === undefined ? undefined : { users: found.users, waiting: found.waiting };
    },
    strategies: (request) => page('strategies', strategiesPage, request, strategies),
    strategy: async (strategyId) =>
      (await rows('strategy', oneStrategy, { strategy_id: strategyId })).map(strategyFrom)[0],
    submission: async (submissionId) =>
      submissionFrom(await rows('submission', oneSubmission, { submission_id: submissionId })),
    newestSubmission: async (strategyId) =>
      submissionFrom(await rows('newestSubmission', newestSubmissionOf, { strategy_id: strategyId })),
    totals: async () => totalsFrom(await rows('totals', totalsOfGraph, {})),
  };
}

interface PageReader<T> {
  readonly item: (row: Row) => T;
  /** The value that orders the page; it is readable also when the rest is not. */
  readonly key: (row: Row) => string;
}

const byTags = { all: nodesOfAllTags, any: nodesOfAnyTag } as const;
const nodes: PageReader<ReturnType<typeof toNodeRecord>> = {
  item: toNodeRecord,
  key: (row) => readText(readRow(row, 'node'), 'node_id'),
};
const queues: PageReader<ReturnType<typeof toQueueRecord>> = {
  item: (row) => toQueueRecord(readRow(row, 'queue'), readTexts(row, 'tags')),
  key: (row) => readText(readRow(row, 'queue'), 'topic'),
};
const strategies: PageReader<StrategyRecord> = {
  item: strategyFrom,
  key: (row) => readText(row, 'strategy_id'),
};

/**
 * One row more than the page holds was read: it shows whether there is a next page. A row that cannot be read is named, and keeps
 * nobody from the others.
 */
function pageOf<T>(rows: readonly Row[], itemsMax: number, { item, key }: PageReader<T>): Page<T> {
  const shown = rows.slice(0, itemsMax);
  const unreadable: string[] = [];
  const items = shown.flatMap((row) => {
    try {
      return [item(row)];
    } catch (error) {
      if (!isQmtlError(error)) throw error;
      unreadable.push(key(row));
      return [];
    }
  });
  const last = shown.at(-1);
  return {
    items,
    ...(rows.length > itemsMax && last !== undefined ? { nextCursor: key(last) } : {}),
    ...(unreadable.length === 0 ? {} : { unreadable }),
  };
}

function neighboursFrom([row]: readonly Row[]):
  | { upstreams: readonly NodeId[]; downstreams: readonly NodeId[] }
  | undefined {
  if (row === undefined) return undefined;
  return {
    upstreams: readKinds(row, 'upstreams', isNodeId),
    downstreams: readKinds(row, 'downstreams', isNodeId),
  };
}

function strategyFrom(row: Row): StrategyRecord {
  return {
    strategyId: readKind(row, 'strategy_id', isStrategyId),
    versions: readRows(row, 'versions').map(versionFrom),
    versionCount: readInteger(row, 'version_count'),
  };
}

function versionFrom(row: Row): StrategyVersionRecord {
  const domain = maybe(row, 'domain', (r, name) => readKind(r, name, isExecutionDomain));
  const retiredAt = maybe(row, 'retired_at', readInteger);
  const downgradeReason = maybe(row, 'downgrade_reason', (r, name) => readKind(r, name, isDowngradeReason));
  return {
    submissionId: readKind(row, 'submission_id', isSubmissionId),
    version: readText(row, 'version'),
    worldId: readKind(row, 'world_id', isWorldId),
    sentinelId: readKind(row, 'sentinel_id', isSentinelId),
    dagDigest: readKind(row, 'dag_digest', isDagDigest),
    commitHash: readText(row, 'commit_hash'),
    nodeCount: readInteger(row, 'node_count'),
    committedAt: readInteger(row, 'created_at'),
    namespace: readText(row, 'namespace'),
    ...(retiredAt === undefined ? {} : { retiredAt }),
    ...(domain === undefined ? {} : { domain }),
    ...(downgradeReason === undefined ? {} : { downgradeReason }),
  };
}

function submissionFrom([row]: readonly Row[]) {
  return row === undefined ? undefined : toSubmissionRecord(readRow(row, 'submission'));
}

function totalsFrom([row = {}]: readonly Row[]): GraphTotals {
  const oldestAt = maybe(row, 'oldest_at', readInteger);
  return {
    nodes: readInteger(row, 'nodes'),
    queues: readInteger(row, 'queues'),
    strategies: readInteger(row, 'strategies'),
    sentinels: readInteger(row, 'sentinels'),
    outboxDepth: readInteger(row, 'outbox_depth'),
    outboxParked: readInteger(row, 'outbox_parked'),
    ...(oldestAt === undefined ? {} : { outboxOldestAt: oldestAt }),
    sentinelGaps: readInteger(row, 'sentinel_gaps'),
  };
}
