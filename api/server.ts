import { type Listening, listen } from '../temporal/listen.js';
import { type AppOptions, buildApp } from './app.js';
import type { ApiDeps } from './deps.js';

export interface ApiOptions extends ApiDeps, AppOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
}

/** Builds the API and listens. */
export async function startApi(options: ApiOptions): Promise<Listening> {
  const { host, port } = options;
  return listen(await buildApp(options, options), {
    host,
    port,
    owner: 'the API',
    hint: 'choose another one with api.host and api.port (QMTL_API_HOST, QMTL_API_PORT); port 0 selects any free one',
  });
}
