import { isRetryableError, Neo4jError } from 'neo4j-driver';
import { connectionAdvice, type EngineWords } from '../../../domain/base/connection-advice.js';
import { type ErrorCode, isQmtlError, QmtlError } from '../../../domain/base/errors.js';
import type { ConnectionFault } from '../../../std/connection-faults.js';
import { connectionFault } from '../../../std/node/connection-fault.js';

/** How to handle a failed transaction. */
export type FailureClass =
  /** Another writer was first, or the server asks for a retry: run the transaction again. */
  | 'again'
  /** The server is away or too slow: Temporal retries. */
  | 'away'
  | 'final';

interface Translation {
  readonly codes: RegExp;
  readonly class: FailureClass;
  readonly to: ErrorCode;
  readonly says: string;
  readonly hint?: string;
}

/** Maps codes of the driver and the server to those of the catalogue. The first matching row counts. */
const translations: readonly Translation[] = [
  {
    codes:
      /^Neo\.ClientError\.Schema\.ConstraintValidationFailed$|^Neo\.ClientError\.Statement\.EntityNotFound$/,
    class: 'again',
    to: 'E_CONTENDED',
    says: 'other writers were first on every attempt',
  },
  {
    codes: /^Neo\.ClientError\.Security\.(?:TokenExpired|AuthorizationExpired)$/,
    class: 'away',
    to: 'E_GRAPH_UNAVAILABLE',
    says: 'the graph store requires a new log-in',
  },
  {
    codes: /^Neo\.ClientError\.Security\.AuthenticationRateLimit$/,
    class: 'final',
    to: 'E_CONFIG',
    says: 'the graph store blocks the user after too many refused log-ins',
    hint: 'correct dagmanager.neo4j_user and dagmanager.neo4j_password (QMTL_NEO4J_USER, QMTL_NEO4J_PASSWORD), then wait a few seconds',
  },
  {
    codes: /^Neo\.ClientError\.Security\.(?:Unauthorized|CredentialsExpired|Forbidden)$/,
    class: 'final',
    to: 'E_CONFIG',
    says: 'the graph store refuses this user or password',
    hint: 'check dagmanager.neo4j_user and dagmanager.neo4j_password (QMTL_NEO4J_USER, QMTL_NEO4J_PASSWORD)',
  },
  {
    codes: /^Neo\.ClientError\.Database\.DatabaseNotFound$/,
    class: 'final',
    to: 'E_CONFIG',
    says: 'the graph store has no such database',
    hint: 'omit the database: the community edition has only one',
  },
  {
    // The driver reports some transient errors of the server as client errors.
    codes:
      /^Neo\.(?:Client|Transient)Error\.Transaction\.(?:TransactionTimedOut|LockAcquisitionTimeout|LockClientStopped|Terminated)/,
    class: 'away',
    to: 'E_GRAPH_UNAVAILABLE',
    says: 'the graph store did not finish a transaction in time',
  },
  {
    // The driver has no code for an exhausted pool.
    codes: /^Connection acquisition timed out/,
    class: 'away',
    to: 'E_GRAPH_UNAVAILABLE',
    says: 'every connection to the graph store is in use',
  },
  {
    codes: /^(?:ServiceUnavailable|SessionExpired)$|^Neo\.TransientError\.General\.DatabaseUnavailable$/,
    class: 'away',
    to: 'E_GRAPH_UNAVAILABLE',
    says: 'the graph store does not answer',
  },
  {
    codes: /^Neo\.TransientError\./,
    class: 'again',
    to: 'E_GRAPH_UNAVAILABLE',
    says: 'the graph store was too busy on every attempt',
  },
];

const awayHint = 'check that it runs and that dagmanager.neo4j_dsn (QMTL_NEO4J_DSN) is its address';

const words: EngineWords = {
  name: 'the graph store',
  away: 'E_GRAPH_UNAVAILABLE',
  settings: {
    address: 'dagmanager.neo4j_dsn (QMTL_NEO4J_DSN)',
    tls: 'bolt+s:// or neo4j+s:// in dagmanager.neo4j_dsn',
    ca: 'dagmanager.neo4j_ca_file (QMTL_NEO4J_CA_FILE)',
    clientCertificate: '',
    serverName: '',
  },
};

/** Errors of the driver that a connection causes; those of the server have codes of their own. */
const ofConnections = /^(?:ServiceUnavailable|SessionExpired|N\/A)$/;

/** The row for a fault of the connection; a pool that is used up is not one. */
function connectionTranslation(error: Neo4jError): Translation | undefined {
  const fault = ofConnections.test(error.code) ? connectionFault(error) : undefined;
  if (fault === undefined || fault === 'silent') return undefined;
  return translated(fault);
}

function translated(fault: ConnectionFault): Translation {
  const { code, says, hint } = connectionAdvice(fault, words);
  return { codes: /^$/, class: code === 'E_CONFIG' ? 'final' : 'away', to: code, says, hint };
}

/** The error of a connection whose fault was found by connecting directly. */
export function connectionError(fault: ConnectionFault, operation: string, cause: unknown): QmtlError {
  const { to, says, hint = '' } = translated(fault);
  return new QmtlError(to, `${operation}: ${says}`, { hint, cause });
}

export function classifyFailure(error: unknown): FailureClass {
  return translationOf(error)?.class ?? 'final';
}

/** An error of the catalogue. It contains neither the password nor a message of the driver, which could quote user data. */
export function toQmtlError(error: unknown, operation: string): QmtlError {
  if (isQmtlError(error)) return error;
  const found = translationOf(error);
  if (found === undefined) {
    const reason = error instanceof Error ? error.message : String(error);
    return new QmtlError('E_INTERNAL', `${operation} failed in the graph store: ${reason}`, { cause: error });
  }
  const hint = found.hint ?? (found.class === 'away' ? awayHint : undefined);
  return new QmtlError(found.to, `${operation}: ${found.says}`, {
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}

/** The error of a call that exceeded its time budget. */
export function tooSlow(operation: string, budgetMs: number): QmtlError {
  return new QmtlError(
    'E_GRAPH_UNAVAILABLE',
    `${operation}: no answer from the graph store within ${budgetMs} ms`,
    {
      hint: awayHint,
    },
  );
}

function translationOf(error: unknown): Translation | undefined {
  if (!(error instanceof Neo4jError)) return undefined;
  const ofConnection = connectionTranslation(error);
  if (ofConnection !== undefined) return ofConnection;
  const told = error.code === 'N/A' ? error.message : error.code;
  const found = translations.find(({ codes }) => codes.test(told));
  if (found !== undefined || !isRetryableError(error)) return found;
  return translations.find(({ codes }) => codes.test('Neo.TransientError.General.Other'));
}
