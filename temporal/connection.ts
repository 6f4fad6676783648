import { Client, Connection, isGrpcServiceError } from '@temporalio/client';
import { connectionAdvice, type EngineWords } from '../domain/base/connection-advice.js';
import { isQmtlError, QmtlError } from '../domain/base/errors.js';
import type { ConnectionFault } from '../std/connection-faults.js';
import { connectionFault } from '../std/node/connection-fault.js';
import { channelArgsFor, grpcProxyVariable, proxyHint } from '../std/node/grpc-proxy.js';
import { probeConnection } from '../std/node/probe-connection.js';
import { searchAttributeTypes } from '../workflows/contract.js';
import { dataConverter } from './payloads/data-converter.js';

export interface TemporalAddress {
  /** host:port */
  readonly address: string;
  readonly namespace: string;
}

/** Address and credentials of Temporal. */
export interface TemporalAccess extends TemporalAddress {
  /** Absent: no TLS. PEM texts. */
  readonly tls?: {
    readonly ca?: Buffer;
    readonly cert?: Buffer;
    readonly key?: Buffer;
    readonly serverName?: string;
  };
  /** A function is asked at each call: the key may be changed while a process runs. */
  readonly apiKey?: string | (() => string);
}

/** The default of gRPC, 4 MB, is smaller than a page of a history can be. */
const receiveBytesMax = 128 * 1024 * 1024;

/** A client with the payload converter of QMTL; `close()` the connection when done. */
export async function connectClient(access: TemporalAccess): Promise<Client> {
  const connection = await connect(access);
  return new Client({ connection, namespace: access.namespace, dataConverter });
}

async function connect(access: TemporalAccess): Promise<Connection> {
  try {
    return await Connection.connect({
      ...connectionOptions(access),
      connectTimeout: '5s',
      channelArgs: {
        'grpc.max_receive_message_length': receiveBytesMax,
        ...channelArgsFor(access.address),
      },
    });
  } catch (cause) {
    throw await explainedConnection(access, cause);
  }
}

/** Milliseconds for a server to answer when it is asked whether it is there. */
const presenceMs = 2_000;

/** The part of a connection that asks the server; those of clients and of workers have it. */
interface Asking {
  withDeadline<T>(deadline: number, ask: () => Promise<T>): Promise<T>;
  readonly workflowService: {
    getSystemInfo(request: object): Promise<unknown>;
    describeNamespace(request: { namespace: string }): Promise<unknown>;
  };
}

/**
 * Asks the server itself for the namespace, with a deadline: a connection also counts as open after its server has gone, and polls of a
 * namespace that was deleted are repeated without an end.
 */
export async function askTemporal(connection: Asking, access: TemporalAccess): Promise<void> {
  try {
    const deadline = Date.now() + presenceMs;
    await connection.withDeadline(deadline, async () => {
      await connection.workflowService.getSystemInfo({});
      await requireNamespace(connection, access);
    });
  } catch (cause) {
    throw isQmtlError(cause) ? cause : connectionError(access, cause);
  }
}

const grpcNotFound = 5;

interface Describing {
  readonly workflowService: { describeNamespace(request: { namespace: string }): Promise<unknown> };
}

/**
 * Refuses a namespace that the server does not have: whatever uses it later would fail. Any other answer is left to the calls to
 * come, which are repeated: credentials for a namespace need not allow to describe it.
 */
export async function requireNamespace(
  { workflowService }: Describing,
  access: TemporalAddress,
): Promise<void> {
  try {
    await workflowService.describeNamespace({ namespace: access.namespace });
  } catch (cause) {
    const code: number | undefined = isGrpcServiceError(cause) ? cause.code : undefined;
    if (code === grpcNotFound) throw unknownNamespace(access, cause);
  }
}

/** Connection options shared by clients and workers. */
export function connectionOptions<K extends string | (() => string)>({
  address,
  tls,
  apiKey,
}: Omit<TemporalAccess, 'apiKey'> & { readonly apiKey?: K }) {
  return {
    address,
    tls: tls === undefined ? false : tlsOptions(tls),
    ...(apiKey === undefined ? {} : { apiKey }),
  };
}

function tlsOptions({ ca, cert, key, serverName }: NonNullable<TemporalAccess['tls']>) {
  return {
    ...(ca === undefined ? {} : { serverRootCACertificate: ca }),
    ...(cert === undefined || key === undefined ? {} : { clientCertPair: { crt: cert, key } }),
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
  };
}

const refusedCredentials = /UNAUTHENTICATED|PERMISSION_DENIED|Unauthenticated|PermissionDenied/;

