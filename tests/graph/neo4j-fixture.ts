import type { Driver, Session, Transaction } from 'neo4j-driver';
import { afterAll, afterEach, inject } from 'vitest';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import { driverFor } from '../../graph/neo4j/driver/connection.js';
import { migrate } from '../../graph/neo4j/schema/migrations.js';
import { type Neo4jGraphOptions, openNeo4jGraphStore } from '../../graph/neo4j/store.js';

const { dsn, user, password } = inject('engines').neo4j;
export const address = { dsn, user, password };

/** The test's own connection, beside the adapter's. */
export const driver: Driver = driverFor(address);
const opened: GraphStore[] = [];

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

afterAll(() => driver.close());

export async function withSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
  const session = driver.session();
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

let isSetUp = false;

/** The community edition has one database, so its content is removed; constraints and indexes stay. */
export async function emptyGraph(): Promise<void> {
  if (!isSetUp) await migrate(driver);
  isSetUp = true;
  await withSession((session) =>
    session.run(
      'MATCH (n) WHERE NOT n:GraphEpoch AND NOT n:Migration AND NOT n:Installation CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS',
    ),
  );
}

/** Another process on the same graph. Closed after the test. */
export async function openStore(options: Partial<Neo4jGraphOptions> = {}): Promise<GraphStore> {
  const store = await openNeo4jGraphStore({ ...address, ...options });
  opened.push(store);
  return store;
}

export async function openEmpty(): Promise<GraphStore> {
  await emptyGraph();
  return openStore();
}

/** Waits until the server reports that a transaction waits for a lock. */
export async function untilOneWaits(): Promise<void> {
  await withSession(async (session) => {
    for (;;) {
      const { records } = await session.run(
        "SHOW TRANSACTIONS YIELD status WHERE status STARTS WITH 'Blocked'",
      );
      if (records.length > 0) return;
    }
  });
}

/** A transaction of another client, which ends when `work` does. */
export async function withTransaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
  return withSession(async (session) => {
    const tx = await session.beginTransaction();
    const result = await work(tx);
    await tx.commit();
    return result;
  });
}
