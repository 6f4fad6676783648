import { blake3Hex } from '../../../domain/base/blake3.js';
import { isNodeId, type NodeId, type SubmissionId, type TopicName } from '../../../domain/base/ids.js';
import { type ActivatedNode, commitEvents } from '../../../domain/events/commit-events.js';
import { type ControlEvent, toStreamKey } from '../../../domain/events/control-events.js';
import type { TopicMismatch } from '../../../domain/topics/topic.js';
import {
  type CypherInput,
  type Row,
  readInteger,
  readKind,
  readText,
  readTexts,
} from '../driver/cypher-value.js';
import { formatProperties, statement } from '../driver/statement.js';
import type { GraphTransaction } from '../driver/transactions.js';
import { findChangedSets } from './queue-sets.js';

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
   CREATE (:Outbox ${formatProperties('row', outboxPropertyNames)})`,
);

export interface QueueToCommit {
  readonly topic: TopicName;
  readonly pending: boolean;
  readonly verified: boolean;
  readonly mismatches: readonly TopicMismatch[];
}

/** The input of a commit. */
export interface CommitWork {
  readonly submissionId: SubmissionId;
  readonly submission: Row;
  readonly nodeIds: readonly NodeId[];
  readonly queues: ReadonlyMap<NodeId, QueueToCommit>;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A place in a stream. `due` never decreases along a stream, whatever the clocks of its writers. */
interface Place {
  readonly seq: number;
  readonly due: number;
}

interface StatusChange extends Place {
  readonly nodeId: NodeId;
}

/**
 * Activates the queues of a submission and writes the events into the outbox, each with its place in its stream. Returns the
 * number of events.
 *
 * A stream's counter is incremented in the transaction that writes the event, and stays locked until it commits: the order of
 * a stream is the order of commits, no number is lost or assigned twice, and nothing has to be sequenced later.
 */
export async function announceCommit(tx: GraphTransaction, work: CommitWork): Promise<number> {
  const activated = await activate(tx, work);
  const buffering = await buffer(tx, work);
  if (activated.length + buffering.length === 0) return 0;
  const sets = await findChangedSets(tx, activated);
  const events = commitEvents({
    sets,
    activated: activated.map(({ nodeId }) => nodeId),
    buffering: buffering.map(({ nodeId }) => nodeId),
  });
  const statuses = [...activated, ...buffering];
  const updates = events.slice(0, sets.length);
  const places = [...(await placesInStreams(tx, updates, work.at)), ...statuses];
  const traceparent = readText(work.submission, 'traceparent');
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
  // Another submission may activate the same queues: check again once they are locked.
  const [, rows] = await Promise.all([
    tx.run(lockQueues, { topics, at: work.at }),
    tx.run(activateQueues, { topics, at: work.at }),
  ]);
  const byId = new Map(
    rows.map((row) => {
      const node = {
        ...statusChangeFrom(row),
        tags: readTexts(row, 'tags'),
        interval: readInteger(row, 'interval'),
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
  const nodeIds = readTexts(submission, 'buffering_ids');
  if (nodeIds.length === 0) return [];
  const hashes = readTexts(submission, 'buffering_hashes');
  const nodes = nodeIds.map((nodeId, index) => ({ node_id: nodeId, schema_hash: hashes[index] }));
  return (await tx.run(startBuffering, { nodes, at })).map(statusChangeFrom);
}

function statusChangeFrom(row: Row): StatusChange {
  return {
    nodeId: readKind(row, 'node_id', isNodeId),
    seq: readInteger(row, 'seq'),
    due: readInteger(row, 'due'),
  };
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
      const key = readText(row, 'key');
      return [key, { seq: readInteger(row, 'seq') - (counts.get(key) ?? 0), due: readInteger(row, 'due') }];
    }),
  );
  return streams.map((key) => {
    const before = next.get(key) ?? { seq: 0, due: at };
    const place = { seq: before.seq + 1, due: before.due };
    next.set(key, place);
    return place;
  });
}

/** Keys, and so streams, may be longer than an index allows. */
function streamDigest(event: ControlEvent): string {
  return blake3Hex(toStreamKey(event));
}
