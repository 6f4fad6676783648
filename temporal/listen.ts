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

/** Lets a server listen; E_PORT_IN_USE when another process has the port. */
export async function listen(
  app: FastifyInstance,
  { host, port, owner, hint }: ListenOptions,
): Promise<Listening> {
  try {
    const url = await app.listen({ host, port });
    return { url, close: () => closeServer(app.server, () => app.close()) };
  } catch (cause) {
    await app.close();
    if (findErrno(cause) !== 'EADDRINUSE') throw cause;
    throw new QmtlError('E_PORT_IN_USE', `port ${port} of ${owner} is taken by another process`, {
      hint,
      cause,
    });
  }
}
