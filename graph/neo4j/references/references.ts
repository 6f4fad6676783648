import type { SubmissionId, TopicName } from '../../../domain/base/ids.js';
import type { QueueReferences } from '../../../domain/ports/graph-reads.js';
import { readInteger, readText } from '../driver/cypher-value.js';
import { statement } from '../driver/statement.js';
import type { GraphTransaction, Transactions } from '../driver/transactions.js';
import { shareEpoch } from '../facts/epoch.js';

/** Degrees, which the server keeps with the queue: the answer takes as long for a million references as for one. */
const referencesOfQueue = statement(
  'read what refers to a queue',
  `MATCH (q:Queue {topic: $topic})
   USING INDEX q:Queue(topic)
   WHERE q.generation IS NOT NULL
   RETURN q.state AS state, COUNT { (q)<-[:USES]-() } AS users, COUNT { (q)<-[:WANTS]-() } AS waiting`,
);

const wantQueues = statement(
  'note which queues a submission wants',
  `MATCH (s:Submission {submission_id: $submission_id})
   UNWIND $topics AS topic
   MATCH (q:Queue {topic: topic})
   USING INDEX q:Queue(topic)
   WHERE q.state IN ['pending', 'active']
   MERGE (s)-[:WANTS]->(q)`,
);

/** Locks the submission before reading it: it may end meanwhile. */
const wantedPart = statement(
  'read a part of the queues that a submission needs',
  `MATCH (lock:Submission {submission_id: $submission_id})
   SET lock.locked_at = lock.locked_at
   WITH count(lock) AS locked
   MATCH (s:Submission {submission_id: $submission_id})
   WHERE s.state = 'registered'
   UNWIND s.node_ids[$from..$to] AS node_id
   MATCH (q:Queue {namespace: s.namespace, node_id: node_id, current: true})
   RETURN q.topic AS topic`,
);

/**
 * The queues are locked first, in the order of all writers that need many: a relationship cannot be deleted without locks of its neighbours,
 * which others may be about to delete.
 */
const endWants = statement(
  'end what a submission wants',
  `MATCH (:Submission {submission_id: $submission_id})-[wants:WANTS]->(q)
   WITH wants, q ORDER BY q.topic
   SET q.locked_at = q.locked_at
   WITH collect(wants) AS ended
   UNWIND ended AS wants
   DELETE wants`,
);

export interface FoundReferences extends QueueReferences {
  readonly state: string;
}

export async function readReferences(
  tx: GraphTransaction,
  topic: TopicName,
): Promise<FoundReferences | undefined> {
  const [row] = await tx.run(referencesOfQueue, { topic });
  return row === undefined
    ? undefined
    : {
        state: readText(row, 'state'),
        users: readInteger(row, 'users'),
        waiting: readInteger(row, 'waiting'),
      };
}

/** From now on none of these queues is drained. The transaction holds its shard of the epoch lock, and so does no drain. */
export async function want(
  tx: GraphTransaction,
  submissionId: SubmissionId,
  topics: readonly TopicName[],
): Promise<void> {
  if (topics.length > 0)
    await tx.run(wantQueues, { submission_id: submissionId, topics: [...topics].sort() });
}

/** What one transaction of a large registration notes. */
interface WantedPart {
  readonly submissionId: SubmissionId;
  readonly shard: number;
  /** Places in the list of its nodes. */
  readonly from: number;
  readonly to: number;
}

export function wantPart(transactions: Transactions, part: WantedPart): Promise<void> {
  const { submissionId, shard, from, to } = part;
  return transactions.write('register.wants', async (tx) => {
    const [, rows] = await Promise.all([
      shareEpoch(tx, shard),
      tx.run(wantedPart, { submission_id: submissionId, from, to }),
    ]);
    const topics = rows.map((row) => readText(row, 'topic')).sort();
    if (topics.length > 0) await tx.run(wantQueues, { submission_id: submissionId, topics });
    else tx.discard();
  });
}

export async function wantNothing(tx: GraphTransaction, submissionId: SubmissionId): Promise<void> {
  await tx.run(endWants, { submission_id: submissionId });
}
