import { Client, Connection } from '@temporalio/client';
import { QmtlError } from '../domain/base/errors.js';
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
  readonly apiKey?: string;
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
      channelArgs: { 'grpc.max_receive_message_length': receiveBytesMax },
    });
  } catch (cause) {
    throw connectionError(access, cause);
  }
}

/** Milliseconds for a server to answer when it is asked whether it is there. */
const presenceMs = 2_000;

/** The part of a connection that asks the server; those of clients and of workers have it. */
interface Asking {
  withDeadline<T>(deadline: number, ask: () => Promise<T>): Promise<T>;
  readonly workflowService: { getSystemInfo(request: object): Promise<unknown> };
}

/** Asks the server itself, with a deadline: a connection also counts as open after its server has gone. */
export async function askTemporal(
  connection: Asking,
  access: Pick<TemporalAccess, 'address' | 'tls'>,
): Promise<void> {
  try {
    const deadline = Date.now() + presenceMs;
    await connection.withDeadline(deadline, () => connection.workflowService.getSystemInfo({}));
  } catch (cause) {
    throw connectionError(access, cause);
  }
}

/** Connection options shared by clients and workers. */
export function connectionOptions({ address, tls, apiKey }: TemporalAccess) {
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

/** The error of a failed connection, the same for clients and workers. */
export function connectionError(
  { address, tls }: Pick<TemporalAccess, 'address' | 'tls'>,
  cause: unknown,
): QmtlError {
  if (/UNAUTHENTICATED|PERMISSION_DENIED|Unauthenticated|PermissionDenied/.test(textOf(cause))) {
    return new QmtlError('E_CONFIG', `the Temporal server at ${address} refuses the credentials`, {
      hint: 'check temporal.api_key (or api_key_file) and temporal.namespace',
      cause,
    });
  }
  const how = tls === undefined ? '' : ' over TLS';
  return new QmtlError('E_TEMPORAL_UNAVAILABLE', `no Temporal server answers at ${address}${how}`, {
    hint:
      tls === undefined
        ? 'start one with `qmtl up`, or set TEMPORAL_ADDRESS to a running one; a server with TLS needs temporal.tls'
        : 'check temporal.address, temporal.ca_file, temporal.cert_file and temporal.server_name',
    cause,
  });
}

/** The error of a namespace that the server does not have, the same for clients and workers. */
export function unknownNamespace(namespace: string, cause: unknown): QmtlError {
  return new QmtlError('E_CONFIG', `the Temporal server has no namespace ${namespace}`, {
    hint: 'create it (`temporal operator namespace create`), or set temporal.namespace or TEMPORAL_NAMESPACE to an existing one',
    cause,
  });
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
