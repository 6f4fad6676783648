import neo4j, { type Driver } from 'neo4j-driver';
import { QmtlError } from '../../domain/errors.js';
import { poolSizeMax, timeBudget } from './time-budget.js';

/** Where the graph is and who we are. An empty user: the server asks for none. */
export interface Neo4jAddress {
  /** `bolt://host:port`, `neo4j://host:port`, or either with `+s` for TLS. */
  readonly dsn: string;
  readonly user: string;
  readonly password: string;
  /** The server's default database when absent. */
  readonly database?: string;
}

/** A driver; it connects at the first use. */
export function driverFor({ dsn, user, password }: Neo4jAddress): Driver {
  // An empty auth is "none" to the driver's types only as undefined.
  const auth = user === '' ? undefined : neo4j.auth.basic(user, password);
  try {
    return neo4j.driver(dsn, auth, {
      useBigInt: true,
      connectionTimeout: timeBudget.connectMs,
      connectionAcquisitionTimeout: timeBudget.acquireMs,
      maxConnectionPoolSize: poolSizeMax,
      // Transactions are run again by transactions.ts only.
      maxTransactionRetryTime: 0,
      telemetryDisabled: true,
      userAgent: 'qmtl',
      fetchSize: -1,
    });
  } catch (cause) {
    throw new QmtlError('E_CONFIG', `${withoutSecrets(dsn)} is not the address of a graph store`, {
      hint: 'give one such as bolt://localhost:7687',
      cause,
    });
  }
}

/** An address as it may be shown: user and password of a URL are left out. */
export function withoutSecrets(dsn: string): string {
  return dsn.replace(/\/\/[^/@]*@/, '//');
}
