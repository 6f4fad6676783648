import { connectionAdvice, type EngineWords } from '../../domain/base/connection-advice.js';
import { type ErrorCode, isQmtlError, QmtlError } from '../../domain/base/errors.js';
import type { ConnectionFault } from '../../std/connection-faults.js';
import { connectionFault } from '../../std/node/connection-fault.js';
import { findErrno } from '../../std/node/errno.js';

/** The names of an error in kafkajs: the class, and for broker errors the protocol type. */
interface Told {
  readonly name: string;
  readonly type: string;
  readonly code: string;
  readonly message: string;
}

/** Errors by their names in kafkajs or Node; the only such table. The first match counts. */
const table: readonly {
  readonly code: ErrorCode;
  readonly says: string;
  readonly names: readonly string[];
}[] = [
  {
    code: 'E_PRODUCER_FENCED',
    says: 'a newer producer took over the transactional id',
    names: [
      'INVALID_PRODUCER_EPOCH',
      'PRODUCER_FENCED',
      'INVALID_PRODUCER_ID_MAPPING',
      'TRANSACTION_COORDINATOR_FENCED',
    ],
  },
  {
    code: 'E_CONFIG',
    says: 'the broker refuses the login',
    names: [
      'KafkaJSSASLAuthenticationError',
      'SASL_AUTHENTICATION_FAILED',
      'UNSUPPORTED_SASL_MECHANISM',
      'ILLEGAL_SASL_STATE',
      'SECURITY_DISABLED',
    ],
  },
  {
    code: 'E_CONFIG',
    says: 'the user lacks a right on the broker',
    names: [
      'TOPIC_AUTHORIZATION_FAILED',
      'GROUP_AUTHORIZATION_FAILED',
      'CLUSTER_AUTHORIZATION_FAILED',
      'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    ],
  },
  {
    code: 'E_TOPIC_REJECTED',
    says: 'the broker refuses the topic',
    names: [
      'INVALID_TOPIC_EXCEPTION',
      'INVALID_PARTITIONS',
      'INVALID_REPLICATION_FACTOR',
      'INVALID_REPLICA_ASSIGNMENT',
      'INVALID_CONFIG',
      'POLICY_VIOLATION',
      'TOPIC_DELETION_DISABLED',
    ],
  },
  {
    code: 'E_LIMIT_EXCEEDED',
    says: 'a record is larger than the broker allows',
    names: ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'],
  },
  {
    code: 'E_BROKER_UNAVAILABLE',
    says: 'the broker did not answer in time',
    names: [
      'KafkaJSConnectionError',
      'KafkaJSConnectionClosedError',
      'KafkaJSRequestTimeoutError',
      'KafkaJSBrokerNotFound',
      'KafkaJSNoBrokerAvailableError',
      'KafkaJSMetadataNotLoaded',
      'KafkaJSTopicMetadataNotLoaded',
      'KafkaJSGroupCoordinatorNotFound',
      'KafkaJSLockTimeout',
      'KafkaJSTimeout',
      // An error without a name, after a connection that never answered.
      'Broker not connected',
      'REQUEST_TIMED_OUT',
      'NOT_CONTROLLER',
      'NOT_LEADER_FOR_PARTITION',
      'LEADER_NOT_AVAILABLE',
      'REPLICA_NOT_AVAILABLE',
      'BROKER_NOT_AVAILABLE',
      'UNKNOWN_TOPIC_OR_PARTITION',
      'NOT_ENOUGH_REPLICAS',
      'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
      'GROUP_LOAD_IN_PROGRESS',
      'GROUP_COORDINATOR_NOT_AVAILABLE',
      'NOT_COORDINATOR_FOR_GROUP',
      'NETWORK_EXCEPTION',
      'KAFKA_STORAGE_ERROR',
      'CONCURRENT_TRANSACTIONS',
      'FENCED_LEADER_EPOCH',
      'UNKNOWN_LEADER_EPOCH',
      'OFFSET_NOT_AVAILABLE',
      // The broker forgot the producer, or its sequence; a new producer starts over.
      'UNKNOWN_PRODUCER_ID',
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
    ],
  },
];

const hints: { readonly [C in ErrorCode]?: string } = {
  E_PRODUCER_FENCED: 'another process runs the same node; stop one of the two',
  E_CONFIG: 'check user, password, SASL mechanism and TLS settings of the brokers, and the ACLs of the user',
  E_TOPIC_REJECTED: 'compare the settings of the topic class with the limits and policies of the brokers',
  E_BROKER_UNAVAILABLE:
    'check that the brokers run, their addresses, and that the settings for TLS and SASL match theirs',
  E_LIMIT_EXCEEDED: 'write smaller records, or raise message.max.bytes on the brokers',
};

const words: EngineWords = {
  name: 'the broker',
  away: 'E_BROKER_UNAVAILABLE',
  settings: {
    address: 'dagmanager.kafka_dsn or dagmanager.controlbus_dsn',
    tls: 'dagmanager.kafka_tls (QMTL_KAFKA_TLS)',
    ca: 'dagmanager.kafka_ca_file (QMTL_KAFKA_CA_FILE)',
    clientCertificate: 'dagmanager.kafka_cert_file and kafka_key_file',
    serverName: '',
  },
};

/** Errors of kafkajs that a connection causes, and Node's own. */
const ofConnections = /^(?:KafkaJSConnectionError|KafkaJSConnectionClosedError|Error|AggregateError)$/;

/** The error of a connection whose fault is known. */
export function connectionError(fault: ConnectionFault, doing: string, cause: unknown): QmtlError {
  const { code, says, hint } = connectionAdvice(fault, words);
  return new QmtlError(code, `Kafka, ${doing}: ${says}`, { hint, cause });
}

const depthMax = 10;

/** Translates an error of kafkajs. `doing` names the operation, e.g. `create topics`; it never contains a secret. */
export function toQmtlError(error: unknown, doing: string): QmtlError {
  if (isQmtlError(error)) return error;
  const chain = toldBy(error);
  const fault = chain.some(({ name }) => ofConnections.test(name)) ? connectionFault(error) : undefined;
  if (fault !== undefined) return connectionError(fault, doing, error);
  const found = table.find(({ names }) => chain.some((told) => matches(told, names)));
  const innermost = chain.at(-1);
  const detail = innermost === undefined ? '' : `: ${innermost.message}`;
  if (found === undefined) {
    return new QmtlError('E_INTERNAL', `Kafka, ${doing}${detail}`, { cause: error });
  }
  const hint = hints[found.code];
  // The text of an authentication error may repeat the credentials: it is not shown.
  const shown = found.code === 'E_CONFIG' ? '' : detail;
  return new QmtlError(found.code, `Kafka, ${doing}: ${found.says}${shown}`, {
    ...(hint === undefined ? {} : { hint }),
    ...(found.code === 'E_CONFIG' ? {} : { cause: error }),
  });
}

/** Whether an error, or one of its causes, has one of these kafkajs, protocol or Node names. */
export function isCalled(error: unknown, ...names: readonly string[]): boolean {
  return toldBy(error).some((told) => matches(told, names));
}

function matches({ type, name, code, message }: Told, names: readonly string[]): boolean {
  return [type, name, code, message].some((text) => names.includes(text));
}

/** The error and its causes, outermost first. */
function toldBy(error: unknown): readonly Told[] {
  const chain: Told[] = [];
  for (let at = error; at instanceof Error && chain.length < depthMax; at = at.cause) {
    const type: unknown = 'type' in at ? at.type : undefined;
    chain.push({
      name: at.name,
      type: typeof type === 'string' ? type : '',
      code: findErrno(at) ?? '',
      message: at.message,
    });
  }
  return chain;
}
