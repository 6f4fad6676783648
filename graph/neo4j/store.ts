import type { Driver } from 'neo4j-driver';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import { readCode, readSchema, storeArtifacts } from './artifacts/artifacts.js';
import { commit } from './commit/commit.js';
import { driverFor, explained, type Neo4jAddress } from './driver/connection.js';
import { Maintenance } from './driver/maintenance.js';
import { type CallObserver, Transactions } from './driver/transactions.js';
import { FactCache } from './facts/fact-cache.js';
import { readKnown } from './facts/facts.js';
import { collectQueue, drainQueue, retireVersion } from './lifecycle.js';
import { neo4jOutbox } from './outbox/outbox.js';
import { neo4jReads } from './reads.js';
import { register } from './registration/register.js';
import { cancel, markVerified, renameReservation, unverifiedTopics } from './registration/reservations.js';
import { readInstallation } from './schema/installation.js';
import { missingIndexes, missingIndexesMessage } from './schema/schema-check.js';

export interface Neo4jGraphOptions extends Neo4jAddress, CallObserver {
  /** Called when the store is opened and constraints or indexes are missing, which an operator must create. */
  readonly warn?: (message: string) => void;
}

/** A graph that outlives the process, with the id of its installation. */
export type Neo4jGraphStore = GraphStore & { readonly installation: string };

/**
 * The global graph in Neo4j. Connects first: rejects when the server is away or refuses the user. The caller closes it.
 *
 * The graph must have been set up (`migrate`, `qmtl neo4j-init`).
 */
export async function openNeo4jGraphStore(options: Neo4jGraphOptions): Promise<Neo4jGraphStore> {
  const driver = driverFor(options);
  try {
    const maintenance = new Maintenance(driver, options.database);
    const missing = await explained(options, 'connect', () => missingIndexes(maintenance));
    if (missing.length > 0) options.warn?.(missingIndexesMessage(missing));
    return { ...storeOn(driver, options), installation: await readInstallation(maintenance) };
  } catch (error) {
    await driver.close();
    throw error;
  }
}

function storeOn(driver: Driver, options: Neo4jGraphOptions): GraphStore {
  const transactions = new Transactions(driver, options.database, options);
  const cache = new FactCache();
  return {
    ...neo4jReads(transactions),
    ...neo4jOutbox(transactions),
    code: (codeHash) => readCode(transactions, codeHash),
    schema: (schemaHash) => readSchema(transactions, schemaHash),
    known: (nodeIds, namespaceKey) => readKnown(transactions, cache, nodeIds, namespaceKey),
    storeArtifacts: (artifacts, at) => storeArtifacts(transactions, artifacts, at),
    register: (request) => register(transactions, cache, request),
    unverifiedTopics: (submissionId, itemsMax) =>
      transactions.read('unverifiedTopics', (tx) => unverifiedTopics(tx, submissionId, itemsMax)),
    markVerified: (verifications, at) =>
      transactions.write('markVerified', (tx) => markVerified(tx, verifications, at)),
    renameReservation: (topic, at) =>
      transactions.write('renameReservation', (tx) => renameReservation(tx, topic, at)),
    commit: (submissionId, at) => commit(transactions, submissionId, at),
    cancel: (submissionId, at) => transactions.write('cancel', (tx) => cancel(tx, submissionId, at)),
    retireVersion: (sentinelId, at) => retireVersion(transactions, sentinelId, at),
    drainQueue: (topic, at) => transactions.write('drainQueue', (tx) => drainQueue(tx, topic, at)),
    collectQueue: (topic, at) => transactions.write('collectQueue', (tx) => collectQueue(tx, topic, at)),
    close: () => driver.close(),
  };
}
