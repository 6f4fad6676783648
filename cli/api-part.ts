import type { Client } from '@temporalio/client';
import { type RunningApi, startApi } from '../api/server.js';
import type { Config } from '../config/schema.js';
import { submissionHandle } from '../temporal/submission-client.js';
import type { Stores } from '../workers/stores.js';
import type { Telemetry } from '../workers/telemetry/telemetry.js';
import type { Teardown } from './teardown.js';
import { version } from './version.js';

export interface ApiPartOptions {
  readonly config: Config;
  readonly client: Client;
  readonly stores: Pick<Stores, 'graph' | 'topics'>;
  readonly telemetry: Telemetry;
}

/** Listens with the read-only API. */
export async function startApiPart(
  { config, client, stores, telemetry }: ApiPartOptions,
  teardown: Teardown,
): Promise<RunningApi> {
  const api = await startApi({
    ...config.api,
    requestsPerMinute: config.api.requests_per_minute,
    profile: config.profile,
    version,
    ...stores,
    submissionStatus: (submissionId) => submissionHandle(client, submissionId).status(),
    temporalHealth: () => client.connection.ensureConnected(),
    metrics: telemetry.metrics,
    onFault: (error) =>
      telemetry.log('error', 'a request failed', {
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
  });
  teardown.add(() => api.close());
  return api;
}