/** The error of a failed connection, the same for clients and workers. */
export function connectionError(
  { address, tls }: Pick<TemporalAccess, 'address' | 'tls'>,
  cause: unknown,
): QmtlError {
  if (refusedCredentials.test(textOf(cause))) {
    return new QmtlError('E_CONFIG', `the Temporal server at ${address} refuses the credentials`, {
      hint: 'check temporal.api_key (or api_key_file) and temporal.namespace',
      cause,
    });
  }
  const variable = grpcProxyVariable(address);
  if (variable !== undefined) {
    const how = tls === undefined ? '' : ' over TLS';
    return new QmtlError(
      'E_TEMPORAL_UNAVAILABLE',
      `no Temporal server answers at ${address}${how} through the proxy`,
      { hint: proxyHint(variable), cause },
    );
  }
  return faultyConnection(address, tls !== undefined, connectionFault(cause) ?? 'silent', cause);
}

const words: EngineWords = {
  name: 'the Temporal server',
  away: 'E_TEMPORAL_UNAVAILABLE',
  settings: {
    address: 'temporal.address (TEMPORAL_ADDRESS)',
    tls: 'temporal.tls (TEMPORAL_TLS)',
    ca: 'temporal.ca_file (TEMPORAL_TLS_SERVER_CA_CERT_PATH)',
    clientCertificate: 'temporal.cert_file and temporal.key_file',
    serverName: 'temporal.server_name (TEMPORAL_TLS_SERVER_NAME)',
  },
};

function faultyConnection(address: string, tls: boolean, fault: ConnectionFault, cause: unknown): QmtlError {
  const { code, says, hint } = connectionAdvice(fault, words);
  const start = code === 'E_CONFIG' || tls ? '' : ', or start one with `qmtl up`';
  return new QmtlError(code, `${says}, at ${address}${tls ? ' over TLS' : ''}`, {
    hint: `${hint}${start}`,
    cause,
  });
}

/**
 * The error of a connection that could not be made. gRPC says of most faults only that it took too long: then the server is asked
 * directly, unless a proxy stands between.
 */
export async function explainedConnection(access: TemporalAccess, cause: unknown): Promise<QmtlError> {
  const { address, tls } = access;
  const translated = connectionError(access, cause);
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? [];
  const isDirect = grpcProxyVariable(address) === undefined && host !== '';
  if (translated.code === 'E_CONFIG' || !isDirect) return translated;
  const server = { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  const fault = await probeConnection(
    tls === undefined ? server : { ...server, tls: { ...tls, protocols: ['h2'] } },
  );
  return fault === undefined ? translated : faultyConnection(address, tls !== undefined, fault, cause);
}

/** The error of a namespace that the server does not have, the same for clients and workers. */
export function unknownNamespace(
  { address, namespace }: Partial<TemporalAddress> & Pick<TemporalAddress, 'namespace'>,
  cause: unknown,
): QmtlError {
  return new QmtlError('E_CONFIG', `the Temporal server has no namespace ${namespace}`, {
    hint: `create it (temporal operator namespace create --namespace ${namespace}${address === undefined ? '' : ` --address ${address}`}), or set temporal.namespace or TEMPORAL_NAMESPACE to an existing one`,
    cause,
  });
}

/** The error of a worker that cannot begin or go on; unknown ones stay what they are. */
export function workerError(access: TemporalAccess, cause: unknown): unknown {
  const text = textOf(cause);
  if (/namespace \S+ (?:is|was) not found/i.test(text)) return unknownNamespace(access, cause);
  return refusedCredentials.test(text) ? connectionError(access, cause) : cause;
}

/** The error of a namespace without the search attributes of QMTL, the same for clients and workers. */
export function searchAttributesMissing(namespace: string, reason: string, cause?: unknown): QmtlError {
  const names = Object.keys(searchAttributeTypes);
  const flags = names.map((name) => `--name ${name} --type Keyword`).join(' ');
  return new QmtlError('E_CONFIG', `namespace ${namespace} lacks search attributes of QMTL: ${reason}`, {
    hint: `a worker adds them when it may; else: temporal operator search-attribute create --namespace ${namespace} ${flags}`,
    ...(cause === undefined ? {} : { cause }),
  });
}

function textOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return `${cause.message} ${cause.cause === undefined ? '' : textOf(cause.cause)}`;
}

/** What a server said of a call that it refused, or the error itself. */
export function grpcReason(cause: unknown): string {
  return isGrpcServiceError(cause) ? cause.details : String(cause);
}
