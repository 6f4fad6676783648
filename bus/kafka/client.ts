import { connect as connectPlain, isIP } from 'node:net';
import { connect as connectEncrypted } from 'node:tls';
import {
  type ISocketFactory,
  Kafka,
  type LogEntry,
  logLevel,
  type RetryOptions,
  type SASLOptions,
} from 'kafkajs';
import { QmtlError } from '../../domain/base/errors.js';
import { withTimeLimit } from '../../std/node/time-limit.js';
import { toQmtlError } from './failure.js';

/** A login with a name and a password. */
export interface KafkaLogin {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  /** Read at each login: it may be changed while a process runs. */
  readonly password: () => string;
}

/** Addresses of the brokers, and how to connect to them. */
export interface KafkaSettings {
  /** `host:port`, at least one; it leads to the others. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** PEM texts. */
  readonly ssl?: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
  readonly sasl?: KafkaLogin;
}

export interface KafkaLogLine {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Callbacks for metrics and logs, which the composition root passes in. */
export interface KafkaHooks {
  readonly onLog?: (line: KafkaLogLine) => void;
  /** Called before every operation of a port. */
  readonly onCallStart?: (operation: string) => void;
  /** Called after every operation of a port with its name, its duration in seconds, and its error. */
  readonly onCall?: (operation: string, seconds: number, error?: QmtlError) => void;
}

/**
 * The retry budget (docs/kafka.md#retry-budget). One operation of a port ends within `callMsMax`, whatever kafkajs is doing. Temporal
 * retries.
 */
export const callMsMax = 10_000;
/**
 * An operation on topics is a list, two appends to the log, the request itself and a wait for the metadata, each of which a busy broker
 * may answer late. Its activity heartbeats by a timer meanwhile.
 */
export const topicCallMsMax = 30_000;
/**
 * A step of a transaction. Runs write in transactions, activities do not; and a broker may take many seconds to end the first
 * transaction over hundreds of new topics, for which the next one has to wait.
 */
export const transactionMsMax = 30_000;
/** Connecting is not part of an attempt: a process that starts can wait for a busy broker. */
export const connectMsMax = 30_000;
const budget = {
  connectMs: 2_000,
  authenticateMs: 3_000,
  requestMs: 7_000,
} as const;

const retry: RetryOptions = {
  initialRetryTime: 100,
  maxRetryTime: 1_000,
  factor: 0.2,
  multiplier: 2,
  retries: 3,
};

/**
 * Right after a commit the broker answers CONCURRENT_TRANSACTIONS for some milliseconds; with kafkajs' own pauses of 300 ms
 * a transaction would cost ten times as much. There are enough retries for `transactionMsMax` to be the limit.
 */
export const transactionRetry: RetryOptions = {
  initialRetryTime: 5,
  maxRetryTime: 200,
  factor: 0.2,
  multiplier: 2,
  retries: 150,
};

const keepAliveMs = 60_000;

/**
 * The sockets of kafkajs, without Node's warning of a leak: while a broker is away, kafkajs adds a listener to its lost socket
 * with each attempt it gives up. The listeners disappear with the socket at the next connection.
 */
const socketFactory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  // The type says that it is always set, but it is what the settings say: options, true or nothing.
  const asked: unknown = ssl;
  const socket =
    asked !== undefined && asked !== null && asked !== false
      ? connectEncrypted({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
      : connectPlain({ host, port }, onConnect);
  socket.setKeepAlive(true, keepAliveMs);
  socket.setMaxListeners(0);
  return socket;
};

/** Creates the client without connecting. Log entries about normal retries are left out. */
export function kafkaClient(settings: KafkaSettings, onLog: (line: KafkaLogLine) => void = () => {}): Kafka {
  return new Kafka({
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    ...(settings.ssl === undefined ? {} : { ssl: settings.ssl }),
    ...(settings.sasl === undefined ? {} : { sasl: saslOf(settings.sasl) }),
    connectionTimeout: budget.connectMs,
    authenticationTimeout: budget.authenticateMs,
    requestTimeout: budget.requestMs,
    retry,
    socketFactory,
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      if (!isNoise(entry)) onLog(toLogLine(entry));
    },
  });
}

/** kafkajs has one type per mechanism; it reads the password from this object at each login. */
function saslOf({ mechanism, username, password }: KafkaLogin): SASLOptions {
  const login = {
    username,
    get password() {
      return password();
    },
  };
  switch (mechanism) {
    case 'plain':
      return Object.assign(login, { mechanism });
    case 'scram-sha-256':
      return Object.assign(login, { mechanism });
    case 'scram-sha-512':
      return Object.assign(login, { mechanism });
  }
}

const levels = new Map<logLevel, KafkaLogLine['level']>([
  [logLevel.ERROR, 'error'],
  [logLevel.WARN, 'warn'],
  [logLevel.INFO, 'info'],
]);

/** A refusing answer is handled by the caller: it is retried, or becomes an error of the catalogue. */
export function toLogLine({ namespace, level, log }: LogEntry): KafkaLogLine {
  const { message, timestamp: _, stack: __, ...fields } = log;
  const answered = namespace === 'Connection' && message.startsWith('Response ');
  return {
    level: answered ? 'debug' : (levels.get(level) ?? 'debug'),
    message,
    fields: { ...fields, namespace },
  };
}

/**
 * Entries that kafkajs logs as errors or warnings and that are neither: the retries of a transaction right after another one,
 * the answer for a topic that does not exist yet, and the notice that retries are limited, which is intended.
 */
export function isNoise({ log }: LogEntry): boolean {
  const { error } = log;
  const text = `${log.message} ${typeof error === 'string' ? error : ''}`;
  return /another concurrent operation on the same transaction|^Response Metadata.*does not host this topic|^Limiting retries for the idempotent/.test(
    text,
  );
}

/**
 * Runs one operation of a port within `msMax` (default `callMsMax`), translates errors and calls the hooks. `operation` is one of
 * a few names; `about` names the object of the operation in error messages.
 */
export type Guarded = <T>(
  operation: string,
  call: () => Promise<T>,
  options?: { readonly about?: string; readonly msMax?: number },
) => Promise<T>;

export function guardedCalls({ onCallStart, onCall }: KafkaHooks): Guarded {
  return async (operation, call, { about = '', msMax = callMsMax } = {}) => {
    onCallStart?.(operation);
    const doing = `${operation}${about}`;
    const start = performance.now();
    const told = (error?: QmtlError) => {
      const seconds = (performance.now() - start) / 1_000;
      if (error === undefined) onCall?.(operation, seconds);
      else onCall?.(operation, seconds, error);
    };
    try {
      const result = await withTimeLimit(msMax, call(), () => tooLate(doing, msMax));
      told();
      return result;
    } catch (cause) {
      const error = toQmtlError(cause, doing);
      told(error);
      throw error;
    }
  };
}

function tooLate(doing: string, ms: number): QmtlError {
  return new QmtlError('E_BROKER_UNAVAILABLE', `Kafka, ${doing}: no answer within ${ms / 1_000} s`, {
    hint: 'check that the brokers run and that their addresses are right',
  });
}
