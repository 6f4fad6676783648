import { isNodeId } from '../../../domain/base/ids.js';
import type { ExecutionContext } from '../../../domain/context/execution-context.js';
import {
  type CypherInput,
  maybe,
  type Row,
  readInteger,
  readKind,
  readText,
} from '../driver/cypher-value.js';
import type { Maintenance } from '../driver/maintenance.js';
import { maybeStored, storedContext } from '../rows/stored-form.js';
import { statusStream } from '../rows/streams.js';
import { raiseFormat } from './installation.js';
import { inPages, migrationRowsMax } from './pages.js';

/** The format of a graph whose queues have generations. */
const format = 4;

/**
 * In earlier releases a node had one queue in a namespace throughout, and nothing said who uses it. Every queue becomes generation 1; what a
 * node said of its buffering is said by its queues, and its place in its stream by the stream. What uses and wants queues follows from
 * what is stored of versions and of submissions under way.
 *
 * The constraint that forbids a second queue goes last: until every queue has its generation, it is what holds.
 */
export async function giveQueuesGenerations(maintenance: Maintenance): Promise<void> {
  await raiseFormat(maintenance, format);
  await inPages(maintenance, 'give queues their first generation', firstGenerations);
  await moveStreamCounters(maintenance);
  await noteReferences(maintenance, usersOfQueues);
  await noteReferences(maintenance, submissionsUnderWay);
  await maintenance.run('drop a constraint', 'DROP CONSTRAINT queue_namespaced_node IF EXISTS');
  await maintenance.run('drop an index', 'DROP INDEX compute_buffering_since IF EXISTS');
}

/**
 * A worker of an earlier release may have gone on for a while, or created the constraint again that forbids a second generation. It reads
 * all queues, once, when a graph is set up.
 */
export async function isOfEarlierRelease(maintenance: Maintenance): Promise<boolean> {
  const queues = await maintenance.run(
    'look for queues without a generation',
    `MATCH (q:Queue) WHERE q.generation IS NULL AND q.generation_fault IS NULL RETURN q.topic AS name LIMIT 1`,
  );
  const constraints = await maintenance.run(
    'look for a constraint of earlier releases',
    "SHOW CONSTRAINTS YIELD name WHERE name = 'queue_namespaced_node' RETURN name",
  );
  return queues.length + constraints.length > 0;
}

/**
 * Beside a queue that has a generation, one without was made by a worker that did not know of generations: what it is for is not clear, so
 * it keeps the reason, and neither lookups nor collection find it.
 */
const firstGenerations = `MATCH (q:Queue)
   WHERE q.topic > $after
   WITH q ORDER BY q.topic LIMIT $rows_max
   OPTIONAL MATCH (c:ComputeNode {node_id: q.node_id})
   WITH q, c, q.generation IS NULL AS isOld,
        EXISTS { MATCH (other:Queue {namespace: q.namespace, node_id: q.node_id}) WHERE other.generation IS NOT NULL } AS isSecond
   FOREACH (old IN CASE WHEN isOld AND NOT isSecond THEN [q] ELSE [] END |
     SET old.generation = 1, old.current = true, old.schema_hash = c.schema_hash,
         old.buffering_since = c.buffering_since, old.buffering_hash = c.buffering_hash)
   FOREACH (old IN CASE WHEN isOld AND isSecond THEN [q] ELSE [] END |
     SET old.generation_fault = 'its node has another queue in this namespace')
   RETURN max(q.topic) AS last`;

/** In pages; keys of streams are digests, which the server cannot compute. */
async function moveStreamCounters(maintenance: Maintenance): Promise<void> {
  for (let after: string | undefined = ''; after !== undefined; ) {
    const rows: readonly Row[] = await maintenance.run(
      'read places in streams',
      `MATCH (c:ComputeNode)
       WHERE c.node_id > $after
       WITH c ORDER BY c.node_id LIMIT $rows_max
       RETURN c.node_id AS node_id, c.status_seq AS seq`,
      { after, rows_max: migrationRowsMax },
    );
    const counted = rows.filter((row) => maybe(row, 'seq', readInteger) !== undefined);
    if (counted.length > 0) await moveCounters(maintenance, counted);
    const last = rows.at(-1);
    after = last === undefined ? undefined : readText(last, 'node_id');
  }
}

/** The nodes are locked before they are read, since another process may move the same counters: the aggregation keeps the order. */
async function moveCounters(maintenance: Maintenance, rows: readonly Row[]): Promise<void> {
  await maintenance.run(
    'move places in streams',
    `UNWIND $nodes AS node
     MATCH (lock:ComputeNode {node_id: node.node_id})
     SET lock.locked_at = 0
     WITH collect(node) AS locked
     UNWIND locked AS node
     MATCH (c:ComputeNode {node_id: node.node_id})
     WHERE c.status_seq IS NOT NULL
     MERGE (s:Stream {key: node.stream})
     SET s.seq = CASE WHEN s.seq > c.status_seq THEN s.seq ELSE c.status_seq END,
         s.due = CASE WHEN s.due > c.status_due THEN s.due ELSE c.status_due END
     REMOVE c.status_seq, c.status_due, c.buffering_since, c.buffering_hash`,
    {
      nodes: rows.map((row) => {
        const nodeId = readKind(row, 'node_id', isNodeId);
        return { node_id: nodeId, stream: statusStream(nodeId) };
      }),
    },
  );
}

