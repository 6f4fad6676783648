import { QmtlError } from '../../../domain/base/errors.js';
import { readInteger } from '../driver/cypher-value.js';
import { statement } from '../driver/statement.js';
import type { GraphTransaction } from '../driver/transactions.js';

/**
 * The one row of the publisher. Its lock is the first of every transaction on the outbox, so a transaction of an earlier
 * publisher, which may end after its call gave up, is over before the next one reads.
 */
const takePublisher = statement(
  'take over the outbox',
  `MERGE (p:Publisher {name: 'outbox'})
   ON CREATE SET p.fence = 0, p.pass = 0
   SET p.fence = p.fence + 1, p.taken_at = $at
   RETURN p.fence AS fence`,
);

/** The aggregation makes the read wait for the lock. */
const lockPublisher = statement(
  'lock the publisher',
  `MATCH (lock:Publisher {name: 'outbox'})
   SET lock.locked_at = lock.locked_at
   WITH count(lock) AS locked
   MATCH (p:Publisher {name: 'outbox'})
   RETURN p.fence AS fence, p.pass AS pass`,
);

export async function takeOutbox(tx: GraphTransaction, at: number): Promise<number> {
  const [row = {}] = await tx.run(takePublisher, { at });
  return readInteger(row, 'fence');
}

/** Waits for the publisher's transaction under way: what it wrote is visible as a whole then. */
export async function awaitPublisher(tx: GraphTransaction): Promise<void> {
  await tx.run(lockPublisher, {});
}

/** Locks the outbox for its publisher until the transaction ends. Returns the number of the last pass over activations. */
export async function requireFence(tx: GraphTransaction, fence: number): Promise<number> {
  const [row] = await tx.run(lockPublisher, {});
  if (row !== undefined && readInteger(row, 'fence') === fence) return readInteger(row, 'pass');
  tx.discard();
  throw new QmtlError('E_PRODUCER_FENCED', 'another publisher took over the outbox');
}
