import type { SentinelId, TopicName } from '../../domain/base/ids.js';
import type { CollectOutcome, DrainOutcome } from '../../domain/ports/graph-store.js';
import { readInteger } from './driver/cypher-value.js';
import { statement } from './driver/statement.js';
import type { GraphTransaction, Transactions } from './driver/transactions.js';
import { bumpEpoch } from './facts/epoch.js';
import { type FoundReferences, readReferences } from './references/references.js';
import { lockQueuesByTopic } from './registration/reservations.js';

const drainActive = statement(
  'drain an active queue',
  `MATCH (q:Queue {topic: $topic})
   USING INDEX q:Queue(topic)
   WHERE q.state = 'active'
   SET q.state = 'draining', q.draining_since = $at`,
);

const collectDrained = statement(
  'note that the topic of a queue is gone',
  `MATCH (q:Queue {topic: $topic})
   USING INDEX q:Queue(topic)
   WHERE q.state = 'draining'
   SET q.state = 'collected', q.collected_at = $at`,
);

const retire = statement(
  'retire a version',
  `MATCH (v:VersionSentinel {sentinel_id: $sentinel_id})
   SET v.retired_at = coalesce(v.retired_at, $at)
   RETURN v.sentinel_id AS sentinel_id`,
);

const endUses = statement(
  'end a part of what a version uses',
  `MATCH (:VersionSentinel {sentinel_id: $sentinel_id})-[uses:USES]->(q)
   WITH uses, q LIMIT $rows_max
   WITH uses, q ORDER BY q.topic
   SET q.locked_at = q.locked_at
   WITH collect(uses) AS ended
   CALL (ended) {
     UNWIND ended AS uses
     DELETE uses
   }
   RETURN size(ended) AS ended`,
);

/** Uses that one transaction ends: bounds the locks it holds. */
const usesAtOnceMax = 2_500;

/** In several transactions: until the last one the queues that are left count as used. */
export async function retireVersion(
  transactions: Transactions,
  sentinelId: SentinelId,
  at: number,
): Promise<boolean> {
  const found = await transactions.write('retireVersion', (tx) =>
    tx.run(retire, { sentinel_id: sentinelId, at }),
  );
  if (found.length === 0) return false;
  for (let ended = usesAtOnceMax; ended === usesAtOnceMax; ) {
    const [row = {}] = await transactions.write('retireVersion.uses', (tx) =>
      tx.run(endUses, { sentinel_id: sentinelId, rows_max: usesAtOnceMax }),
    );
    ended = readInteger(row, 'ended');
  }
  return true;
}

/**
 * Fences a queue for collection. Whatever refers to a queue comes to do so under a shard of the epoch lock; this one has all of them when it
 * decides (I-10). What it would refuse anyway it refuses before, without a lock.
 */
export async function drainQueue(tx: GraphTransaction, topic: TopicName, at: number): Promise<DrainOutcome> {
  const before = drainAnswer(await readReferences(tx, topic));
  if (before !== undefined) return unchanged(tx, before);
  const [, , found] = await Promise.all([
    bumpEpoch(tx),
    tx.run(lockQueuesByTopic, { topics: [topic], at }),
    readReferences(tx, topic),
  ]);
  const answer = drainAnswer(found);
  if (answer !== undefined) return unchanged(tx, answer);
  await tx.run(drainActive, { topic, at });
  return 'draining';
}

/** Undefined when the queue may be drained. */
function drainAnswer(found: FoundReferences | undefined): DrainOutcome | undefined {
  if (found?.state === 'draining') return 'draining';
  if (found?.state !== 'active') return 'not-active';
  return isReferenced(found) ? 'referenced' : undefined;
}

/** No registration reuses a draining queue, so nothing can come to refer to it. */
export async function collectQueue(
  tx: GraphTransaction,
  topic: TopicName,
  at: number,
): Promise<CollectOutcome> {
  const [, found] = await Promise.all([
    tx.run(lockQueuesByTopic, { topics: [topic], at }),
    readReferences(tx, topic),
  ]);
  if (found?.state === 'collected') return unchanged(tx, 'collected');
  if (found?.state !== 'draining') return unchanged(tx, 'not-draining');
  if (isReferenced(found)) return unchanged(tx, 'referenced');
  await tx.run(collectDrained, { topic, at });
  return 'collected';
}

function isReferenced({ users, waiting }: FoundReferences): boolean {
  return users + waiting > 0;
}

function unchanged<T>(tx: GraphTransaction, answer: T): T {
  tx.discard();
  return answer;
}
