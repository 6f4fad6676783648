import type { Server } from 'node:http';
import { QmtlError } from '../domain/base/errors.js';

export interface ListenOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Whose port it is, as a user knows it. */
  readonly owner: string;
  /** How to choose another port. */
  readonly hint: string;
}

/** The port a server listens on from now; E_PORT_IN_USE when another process has it. */
export async function listen(server: Server, { host, port, owner, hint }: ListenOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE'
          ? new QmtlError('E_PORT_IN_USE', `port ${port} of ${owner} is taken by another process`, {
              hint,
              cause,
            })
          : cause,
      ),
    );
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
