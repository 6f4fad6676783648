import { isNodeId, type NodeId, type SubmissionId, type TopicName } from '../../../domain/base/ids.js';
import { commitEvents } from '../../../domain/events/commit-events.js';
import {
  type ActivatedNode,
  activationId,
  activationsOf,
  type RetaggedNode,
} from '../../../domain/events/queue-sets.js';
import type { TopicMismatch } from '../../../domain/topics/topic.js';
import { type Row, readInteger, readKind, readText, readTexts } from '../driver/cypher-value.js';
import { formatProperties, statement } from '../driver/statement.js';
import type { GraphTransaction } from '../driver/transactions.js';
import { fillOutbox, toOutboxRow } from '../outbox/outbox-rows.js';

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
   SET c.buffering_hash = node.schema_hash, c.buffering_since = $at,
       c.status_seq = coalesce(c.status_seq, 0) + 1,
       c.status_due = CASE WHEN c.status_due > $at THEN c.status_due ELSE $at END
   RETURN c.node_id AS node_id, c.status_seq AS seq, c.status_due AS due`,
);

const writeActivations = statement(
  'write activations',
  `UNWIND $rows AS row
   CREATE (:Activation ${formatProperties('row', ['id', 'submission_id', 'tags', 'interval', 'added', 'at', 'traceparent'])})`,
);

export interface QueueToCommit {
  readonly topic: TopicName;
  readonly pending: boolean;
  /** Pending or active: neither being collected nor gone. */
  readonly usable: boolean;
  readonly verified: boolean;
  readonly mismatches: readonly TopicMismatch[];
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

/** A change of a node with its place in the node's stream. `due` never decreases along a stream, whatever the clocks of its writers. */
interface StatusChange {
  readonly nodeId: NodeId;
  readonly seq: number;
  readonly due: number;
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
  const statuses: readonly StatusChange[] = [...activated, ...buffering];
  if (statuses.length + work.retagged.size === 0) return 0;
  const { submissionId, at } = work;
  const traceparent = readText(work.submission, 'traceparent');
  const events = commitEvents({
    activated: activated.map(({ nodeId }) => nodeId),
    buffering: buffering.map(({ nodeId }) => nodeId),
  });
  const rows = events.flatMap((event, index) => {
    const status = statuses[index];
    if (status === undefined) return [];
    const { seq, due } = status;
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

async function activate(tx: GraphTransaction, work: CommitWork): Promise<(ActivatedNode & StatusChange)[]> {
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
