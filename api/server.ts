import { QmtlError } from '../domain/base/errors.js';
import { findErrno } from '../std/node/errno.js';
import { type AppOptions, buildApp } from './app.js';
import type { ApiDeps } from './deps.js';

export interface ApiOptions extends ApiDeps, AppOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
}

export interface RunningApi {
  readonly url: string;
  close(): Promise<void>;
}

/** Builds the API and listens. */
export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const app = await buildApp(options, options);
  try {
    const url = await app.listen({ host: options.host, port: options.port });
    return { url, close: () => app.close() };
  } catch (cause) {
    await app.close();
    if (findErrno(cause) !== 'EADDRINUSE') throw cause;
    throw new QmtlError('E_PORT_IN_USE', `port ${options.port} of the API is taken by another process`, {
      hint: 'choose another one with api.port or QMTL_API_PORT; 0 selects any free port',
      cause,
    });
  }
}
