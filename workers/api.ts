import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { startApi } from '../api/server.js';
import type { Config } from '../config/schema.js';
import { packageVersion } from '../std/node/package-root.js';
import { startAll, type Teardown } from '../std/teardown.js';
import { newestRun, observeRun } from '../temporal/clients/run-view.js';
import { askTemporal, connectClient, requireNamespace, type TemporalAccess } from '../temporal/connection.js';
import type { Listening } from '../temporal/listen.js';
import { graphNeed, type OperationsOptions, Readiness, startOperations } from './operations.js';
import { defaultTemporalAddress, temporalAccess } from './stores/access.js';
import { openStores, type Stores } from './stores/stores.js';
import { processTelemetry, type Telemetry } from './telemetry/telemetry.js';

export interface ApiParts {
  readonly config: Config;
  readonly client: Client;
  /** Where the client is connected to. */
  readonly temporal: TemporalAccess;
  readonly stores: Pick<Stores, 'graph' | 'topics'>;
  readonly telemetry: Telemetry;
}

/** A little less than the API waits for it, so that its answer says what is silent. */
const runMs = 1_300;

/** Starts the read-only API. */
export async function startApiServer(
  { config, client, temporal, stores, telemetry }: ApiParts,
  teardown: Teardown,
): Promise<Listening> {
  const api = await startApi({
    ...config.api,
    requestsPerMinute: config.api.requests_per_minute,
    profile: config.profile,
    version: packageVersion,
    ...stores,
    observeRun: (submissionId) => observeRun(client, submissionId, runMs),
    newestRun: (strategyId) => newestRun(client, strategyId, runMs),
    temporalHealth: () => askTemporal(client.connection, temporal),
    onFault: (error) =>
      telemetry.log('error', 'a request failed', {
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
  });
  teardown.add(() => api.close());
  return api;
}

/** Where the operations listener of an API is, also of the one in `qmtl up`. */
export function apiOperations({ api }: Config): Omit<OperationsOptions, 'metrics' | 'readiness'> {
  return {
    host: api.operations_host,
    port: api.operations_port,
    owner: 'the operations listener of the API',
    hint: 'choose another one with api.operations_host and api.operations_port (QMTL_API_OPERATIONS_HOST, QMTL_API_OPERATIONS_PORT); port 0 selects any free one',
  };
}

/** Load balancers stop to send once they have seen that the process is not ready; what they sent before is answered. */
async function drained(readiness: Readiness, seconds: number): Promise<void> {
  readiness.ending('the process ends');
  await delay(seconds * 1_000);
}

/** A running `qmtl api`. */
export interface ApiProcess {
  /** Its URLs, by name. */
  readonly urls: Readonly<Record<string, string>>;
  /** Shows that it is not ready, waits for load balancers, then closes everything. */
  close(): Promise<void>;
}

/** Starts `qmtl api`. `write` gets every line of the log. */
export async function startApiProcess(config: Config, write: (line: string) => void): Promise<ApiProcess> {
  const telemetry = processTelemetry(config, 'api', write);
  return startAll(async (teardown) => {
    const readiness = new Readiness();
    const operations = await startOperations({
      ...apiOperations(config),
      metrics: telemetry.metrics,
      readiness,
    });
    teardown.add(() => operations.close());
    const temporal = await temporalAccess(config, defaultTemporalAddress);
    const client = await connectClient(temporal);
    teardown.add(() => client.connection.close());
    await requireNamespace(client.connection, temporal);
    const stores = await openStores(config, { telemetry, now: Date.now, purpose: 'read' });
    teardown.add(() => stores.close());
    const { url } = await startApiServer({ config, client, temporal, stores, telemetry }, teardown);
    readiness.running(
      () => undefined,
      [graphNeed(stores.graph)],
      () => performance.now(),
    );
    teardown.add(() => drained(readiness, config.api.drain_seconds));
    return { urls: { API: url, 'health and metrics': operations.url } };
  });
}
