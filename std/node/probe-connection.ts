import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type ConnectionOptions, connect as connectEncrypted } from 'node:tls';
import type { ConnectionFault } from '../connection-faults.js';
import { connectionFault } from './connection-fault.js';

/** A server, and how a driver connects to it. */
export interface ProbedServer {
  readonly host: string;
  readonly port: number;
  /** Absent: without TLS. */
  readonly tls?: {
    readonly ca?: Buffer;
    /** The same, in a PEM file. */
    readonly caFile?: string;
    readonly cert?: Buffer;
    readonly key?: Buffer;
    /** The name in the certificate, when it is not that of the host. */
    readonly serverName?: string;
    readonly protocols?: readonly string[];
  };
}

const probeMs = 2_000;
/** A server of TLS 1.3 refuses a certificate of a client after the handshake. */
const afterHandshakeMs = 200;

/**
 * Why a server cannot be reached as a driver does it, for the message of a connection that has failed: some drivers say only that
 * it took too long, or that the server closed it. Undefined when the connection itself works. Nothing is sent but a handshake.
 */
export async function probeConnection(server: ProbedServer): Promise<ConnectionFault | undefined> {
  const { host, port, tls } = server;
  const opened = await attempt(connectPlain({ host, port }), 'connect');
  if (opened !== undefined) return opened;
  if (tls === undefined) return (await speaksTls(server)) ? 'plaintext-to-tls' : undefined;
  const fault = await attempt(
    connectEncrypted(await optionsOf(server, tls)),
    'secureConnect',
    afterHandshakeMs,
  );
  // It accepts connections, but does not answer to a handshake.
  return fault === 'closed' || fault === 'silent' ? 'tls-to-plaintext' : fault;
}

async function optionsOf(
  { host, port }: ProbedServer,
  { serverName, protocols = [], caFile, ...pem }: NonNullable<ProbedServer['tls']>,
): Promise<ConnectionOptions> {
  const name = serverName ?? (isIP(host) === 0 ? host : undefined);
  return {
    host,
    port,
    ...pem,
    ...(caFile === undefined ? {} : { ca: await readFile(caFile) }),
    ...(name === undefined ? {} : { servername: name }),
    ...(protocols.length === 0 ? {} : { ALPNProtocols: [...protocols] }),
  };
}

/** Whether a server that a plaintext client cannot use answers to a handshake. Its certificate does not matter: nothing is sent. */
async function speaksTls({ host, port }: ProbedServer): Promise<boolean> {
  const socket = connectEncrypted({ host, port, rejectUnauthorized: false });
  return (await attempt(socket, 'secureConnect')) === undefined;
}

async function attempt(socket: Socket, event: string, thenMs = 0): Promise<ConnectionFault | undefined> {
  const ended = new AbortController();
  const { signal } = ended;
  // Errors after the end of the attempt have no receiver.
  socket.on('error', () => {});
  const failed = once(socket, 'close', { signal }).then(() => undefined);
  const error = new Promise<unknown>((resolve) => socket.once('error', resolve));
  const done = once(socket, event, { signal }).then(() => delay(thenMs, 'done' as const, { signal }));
  const late = delay(probeMs, 'late' as const, { signal });
  try {
    const outcome: unknown = await Promise.race([error, done, late, failed.then(() => 'closed' as const)]);
    if (outcome === 'done') return undefined;
    if (outcome === 'late') return 'silent';
    return connectionFault(outcome) ?? 'closed';
  } catch (cause) {
    return connectionFault(cause) ?? 'closed';
  } finally {
    ended.abort();
    for (const waiting of [failed, done, late]) waiting.catch(() => {});
    socket.destroy();
  }
}
