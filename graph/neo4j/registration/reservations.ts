import { QmtlError } from '../../../domain/base/errors.js';
import { isTopicName, type SubmissionId, type TopicName } from '../../../domain/base/ids.js';
import type { TopicVerification } from '../../../domain/ports/graph-store.js';
import type { TopicSpec } from '../../../domain/topics/topic.js';
import { disambiguatedTopic, topicCollisionKey } from '../../../domain/topics/topic-name.js';
import { readInteger, readKind, readRow, readText } from '../driver/cypher-value.js';
import { statement } from '../driver/statement.js';
import type { GraphTransaction } from '../driver/transactions.js';
import { bumpEpoch } from '../facts/epoch.js';
import { wantNothing } from '../references/references.js';
import { toTopicSpec } from '../rows/queue-rows.js';
import { toStoredMismatches } from '../rows/stored-form.js';
import { withLookUps } from './look-ups.js';

/** Not sorted by the server: for each buffered row it would count the whole list of node ids as memory. */
const unverifiedQueues = statement(
  'read unverified queues of a submission',
  `MATCH (s:Submission {submission_id: $submission_id})
   WITH s.namespace AS namespace, s.node_ids AS node_ids
   UNWIND range(0, size(node_ids) - 1) AS place
   WITH namespace, node_ids[place] AS node_id, place
   MATCH (q:Queue {namespace: namespace, node_id: node_id, current: true})
   WHERE q.verified_at IS NULL
   RETURN place, properties(q) AS queue LIMIT $items_max`,
);

export const lockQueuesByTopic = statement(
  'lock queues by topic',
  `UNWIND $topics AS topic
   MATCH (q:Queue {topic: topic})
   SET q.locked_at = $at`,
);

const verifyQueues = statement(
  'mark queues verified',
  `UNWIND $verifications AS verification
   MATCH (q:Queue {topic: verification.topic})
   SET q.verified_at = coalesce(q.verified_at, $at), q.mismatches = verification.mismatches`,
);

const plannedNameOf = statement(
  'read an unverified reservation',
  `MATCH (q:Queue {topic: $topic})
   USING INDEX q:Queue(topic)
   WHERE q.state = 'pending' AND q.verified_at IS NULL
   RETURN q.planned_topic AS planned_topic`,
);

const takenNames = statement(
  'read taken topic names',
  `UNWIND $collision_keys AS collision_key
   MATCH (q:Queue {collision_key: collision_key})
   RETURN collision_key`,
);

const renameQueue = statement(
  'rename a reservation',
  `MATCH (q:Queue {topic: $topic})
   SET q.topic = $renamed, q.collision_key = $collision_key, q.renamed_at = $at`,
);

const cancelRegistered = statement(
  'cancel a submission',
  `MATCH (s:Submission {submission_id: $submission_id})
   WHERE s.state <> 'committed'
   SET s.state = 'cancelled', s.cancelled_at = $at`,
);

const lockForCancel = statement(
  'lock a submission to cancel',
  `MATCH (s:Submission {submission_id: $submission_id})
   SET s.locked_at = $at`,
);

const stateOf = statement(
  'read the state of a submission',
  'MATCH (s:Submission {submission_id: $submission_id}) RETURN s.state AS state',
);

/** In DAG order. */
export async function unverifiedTopics(
  tx: GraphTransaction,
  submissionId: SubmissionId,
  itemsMax: number,
): Promise<readonly TopicSpec[]> {
  const rows = await tx.run(unverifiedQueues, { submission_id: submissionId, items_max: itemsMax });
  return rows
    .map((row) => ({ place: readInteger(row, 'place'), spec: toTopicSpec(readRow(row, 'queue')) }))
    .sort((a, b) => a.place - b.place)
    .map(({ spec }) => spec);
}

export async function markVerified(
  tx: GraphTransaction,
  verifications: readonly TopicVerification[],
  at: number,
): Promise<void> {
  if (verifications.length === 0) return tx.discard();
  const rows = verifications
    .map(({ topic, mismatches }) => ({ topic, mismatches: toStoredMismatches(mismatches) }))
    .sort((a, b) => (a.topic < b.topic ? -1 : 1));
  // Locked first: a queue that was renamed meanwhile no longer has this topic, and is not found.
  await Promise.all([
    tx.run(lockQueuesByTopic, { topics: rows.map(({ topic }) => topic), at }),
    tx.run(verifyQueues, { verifications: rows, at }),
  ]);
}

export async function renameReservation(
  tx: GraphTransaction,
  topic: TopicName,
  at: number,
): Promise<TopicName> {
  const [, , [row]] = await Promise.all([
    bumpEpoch(tx),
    tx.run(lockQueuesByTopic, { topics: [topic], at }),
    tx.run(plannedNameOf, { topic }),
  ]);
  if (row === undefined) throw new QmtlError('E_CONTENDED', `${topic} is not an unverified reservation`);
  const planned = readKind(row, 'planned_topic', isTopicName);
  const renamed = await withLookUps(
    (keys) => readTaken(tx, keys),
    (find) => disambiguatedTopic(planned, (key) => find(key) === true),
  );
  await tx.run(renameQueue, { topic, renamed, collision_key: topicCollisionKey(renamed), at });
  return renamed;
}

async function readTaken(tx: GraphTransaction, keys: readonly string[]): Promise<ReadonlyMap<string, true>> {
  const rows = await tx.run(takenNames, { collision_keys: keys });
  return new Map(rows.map((row) => [readText(row, 'collision_key'), true]));
}

/** False when it was committed. */
export async function cancel(tx: GraphTransaction, submissionId: SubmissionId, at: number): Promise<boolean> {
  const key = { submission_id: submissionId };
  const [, , , [row]] = await Promise.all([
    tx.run(lockForCancel, { ...key, at }),
    tx.run(cancelRegistered, { ...key, at }),
    wantNothing(tx, submissionId),
    tx.run(stateOf, key),
  ]);
  return row === undefined || readText(row, 'state') !== 'committed';
}
