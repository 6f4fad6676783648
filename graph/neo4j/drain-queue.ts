import type { TopicName } from '../../domain/base/ids.js';
import { statement } from './driver/statement.js';
import type { GraphTransaction } from './driver/transactions.js';
import { bumpEpoch } from './facts/epoch.js';
import { lockQueuesByTopic } from './registration/reservations.js';

const drainActive = statement(
  'drain an active queue',
  `MATCH (q:Queue {topic: $topic})
   USING INDEX q:Queue(topic)
   WHERE q.state = 'active'
   SET q.state = 'draining', q.draining_since = $at
   RETURN q.topic AS topic`,
);

/** Fences a queue for collection. False when it was not active: then the epoch does not change either. */
export async function drainQueue(tx: GraphTransaction, topic: TopicName, at: number): Promise<boolean> {
  const [, , rows] = await Promise.all([
    bumpEpoch(tx),
    tx.run(lockQueuesByTopic, { topics: [topic], at }),
    tx.run(drainActive, { topic, at }),
  ]);
  if (rows.length === 0) tx.discard();
  return rows.length > 0;
}
