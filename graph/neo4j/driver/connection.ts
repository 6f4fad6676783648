import neo4j, { type AuthToken, type AuthTokenManager, type Config, type Driver } from 'neo4j-driver';
import { isQmtlError, QmtlError } from '../../../domain/base/errors.js';
import { type ProbedServer, probeConnection } from '../../../std/node/probe-connection.js';
import { connectionError } from './failure.js';
import { poolSizeMax, timeBudget } from './time-budget.js';

/** Address and credentials of the graph. An empty user: the server requires none. */
export interface Neo4jAddress {
  /** `bolt://host:port`, `neo4j://host:port`, or either with `+s` for TLS. */
  readonly dsn: string;
  readonly user: string;
  /** A function is asked with each connection: the password may be changed while a process runs. */
  readonly password: string | (() => string);
  /** The server's default database when absent. */
  readonly database?: string;
  /** PEM file with the authority that signs the server's certificate, instead of those of Node; implies TLS. */
  readonly caFile?: string;
}

/** A driver; it connects on first use. */
export function driverFor({ dsn, user, password, caFile }: Neo4jAddress): Driver {
  // In the types of the driver, only undefined means "no authentication".
  const auth = user === '' ? undefined : loginOf(user, password);
  try {
    // The driver accepts a custom authority only for addresses without their own encryption setting.
    return neo4j.driver(caFile === undefined ? dsn : dsn.replace(/^(bolt|neo4j)\+s:/, '$1:'), auth, {
      ...(caFile === undefined ? {} : checkedBy(caFile)),
      useBigInt: true,
      connectionTimeout: timeBudget.connectMs,
      connectionAcquisitionTimeout: timeBudget.acquireMs,
      maxConnectionPoolSize: poolSizeMax,
      // Only transactions.ts retries transactions.
      maxTransactionRetryTime: 0,
      telemetryDisabled: true,
      userAgent: 'qmtl',
      fetchSize: -1,
    });
  } catch (cause) {
    throw new QmtlError('E_CONFIG', `${withoutSecrets(dsn)} is not the address of a graph store`, {
      hint: 'use an address such as bolt://localhost:7687',
      cause,
    });
  }
}

/** The driver asks for the login with each connection it takes from its pool; the managers it brings keep a refused one. */
function loginOf(user: string, password: string | (() => string)): AuthToken | AuthTokenManager {
  if (typeof password === 'string') return neo4j.auth.basic(user, password);
  return {
    getToken: async () => neo4j.auth.basic(user, password()),
    handleSecurityException: () => false,
  };
}

function checkedBy(caFile: string): Pick<Config, 'encrypted' | 'trust' | 'trustedCertificates'> {
  return {
    encrypted: 'ENCRYPTION_ON',
    trust: 'TRUST_CUSTOM_CA_SIGNED_CERTIFICATES',
    trustedCertificates: [caFile],
  };
}

/** An address for messages: without user and password. */
function withoutSecrets(dsn: string): string {
  return dsn.replace(/\/\/[^/@]*@/, '//');
}

const boltPort = 7687;

/**
 * Runs what connects first. When the store does not answer, the server is asked directly, without the driver, which says of some
 * faults only that a connection was closed or took too long.
 */
export async function explained<T>(
  address: Neo4jAddress,
  operation: string,
  connecting: () => Promise<T>,
): Promise<T> {
  try {
    return await connecting();
  } catch (error) {
    if (!isQmtlError(error) || error.code !== 'E_GRAPH_UNAVAILABLE') throw error;
    const fault = await probeConnection(serverOf(address));
    throw fault === undefined ? error : connectionError(fault, operation, error);
  }
}

function serverOf({ dsn, caFile }: Neo4jAddress): ProbedServer {
  const { hostname, port, protocol } = new URL(dsn);
  const server = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || boltPort };
  if (caFile !== undefined) return { ...server, tls: { caFile } };
  return protocol.endsWith('+s:') ? { ...server, tls: {} } : server;
}
