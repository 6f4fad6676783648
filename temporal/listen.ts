import type { FastifyInstance } from 'fastify';
import { QmtlError } from '../domain/base/errors.js';
import { closeServer } from '../std/node/close-server.js';
import { findErrno } from '../std/node/errno.js';

export interface ListenOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** The owner of the port, as users know it. */
  readonly owner: string;
  /** How to choose another port. */
  readonly hint: string;
}

/** A server that listens. */
export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

const refusals: Readonly<Record<string, string>> = {
  EACCES: 'this user may not open the port',
  EADDRNOTAVAIL: 'the address is not one of this machine',
  ENOTFOUND: 'the host is unknown',
  EAI_AGAIN: 'the host is unknown',
};

/** Lets a server listen; E_PORT_IN_USE when another process has the port, E_CONFIG when the address cannot be used. */
export async function listen(
  app: FastifyInstance,
  { host, port, owner, hint }: ListenOptions,
): Promise<Listening> {
  try {
    const url = await app.listen({ host, port });
    return { url, close: () => closeServer(app.server, () => app.close()) };
  } catch (cause) {
    await app.close();
    const errno = findErrno(cause);
    if (errno === 'EADDRINUSE')
      throw new QmtlError('E_PORT_IN_USE', `port ${port} of ${owner} is taken by another process`, {
        hint,
        cause,
      });
    const reason = refusals[errno ?? ''];
    if (reason === undefined) throw cause;
    throw new QmtlError('E_CONFIG', `${owner} cannot listen on ${host}, port ${port}: ${reason}`, {
      hint,
      cause,
    });
  }
}
