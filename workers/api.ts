import type { Client } from '@temporalio/client';
import { startApi } from '../api/server.js';
import type { Config } from '../config/schema.js';
import { packageVersion } from '../std/node/package-root.js';
import { startAll, type Teardown } from '../std/teardown.js';
import { submissionHandle } from '../temporal/clients/submit-strategy.js';
import { connectClient } from '../temporal/connection.js';
import type { Listening } from '../temporal/listen.js';
import { defaultTemporalAddress, temporalAccess } from './stores/access.js';
import { openStores, type Stores } from './stores/stores.js';
import { processTelemetry, type Telemetry } from './telemetry/telemetry.js';

export interface ApiParts {
  readonly config: Config;
  readonly client: Client;
  readonly stores: Pick<Stores, 'graph' | 'topics'>;
  readonly telemetry: Telemetry;
}

/** Starts the read-only API. */
export async function startApiServer(
  { config, client, stores, telemetry }: ApiParts,
  teardown: Teardown,
): Promise<Listening> {
  const api = await startApi({
    ...config.api,
    requestsPerMinute: config.api.requests_per_minute,
    profile: config.profile,
    version: packageVersion,
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

/** A running `qmtl api`. `write` gets every line of the log. */
export async function startApiProcess(config: Config, write: (line: string) => void): Promise<Listening> {
  const telemetry = processTelemetry(config, 'api', write);
  return startAll(async (teardown) => {
    const client = await connectClient(await temporalAccess(config, defaultTemporalAddress));
    teardown.add(() => client.connection.close());
    const stores = await openStores(config, { telemetry, now: Date.now, purpose: 'read' });
    teardown.add(() => stores.close());
    const { url } = await startApiServer({ config, client, stores, telemetry }, teardown);
    return { url };
  });
}
