import { blake3Hex } from '../../../domain/base/blake3.js';
import { QmtlError } from '../../../domain/base/errors.js';
import {
  isNodeId,
  isTopicName,
  type NodeId,
  type SubmissionId,
  type TopicName,
} from '../../../domain/base/ids.js';
import { limits } from '../../../domain/base/limits.js';
import { isGlobalNamespace } from '../../../domain/context/namespace.js';
import { type TagQuery, tagQueryNodeType } from '../../../domain/dag/dag.js';
import { tagQueryOf } from '../../../domain/dag/tag-query.js';
import {
  type ActivatedNode,
  announcedSets,
  type ChangedSet,
  changedSets,
  commitEvents,
  queueSetKey,
  type ResolvedQueue,
} from '../../../domain/events/commit-events.js';
import { type ControlEvent, streamOf } from '../../../domain/events/control-events.js';
import type { TopicMismatch } from '../../../domain/topics/topic.js';
import {
  booleanOf,
  type CypherInput,
  integerOf,
  kindOf,
  type Row,
  rowsOf,
  textOf,
  textsOf,
} from '../driver/cypher-value.js';
import { propertiesOf, statement } from '../driver/statement.js';
import type { GraphTransaction } from '../driver/transactions.js';

const lockQueues = statement(
  'lock queues',
  `UNWIND $topics AS topic
   MATCH (q:Queue {topic: topic})
   SET q.locked_at = $at`,
);

const activateQueues = statement(
  'activate queues',
  `UNWIND $topics AS topic
   MATCH (q:Queue {topic: topic})
   USING INDEX q:Queue(topic)
   WHERE q.state = 'pending'
   MATCH (c:ComputeNode {node_id: q.node_id})
   USING INDEX c:ComputeNode(node_id)
   SET q.state = 'active', q.activated_at = $at,
       c.status_seq = coalesce(c.status_seq, 0) + 1,
       c.status_due = CASE WHEN c.status_due > $at THEN c.status_due ELSE $at END
   REMOVE c.uncommitted
   RETURN c.node_id AS node_id, coalesce(c.tags, c.long_tags) AS tags, c.interval AS interval,
          c.status_seq AS seq, c.status_due AS due`,
);

const startBuffering = statement(
  'start buffering',
  `UNWIND $nodes AS node
   MATCH (c:ComputeNode {node_id: node.node_id})
   SET c.schema_hash = node.schema_hash, c.buffering_since = $at,
       c.status_seq = coalesce(c.status_seq, 0) + 1,
       c.status_due = CASE WHEN c.status_due > $at THEN c.status_due ELSE $at END
   RETURN c.node_id AS node_id, c.status_seq AS seq, c.status_due AS due`,
);

const queriesForTags = statement(
  'read tag queries that name a tag',
  `UNWIND $tags AS name
   MATCH (t:Tag {name: name})<-[asked:QUERIES]-(c:ComputeNode)
   WHERE asked.interval IN $intervals
   RETURN DISTINCT c.params_canon AS params_canon`,
);

const countSets = statement(
  'count versions of queue sets up',
  `UNWIND $keys AS key
   MERGE (set:QueueSet {key: key})
   SET set.version = coalesce(set.version, 0) + 1
   RETURN set.version AS version`,
);

/**
 * The active queues of tagged nodes. Without labels, which what these relationships lead to has anyway: with them the planner
 * would, in a graph that is nearly empty, begin with all nodes of a kind, and keep that plan while the graph grows.
 */
const queuesOfTag = `MATCH (t)<-[:TAGGED]-(c)-[:EMITS]->(q)
     WHERE c.interval = set.interval AND q.state = 'active'`;

/** One more than an event lists was looked for: then they are too many, and none travels. */
const foundQueues = `set.index AS index, size(found) > $queues_max AS many,
     CASE WHEN size(found) > $queues_max THEN [] ELSE [q IN found | q {.topic, .namespace}] END AS queues`;

const queuesOfAll = statement(
  'read queues with all of some tags',
  `UNWIND $sets AS set
   CALL (set) {
     UNWIND set.tags AS name
     MATCH (t:Tag {name: name})
     RETURN t ORDER BY COUNT { (t)<-[:TAGGED]-() } LIMIT 1
   }
   CALL (set, t) {
     ${queuesOfTag}
       AND all(tag IN set.tags WHERE tag IN coalesce(c.tags, c.long_tags))
     WITH q LIMIT $queues_max + 1
     RETURN collect(q) AS found
   }
   RETURN ${foundQueues}`,
);

