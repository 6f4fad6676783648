import { Client, Connection } from '@temporalio/client';
import { QmtlError } from '../domain/errors.js';
import { dataConverter } from './data-converter.js';

export interface TemporalAddress {
  /** host:port */
  readonly address: string;
  readonly namespace: string;
}

/** gRPC's own 4 MB default is smaller than a history page can be. */
const receiveBytesMax = 128 * 1024 * 1024;

/** A client with our converter; `close()` the connection when done. */
export async function connectClient({ address, namespace }: TemporalAddress): Promise<Client> {
  const connection = await connect(address);
  return new Client({ connection, namespace, dataConverter });
}

async function connect(address: string): Promise<Connection> {
  try {
    return await Connection.connect({
      address,
      connectTimeout: '5s',
      channelArgs: { 'grpc.max_receive_message_length': receiveBytesMax },
    });
  } catch (cause) {
    throw noServerAt(address, cause);
  }
}

/** What a client and a worker say alike when nothing answers. */
export function noServerAt(address: string, cause: unknown): QmtlError {
  return new QmtlError('E_TEMPORAL_UNAVAILABLE', `no Temporal server answers at ${address}`, {
    hint: 'start one with `qmtl up`, or set TEMPORAL_ADDRESS to one that runs',
    cause,
  });
}
