import type { Client } from '@temporalio/client';
import type { RunningApi } from '../api/server.js';
import type { Config } from '../config/schema.js';
import { requireFreePort } from '../deploy/dev/free-port.js';
import { type RunningTemporal, startTemporal } from '../deploy/dev/temporal-server.js';
import { QmtlError } from '../domain/errors.js';
import { type CodecServer, startCodecServer } from '../temporal/codec-server.js';
import { connectClient, type TemporalAccess } from '../temporal/connection.js';
import { searchAttributeTypes } from '../temporal/search-attributes.js';
import { temporalAccess } from '../workers/access.js';
import type { ControlPlane } from '../workers/control-plane.js';
import { openStores } from '../workers/open-stores.js';
import type { Stores } from '../workers/stores.js';
import { startApiPart } from './api-part.js';
import type { CliIo } from './io.js';
import { processTelemetry } from './process-telemetry.js';
import { startAll, type Teardown } from './teardown.js';
import { startWorkerPart } from './worker-part.js';

export interface EmbeddedOptions {
  /** visibility: a server with lists, schedules and the UI; workflows: the quickest one. */
  readonly need: 'workflows' | 'visibility';
  readonly ui: boolean;
  /** Any free port unless given. */
  readonly temporalPort?: number;
  readonly uiPort?: number;
}

/** A whole control plane in this process; unless the configuration names a Temporal server, one runs as a child. */
export interface EmbeddedControlPlane {
  readonly temporal: RunningTemporal;
  readonly client: Client;
  readonly stores: Stores;
  readonly api: RunningApi;
  readonly codecServer: CodecServer;
  /** Rejects when the worker or the Temporal server ends by itself. */
  readonly failed: Promise<never>;
  /** Drains and stops everything, last started first. */
  close(): Promise<void>;
}

/** Starts stores, codec server, Temporal, worker and API, in this order. */
export function startEmbedded(
  io: CliIo,
  config: Config,
  options: EmbeddedOptions,
): Promise<EmbeddedControlPlane> {
  return startAll((teardown) => startParts(io, config, options, teardown));
}

async function startParts(io: CliIo, config: Config, options: EmbeddedOptions, teardown: Teardown) {
  await requireApiPort(config.api);
  const telemetry = processTelemetry(io, config, 'embedded');
  const stores = await openStores(config, { telemetry, now: Date.now, purpose: 'write' });
  teardown.add(() => stores.close());
  const origins: string[] = [];
  const codecServer = await startCodecServer({ ...config.codec_server, allowedOrigins: origins });
  teardown.add(() => codecServer.close());
  const temporal = await startTemporalFor(io, config, options, codecServer.url);
  teardown.add(() => temporal.stop());
  if (temporal.uiUrl !== undefined) origins.push(...originsOf(temporal.uiUrl));
  const access = await accessOf(config, temporal);
  const worker = await startWorkerPart({ config, temporal: access, stores, telemetry }, teardown);
  const client = await connectClient(access);
  teardown.add(() => client.connection.close());
  const api = await startApiPart({ config, client, stores, telemetry }, teardown);
  return { temporal, client, stores, api, codecServer, failed: failureOf(temporal, worker) };
}

/** Nobody waits for a server to be fetched only to hear that a port is taken. */
async function requireApiPort({ host, port }: Config['api']): Promise<void> {
  if (port === 0 || host !== '127.0.0.1') return;
  await requireFreePort(port, {
    what: 'the API',
    choose: 'Choose another one with api.port or QMTL_API_PORT, 0 for any free one',
  });
}

/** A server of our own asks for no credentials. */
async function accessOf(
  config: Config,
  { address, namespace, kind }: RunningTemporal,
): Promise<TemporalAccess> {
  return kind === 'external'
    ? { ...(await temporalAccess(config, address)), address }
    : { address, namespace };
}

function startTemporalFor(
  io: CliIo,
  config: Config,
  options: EmbeddedOptions,
  codecEndpoint: string,
): Promise<RunningTemporal> {
  const { address, namespace } = config.temporal;
  return startTemporal({
    need: options.need,
    ui: options.ui,
    env: address === '' ? io.env : { ...io.env, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace },
    codecEndpoint,
    searchAttributes: searchAttributeTypes,
    report: ({ kind, text }) => (kind === 'progress' ? io.progress(text) : io.note(text)),
    signal: io.interrupted,
    ...(options.temporalPort === undefined ? {} : { port: options.temporalPort }),
    ...(options.uiPort === undefined ? {} : { uiPort: options.uiPort }),
  });
}

/** The browser may know the UI under either name of this machine. */
function originsOf(uiUrl: string): readonly string[] {
  const { port, origin } = new URL(uiUrl);
  return [origin, `http://localhost:${port}`, `http://127.0.0.1:${port}`];
}

function failureOf(temporal: RunningTemporal, worker: ControlPlane): Promise<never> {
  const ended = temporal.ended.then(({ code, output }) => {
    const last = output.slice(-5).join('\n');
    throw new QmtlError('E_TEMPORAL_UNAVAILABLE', `the Temporal server ended with code ${code}: ${last}`, {
      hint: 'start it again; `qmtl doctor` tells which server is used',
    });
  });
  const failed = worker.finished.then(() => new Promise<never>(() => {}));
  const failure = Promise.race([ended, failed]);
  // Whoever only closes the plane does not look at it.
  failure.catch(() => {});
  return failure;
}
