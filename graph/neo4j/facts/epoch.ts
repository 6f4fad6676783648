import { QmtlError } from '../../../domain/base/errors.js';
import { type Row, readInteger } from '../driver/cypher-value.js';
import { statement } from '../driver/statement.js';
import { nodesUsual } from '../driver/time-budget.js';
import type { GraphTransaction } from '../driver/transactions.js';

/**
 * The graph epoch makes a cache of facts safe, and separates registrations from changes that withdraw facts.
 *
 * Most changes only add facts: a cache that misses one plans "new" and fails on a uniqueness constraint at worst. Changes that
 * withdraw a fact (a queue drained, a reservation renamed, a node's schema changed) increment the epoch.
 *
 * The epoch is kept in many shards, which make a reader-writer lock out of Neo4j's write locks. A registration write-locks
 * one shard and reads its epoch; a change locks all of them, in ascending order, and increments each. Then:
 * 1. While a registration holds its shard, no change can commit, since it lacks that lock. The epoch it read stays until its
 *    own commit.
 * 2. Every earlier change was applied completely before its locks were released, so what is read under the lock is not older
 *    than the epoch. A fact read at epoch E holds as long as the epoch is E.
 * 3. So a registration at epoch E may use any fact that any transaction read under a lock at epoch E.
 * 4. Registrations on different shards do not wait for each other; changes queue for shard 0 and cannot deadlock.
 * A read without the lock proves less: it may see the new epoch before the change itself. Its facts are good for an answer at
 * that moment and are never cached.
 */
export const epochShards = 64;

/**
 * Shards for work on more than `nodesUsual` nodes, which holds its shard for seconds: nothing smaller waits for it. They are the first ones, so
 * that a change that waits for such work holds no other shard meanwhile.
 */
const largeShards = 8;

/** The aggregation makes the read wait for the lock. */
const lockShard = statement(
  'lock one epoch shard',
  `MATCH (lock:GraphEpoch {shard: $shard})
   SET lock.locked_at = lock.locked_at
   WITH count(lock) AS locked
   MATCH (e:GraphEpoch {shard: $shard})
   RETURN e.epoch AS epoch`,
);

const lockShards = statement(
  'lock all epoch shards',
  `UNWIND range(0, $shards - 1) AS shard
   MATCH (e:GraphEpoch {shard: shard})
   SET e.locked_at = $at
   RETURN e.shard AS shard`,
);

const bumpShards = statement(
  'count the epoch up',
  `UNWIND range(0, $shards - 1) AS shard
   MATCH (e:GraphEpoch {shard: shard})
   SET e.epoch = e.epoch + 1
   RETURN e.shard AS shard`,
);

const epochOfShard = statement(
  'read the epoch',
  'MATCH (e:GraphEpoch {shard: $shard}) RETURN e.epoch AS epoch',
);

/** The shard for work on so many nodes; that of a submission is always the same. `text` ends in hexadecimal digits. */
export function shardOf(text: string, nodes: number): number {
  const number = Number.parseInt(text.slice(-4), 16);
  return nodes > nodesUsual ? number % largeShards : largeShards + (number % (epochShards - largeShards));
}

/** Excludes registrations and changes until the transaction ends. */
export async function lockEpoch(tx: GraphTransaction, at: number): Promise<void> {
  requireShards(await tx.run(lockShards, { shards: epochShards, at }));
}

/** As `lockEpoch`, and invalidates the caches of all processes with the commit of the transaction. */
export async function bumpEpoch(tx: GraphTransaction): Promise<void> {
  requireShards(await tx.run(bumpShards, { shards: epochShards }));
}

/** Reads the epoch without a lock: for an answer at this moment. */
export async function readEpoch(tx: GraphTransaction): Promise<number> {
  const [row = notSetUp()] = await tx.run(epochOfShard, { shard: 0 });
  return readInteger(row, 'epoch');
}

/** The epoch, locked until the transaction ends. */
export async function shareEpoch(tx: GraphTransaction, shard: number): Promise<number> {
  const [row = notSetUp()] = await tx.run(lockShard, { shard });
  return readInteger(row, 'epoch');
}

function requireShards(rows: readonly Row[]): void {
  if (rows.length !== epochShards) notSetUp();
}

export function notSetUp(): never {
  throw new QmtlError('E_CONFIG', 'the graph store is not set up for QMTL', {
    hint: 'run `qmtl neo4j-init` once; it is safe to run again',
  });
}