/** What refers to queues: rows in the order of their ids, and how the queues of a part of their nodes are noted. */
interface Referring {
  readonly page: string;
  readonly note: string;
  /** Run for each page before. */
  readonly describe?: (maintenance: Maintenance, rows: readonly Row[]) => Promise<void>;
}

const usersOfQueues: Referring = {
  page: `MATCH (v:VersionSentinel)
    WHERE v.sentinel_id > $after
    WITH v ORDER BY v.sentinel_id LIMIT $rows_max
    OPTIONAL MATCH (s:Submission)-[:COMMITTED_AS]->(v)
    RETURN v.sentinel_id AS id, s.namespace AS namespace, s.context AS context,
           CASE WHEN v.retired_at IS NULL THEN size(s.node_ids) END AS nodes
    ORDER BY id`,
  note: `UNWIND $parts AS part
    MATCH (s:Submission)-[:COMMITTED_AS]->(v:VersionSentinel {sentinel_id: part.id})
    SET v.locked_at = v.locked_at
    WITH part, s, v WHERE v.retired_at IS NULL
    UNWIND s.node_ids[part.from..part.to] AS node_id
    MATCH (q:Queue {namespace: s.namespace, node_id: node_id, current: true})
    MERGE (v)-[:USES]->(q)`,
  describe: describeSentinels,
};

const submissionsUnderWay: Referring = {
  page: `MATCH (s:Submission)
    WHERE s.submission_id > $after
    WITH s ORDER BY s.submission_id LIMIT $rows_max
    RETURN s.submission_id AS id, CASE s.state WHEN 'registered' THEN size(s.node_ids) END AS nodes
    ORDER BY id`,
  note: `UNWIND $parts AS part
    MATCH (s:Submission {submission_id: part.id})
    SET s.locked_at = s.locked_at
    WITH part, s WHERE s.state = 'registered'
    UNWIND s.node_ids[part.from..part.to] AS node_id
    MATCH (q:Queue {namespace: s.namespace, node_id: node_id, current: true})
    MERGE (s)-[:WANTS]->(q)`,
};

async function noteReferences(maintenance: Maintenance, referring: Referring): Promise<void> {
  for (let after: string | undefined = ''; after !== undefined; ) {
    const rows: readonly Row[] = await maintenance.run('read what refers to queues', referring.page, {
      after,
      rows_max: migrationRowsMax,
    });
    await referring.describe?.(maintenance, rows);
    for (const parts of partsOf(rows)) await maintenance.run('note references', referring.note, { parts });
    const last = rows.at(-1);
    after = last === undefined ? undefined : readText(last, 'id');
  }
}

/** The world and the domain of a version were stored with its submission only. */
async function describeSentinels(maintenance: Maintenance, rows: readonly Row[]): Promise<void> {
  const sentinels = rows.flatMap((row) => {
    const namespace = maybe(row, 'namespace', readText);
    if (namespace === undefined) return [];
    const { domain, downgradeReason } = contextOf(row) ?? {};
    const described = { domain: domain ?? null, downgrade_reason: downgradeReason ?? null };
    return [{ id: readText(row, 'id'), namespace, ...described }];
  });
  if (sentinels.length === 0) return;
  await maintenance.run(
    'describe sentinels',
    `UNWIND $sentinels AS sentinel
     MATCH (v:VersionSentinel {sentinel_id: sentinel.id})
     SET v.namespace = sentinel.namespace, v.domain = coalesce(sentinel.domain, v.domain),
         v.downgrade_reason = coalesce(sentinel.downgrade_reason, v.downgrade_reason)`,
    { sentinels },
  );
}

/** Undefined also for one that could not be given a form: readers of its submission say so. */
function contextOf(row: Row): ExecutionContext | undefined {
  try {
    return maybeStored(storedContext, row, 'context', 'the submission of a sentinel');
  } catch {
    return undefined;
  }
}

/** Slices of the nodes of these rows, packed into lists of at most `migrationRowsMax` nodes. */
function partsOf(rows: readonly Row[]): readonly (readonly CypherInput[])[] {
  const lists: CypherInput[][] = [];
  let room = 0;
  for (const row of rows) {
    const nodes = maybe(row, 'nodes', readInteger) ?? 0;
    for (let from = 0; from < nodes; ) {
      if (room === 0) {
        lists.push([]);
        room = migrationRowsMax;
      }
      const to = Math.min(nodes, from + room);
      lists.at(-1)?.push({ id: readText(row, 'id'), from, to });
      room -= to - from;
      from = to;
    }
  }
  return lists;
}
