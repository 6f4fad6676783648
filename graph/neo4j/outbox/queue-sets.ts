import { blake3Hex } from '../../../domain/base/blake3.js';
import { isTopicName } from '../../../domain/base/ids.js';
import { limits } from '../../../domain/base/limits.js';
import { isGlobalNamespace } from '../../../domain/context/namespace.js';
import type { TagQuery } from '../../../domain/dag/dag.js';
import { type ChangedSet, queueSetKey, type ResolvedQueue } from '../../../domain/events/queue-sets.js';
import { type Row, readBoolean, readInteger, readKind, readRows, readText } from '../driver/cypher-value.js';
import { statement } from '../driver/statement.js';
import type { GraphTransaction } from '../driver/transactions.js';
import { keyCounts, numbersOf } from './key-counts.js';

const countSets = statement(
  'count versions of queue sets up',
  `UNWIND $counters AS counter
   MERGE (set:QueueSet {key: counter.key})
   SET set.version = coalesce(set.version, 0) + counter.count, set.announced_at = $at
   RETURN set.key AS key, set.version AS version`,
);

/**
 * The active queues of tagged nodes. Labels are omitted, since the relationships imply them: with labels the planner would, in
 * a nearly empty graph, begin with all nodes of a label, and keep that plan while the graph grows.
 */
const queuesOfTag = `MATCH (t)<-[:TAGGED]-(c)-[:EMITS]->(q)
     WHERE c.interval = set.interval AND q.state = 'active'`;

/** One queue more than an event may list is looked for: if it is found, there are too many, and none is returned. */
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

/** The name of a set's counter in the graph. */
export function queueSetDigest(query: TagQuery): string {
  return blake3Hex(queueSetKey(query));
}

/**
 * Each set with its next version and the queues it has now. The counters are incremented, and so locked, before the queues are read:
 * statements run in the order of the calls, and a version stands for what was there when it was given.
 */
export async function resolveSets(
  tx: GraphTransaction,
  queries: readonly TagQuery[],
  at: number,
): Promise<readonly ChangedSet[]> {
  const [versions, queues] = await Promise.all([countUp(tx, queries, at), queuesOf(tx, queries)]);
  return queries.map((query, index) => ({
    query,
    version: versions[index] ?? 0,
    queues: queues.get(index) ?? [],
  }));
}

async function countUp(
  tx: GraphTransaction,
  queries: readonly TagQuery[],
  at: number,
): Promise<readonly number[]> {
  const keys = queries.map(queueSetDigest);
  const rows = await tx.run(countSets, { counters: keyCounts(keys), at });
  // Sets that share a counter get one number each.
  return numbersOf(keys, new Map(rows.map((row) => [readText(row, 'key'), readInteger(row, 'version')])));
}

async function queuesOf(
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
      const queues = readBoolean(row, 'many') ? 'many' : readRows(row, 'queues').map(resolvedQueueFrom);
      return [readInteger(row, 'index'), queues];
    }),
  );
}

function resolvedQueueFrom(row: Row): ResolvedQueue {
  return {
    topic: readKind(row, 'topic', isTopicName),
    global: isGlobalNamespace(readText(row, 'namespace')),
  };
}
