import { setMaxListeners } from 'node:events';
import type { Client } from '@temporalio/client';
import type { Config } from '../../config/schema.js';
import { defaultTemporalAddress, temporalAccess } from '../../workers/stores/access.js';
import { unlessInterrupted } from './interruption.js';
import type { CliIo } from './io.js';

/** Calls `use` with a client of the configured Temporal server, and closes its connection. */
export async function withClient<T>(
  io: CliIo,
  config: Config,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const { connectClient } = await import('../../temporal/connection.js');
  const access = await temporalAccess(config, defaultTemporalAddress);
  const { address } = access;
  io.progress(`connecting to Temporal at ${address}`);
  const client = await unlessInterrupted(
    io,
    connectClient(access),
    `stopped before Temporal at ${address} answered`,
    'nothing was sent',
  );
  io.progress('');
  try {
    return await withCalls(client, () => use(client));
  } finally {
    await client.connection.close();
  }
}

/**
 * Cancels calls that still wait when the work has ended, by Ctrl-C or an error. Otherwise Temporal's client would repeat
 * them on the closed connection, and the error could not be caught.
 */
export async function withCalls<T>(client: Client, use: () => Promise<T>): Promise<T> {
  const calls = new AbortController();
  // Every call keeps a listener until the end.
  setMaxListeners(0, calls.signal);
  try {
    return await client.withAbortSignal(calls.signal, use);
  } finally {
    calls.abort();
  }
}