const queuesOfAny = statement(
  'read queues with any of some tags',
  `UNWIND $sets AS set
   CALL (set) {
     UNWIND set.tags AS name
     MATCH (t:Tag {name: name})
     USING INDEX t:Tag(name)
     ${queuesOfTag}
     WITH DISTINCT q LIMIT $queues_max + 1
     RETURN collect(q) AS found
   }
   RETURN ${foundQueues}`,
);

const countStreams = statement(
  'count streams up',
  `UNWIND $streams AS stream
   MERGE (s:Stream {key: stream.key})
   SET s.seq = coalesce(s.seq, 0) + stream.events,
       s.due = CASE WHEN s.due > $at THEN s.due ELSE $at END
   RETURN stream.key AS key, s.seq AS seq, s.due AS due`,
);

const outboxPropertyNames = [
  'id',
  'submission_id',
  'stream',
  'seq',
  'due',
  'event',
  'at',
  'traceparent',
] as const;

const fillOutbox = statement(
  'fill the outbox',
  `UNWIND $rows AS row
   CREATE (:Outbox ${propertiesOf('row', outboxPropertyNames)})`,
);

export interface QueueToCommit {
  readonly topic: TopicName;
  readonly pending: boolean;
  readonly verified: boolean;
  readonly mismatches: readonly TopicMismatch[];
}

