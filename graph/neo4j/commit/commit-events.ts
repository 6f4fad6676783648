import { isNodeId, type NodeId, type SubmissionId, type TopicName } from '../../../domain/base/ids.js';
import { commitEvents } from '../../../domain/events/commit-events.js';
import {
  type ActivatedNode,
  activationId,
  activationsOf,
  type RetaggedNode,
} from '../../../domain/events/queue-sets.js';
import type { TopicMismatch } from '../../../domain/topics/topic.js';
import { type Row, readInteger, readKind, readKinds, readText, readTexts } from '../driver/cypher-value.js';
import { formatProperties, statement } from '../driver/statement.js';
import type { GraphTransaction } from '../driver/transactions.js';
import { fillOutbox, toOutboxRow } from '../outbox/outbox-rows.js';
import { type PlaceInStream, placesInStreams } from '../outbox/streams.js';
import { statusStream } from '../rows/streams.js';

/** The queues are locked: another submission may have activated some of them, so their state is checked again. */
const activateQueues = statement(
  'activate queues',
  `UNWIND $queues AS queue
   MATCH (q:Queue {topic: queue.topic})
   USING INDEX q:Queue(topic)
   WHERE q.state = 'pending'
   MATCH (c:ComputeNode {node_id: q.node_id})
   USING INDEX c:ComputeNode(node_id)
   MERGE (s:Stream {key: queue.stream})
   SET q.state = 'active', q.activated_at = $at,
       s.seq = coalesce(s.seq, 0) + 1,
       s.due = CASE WHEN s.due > $at THEN s.due ELSE $at END
   REMOVE c.uncommitted
   RETURN c.node_id AS node_id, coalesce(c.tags, c.long_tags) AS tags, c.interval AS interval, s.seq AS seq, s.due AS due`,
);

const startBuffering = statement(
  'start buffering',
  `UNWIND $queues AS queue
   MATCH (q:Queue {topic: queue.topic})
   SET q.buffering_hash = queue.schema_hash, q.buffering_since = $at
   RETURN q.node_id AS node_id`,
);

const writeActivations = statement(
  'write activations',
  `UNWIND $rows AS row
   CREATE (:Activation ${formatProperties('row', ['id', 'submission_id', 'tags', 'interval', 'added', 'at', 'traceparent'])})`,
);

export interface QueueToCommit {
  readonly topic: TopicName;
  readonly generation: number;
  readonly pending: boolean;
  /** Pending or active: neither being collected nor gone. */
  readonly usable: boolean;
  readonly verified: boolean;
  readonly mismatches: readonly TopicMismatch[];
}

/** A change of a node with its place in the node's stream. */
interface StatusChange extends PlaceInStream {
  readonly nodeId: NodeId;
}

/** The input of a commit. */
export interface CommitWork {
  readonly submissionId: SubmissionId;
  readonly submission: Row;
  readonly nodeIds: readonly NodeId[];
  readonly queues: ReadonlyMap<NodeId, QueueToCommit>;
  /** The nodes that are queries. */
  readonly queries: ReadonlySet<NodeId>;
  /** The nodes that get tags. */
  readonly retagged: ReadonlyMap<NodeId, RetaggedNode>;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Activates the queues of a submission, and writes the events of its nodes into the outbox, each with its place in its stream,
 * and its activations: which sets of queues changed depends on the whole graph, and is found by the publisher. So a commit writes a number
 * of rows that follows from its own new queues and tags, and waits for no other commit but those of the same nodes. Returns the number
 * of rows.
 *
 * A stream's counter is incremented in the transaction that writes the event, and stays locked until it commits: the order of
 * a stream is the order of commits, no number is lost or assigned twice, and nothing has to be sequenced later.
 */
export async function announceCommit(tx: GraphTransaction, work: CommitWork): Promise<number> {
  const activated = await activate(tx, work);
  const buffering = await buffer(tx, work);
  const changed: readonly StatusChange[] = [...activated, ...buffering];
  if (changed.length + work.retagged.size === 0) return 0;
  const { submissionId, at } = work;
  const traceparent = readText(work.submission, 'traceparent');
  const events = commitEvents({
    activated: activated.map(({ nodeId }) => nodeId),
    buffering: buffering.map(({ nodeId }) => nodeId),
  });
  const rows = events.flatMap((event, index) => {
    const change = changed[index];
    if (change === undefined) return [];
    const { seq, due } = change;
    const row = { id: `${submissionId}/${index}`, submission_id: submissionId, seq, due, at, traceparent };
    return [toOutboxRow(event, row)];
  });
  const activations = activationsOf(activated, [...work.retagged.values()]).map((activation) => {
    const { set, added } = activation;
    const id = `${submissionId}/${activationId(activation)}`;
    return {
      id,
      submission_id: submissionId,
      tags: set.tags,
      interval: set.interval,
      added,
      at,
      traceparent,
    };
  });
  await Promise.all([
    rows.length === 0 ? [] : tx.run(fillOutbox, { rows }),
    activations.length === 0 ? [] : tx.run(writeActivations, { rows: activations }),
  ]);
  return rows.length + activations.length;
}

async function activate(
  tx: GraphTransaction,
  work: CommitWork,
): Promise<readonly (ActivatedNode & StatusChange)[]> {
  const pending = work.nodeIds.flatMap((nodeId) => {
    const queue = work.queues.get(nodeId);
    return queue?.pending === true ? [{ topic: queue.topic, stream: statusStream(nodeId) }] : [];
  });
  if (pending.length === 0) return [];
  // Streams are shared by namespaces: they are locked in one order.
  const queues = pending.sort((a, b) => (a.stream < b.stream ? -1 : 1));
  const rows = await tx.run(activateQueues, { queues, at: work.at });
  const byId = new Map(
    rows.map((row) => {
      const node = {
        nodeId: readKind(row, 'node_id', isNodeId),
        seq: readInteger(row, 'seq'),
        due: readInteger(row, 'due'),
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
  { submission, queues, at }: CommitWork,
): Promise<readonly StatusChange[]> {
  const nodeIds = readKinds(submission, 'buffering_ids', isNodeId);
  if (nodeIds.length === 0) return [];
  const hashes = readTexts(submission, 'buffering_hashes');
  const changed = nodeIds.map((nodeId, index) => ({
    topic: queues.get(nodeId)?.topic,
    schema_hash: hashes[index],
  }));
  const rows = await tx.run(startBuffering, { queues: changed, at });
  const begun = rows.map((row) => readKind(row, 'node_id', isNodeId));
  const places = await placesInStreams(tx, begun.map(statusStream), at);
  return places.flatMap((place, index) => {
    const nodeId = begun[index];
    return nodeId === undefined ? [] : [{ nodeId, ...place }];
  });
}
