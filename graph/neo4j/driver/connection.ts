import neo4j, { type Config, type Driver } from 'neo4j-driver';
import { QmtlError } from '../../../domain/base/errors.js';
import { poolSizeMax, timeBudget } from './time-budget.js';

/** Where the graph is and who we are. An empty user: the server asks for none. */
export interface Neo4jAddress {
  /** `bolt://host:port`, `neo4j://host:port`, or either with `+s` for TLS. */
  readonly dsn: string;
  readonly user: string;
  readonly password: string;
  /** The server's default database when absent. */
  readonly database?: string;
  /** PEM file with the authority the server is checked by, instead of those of Node; makes the connection TLS. */
  readonly caFile?: string;
}

/** A driver; it connects at the first use. */
export function driverFor({ dsn, user, password, caFile }: Neo4jAddress): Driver {
  // An empty auth is "none" to the driver's types only as undefined.
  const auth = user === '' ? undefined : neo4j.auth.basic(user, password);
  try {
    // The driver takes an authority of one's own only for addresses that do not speak of encryption themselves.
    return neo4j.driver(caFile === undefined ? dsn : dsn.replace(/^(bolt|neo4j)\+s:/, '$1:'), auth, {
      ...(caFile === undefined ? {} : checkedBy(caFile)),
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

function checkedBy(caFile: string): Pick<Config, 'encrypted' | 'trust' | 'trustedCertificates'> {
  return {
    encrypted: 'ENCRYPTION_ON',
    trust: 'TRUST_CUSTOM_CA_SIGNED_CERTIFICATES',
    trustedCertificates: [caFile],
  };
}

/** An address as it may be shown: user and password of a URL are left out. */
function withoutSecrets(dsn: string): string {
  return dsn.replace(/\/\/[^/@]*@/, '//');
}