/** What the commit of one submission works on. */
export interface CommitWork {
  readonly submissionId: SubmissionId;
  readonly submission: Row;
  readonly nodeIds: readonly NodeId[];
  readonly queues: ReadonlyMap<NodeId, QueueToCommit>;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A place in a stream. `due` never falls along a stream, whatever the clocks of its writers say. */
interface Place {
  readonly seq: number;
  readonly due: number;
}

interface StatusChange extends Place {
  readonly nodeId: NodeId;
}

/**
 * Makes the queues of a submission active and writes the news of it into the outbox, each event with its place in its stream.
 * Gives how many there are.
 *
 * A stream's counter is counted up in the transaction that writes the event, and stays locked until it commits: the order of
 * a stream is the order of commits, no number is lost or given twice, and nothing has to be sequenced later.
 */
export async function announceCommit(tx: GraphTransaction, work: CommitWork): Promise<number> {
  const activated = await activate(tx, work);
  const buffering = await buffer(tx, work);
  if (activated.length + buffering.length === 0) return 0;
  const sets = await changedSetsOf(tx, activated);
  const events = commitEvents({
    sets,
    activated: activated.map(({ nodeId }) => nodeId),
    buffering: buffering.map(({ nodeId }) => nodeId),
  });
  const statuses = [...activated, ...buffering];
  const updates = events.slice(0, sets.length);
  const places = [...(await placesInStreams(tx, updates, work.at)), ...statuses];
  const traceparent = textOf(work.submission, 'traceparent');
  const rows = events.flatMap((event, index): CypherInput[] => {
    const place = places[index];
    if (place === undefined) return [];
    const { seq, due } = place;
    const id = `${work.submissionId}/${index}`;
    const row = { id, submission_id: work.submissionId, stream: streamDigest(event), seq, due };
    return [{ ...row, event: JSON.stringify(event), at: work.at, traceparent }];
  });
  await tx.run(fillOutbox, { rows });
  return rows.length;
}

async function activate(tx: GraphTransaction, work: CommitWork): Promise<(ActivatedNode & Place)[]> {
  const topics = [...work.nodeIds].sort().flatMap((nodeId) => {
    const queue = work.queues.get(nodeId);
    return queue?.pending === true ? [queue.topic] : [];
  });
  if (topics.length === 0) return [];
  // Another submission may activate the same queues: look again once they are ours.
  const [, rows] = await Promise.all([
    tx.run(lockQueues, { topics, at: work.at }),
    tx.run(activateQueues, { topics, at: work.at }),
  ]);
  const byId = new Map(
    rows.map((row) => {
      const node = {
        ...statusChangeFrom(row),
        tags: textsOf(row, 'tags'),
        interval: integerOf(row, 'interval'),
      };
      return [node.nodeId, node];
    }),
  );
  return work.nodeIds.flatMap((nodeId) => byId.get(nodeId) ?? []);
}

async function buffer(
  tx: GraphTransaction,
  { submission, at }: CommitWork,
): Promise<readonly StatusChange[]> {
  const nodeIds = textsOf(submission, 'buffering_ids');
  if (nodeIds.length === 0) return [];
  const hashes = textsOf(submission, 'buffering_hashes');
  const nodes = nodeIds.map((nodeId, index) => ({ node_id: nodeId, schema_hash: hashes[index] }));
  return (await tx.run(startBuffering, { nodes, at })).map(statusChangeFrom);
}

function statusChangeFrom(row: Row): StatusChange {
  return { nodeId: kindOf(row, 'node_id', isNodeId), seq: integerOf(row, 'seq'), due: integerOf(row, 'due') };
}

async function changedSetsOf(
  tx: GraphTransaction,
  activated: readonly ActivatedNode[],
): Promise<readonly ChangedSet[]> {
  const announced = announcedSets(activated);
  if (announced.length === 0) return [];
  const tags = [...new Set(announced.flatMap((set) => set.tags))];
  const intervals = [...new Set(announced.map((set) => set.interval))];
  const asking = (await tx.run(queriesForTags, { tags, intervals })).flatMap(
    (row) => tagQueryOf({ nodeType: tagQueryNodeType, paramsCanon: textOf(row, 'params_canon') }) ?? [],
  );
  const queries = changedSets(activated, asking);
  // The counters are locked before the queues are read: statements run in the order in which they are given.
  const [versions, queues] = await Promise.all([countUp(tx, queries), resolve(tx, queries)]);
  return queries.map((query, index) => ({
    query,
    version: versions[index] ?? 0,
    queues: queues.get(index) ?? [],
  }));
}

/** Locks the counters in one order for all commits; what is read after it is the set as of this version. */
async function countUp(tx: GraphTransaction, queries: readonly TagQuery[]): Promise<readonly number[]> {
  const inOrder = queries
    .map((query, index) => ({ key: blake3Hex(queueSetKey(query)), index }))
    .sort((a, b) => (a.key === b.key ? a.index - b.index : a.key < b.key ? -1 : 1));
  const rows = await tx.run(countSets, { keys: inOrder.map(({ key }) => key) });
  const versions = new Map(inOrder.map(({ index }, place) => [index, rows[place]]));
  return queries.map((_query, index) => {
    const row = versions.get(index);
    if (row === undefined) throw new QmtlError('E_INTERNAL', 'a set of queues got no version');
    return integerOf(row, 'version');
  });
}

async function resolve(
  tx: GraphTransaction,
  queries: readonly TagQuery[],
): Promise<ReadonlyMap<number, ChangedSet['queues']>> {
  const setsOf = (mode: TagQuery['matchMode']) =>
    queries.flatMap(({ tags, interval, matchMode }, index) =>
      matchMode === mode ? [{ index, tags, interval }] : [],
    );
  const [all, any] = [setsOf('all'), setsOf('any')];
  const queuesMax = limits.eventQueuesMax;
  const found = await Promise.all([
    all.length === 0 ? [] : tx.run(queuesOfAll, { sets: all, queues_max: queuesMax }),
    any.length === 0 ? [] : tx.run(queuesOfAny, { sets: any, queues_max: queuesMax }),
  ]);
  return new Map(
    found.flat().map((row) => {
      const queues = booleanOf(row, 'many') ? 'many' : rowsOf(row, 'queues').map(resolvedQueueFrom);
      return [integerOf(row, 'index'), queues];
    }),
  );
}

function resolvedQueueFrom(row: Row): ResolvedQueue {
  return { topic: kindOf(row, 'topic', isTopicName), global: isGlobalNamespace(textOf(row, 'namespace')) };
}

async function placesInStreams(
  tx: GraphTransaction,
  events: readonly ControlEvent[],
  at: number,
): Promise<readonly Place[]> {
  if (events.length === 0) return [];
  const streams = events.map(streamDigest);
  const counts = new Map<string, number>();
  for (const key of streams) counts.set(key, (counts.get(key) ?? 0) + 1);
  const rows = await tx.run(countStreams, {
    streams: [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, count]) => ({ key, events: count })),
    at,
  });
  const next = new Map(
    rows.map((row) => {
      const key = textOf(row, 'key');
      return [key, { seq: integerOf(row, 'seq') - (counts.get(key) ?? 0), due: integerOf(row, 'due') }];
    }),
  );
  return streams.map((key) => {
    const before = next.get(key) ?? { seq: 0, due: at };
    const place = { seq: before.seq + 1, due: before.due };
    next.set(key, place);
    return place;
  });
}

/** Keys, and so streams, may be longer than an index takes. */
function streamDigest(event: ControlEvent): string {
  return blake3Hex(streamOf(event));
}
