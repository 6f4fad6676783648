import type { Client } from '@temporalio/client';
import { type RunningApi, startApi } from '../api/server.js';
import type { Config } from '../config/schema.js';
import { requireFreePort } from '../deploy/dev/free-port.js';
import { type RunningTemporal, startTemporal } from '../deploy/dev/temporal-server.js';
import { QmtlError } from '../domain/errors.js';
import { type CodecServer, startCodecServer } from '../temporal/codec-server.js';
import { connectClient } from '../temporal/connection.js';
import { searchAttributeTypes } from '../temporal/search-attributes.js';
import { submissionHandle } from '../temporal/submission-client.js';
import { type ControlPlane, startControlPlane } from '../workers/control-plane.js';
import { openStores, type Stores } from '../workers/stores.js';
import { connectWorker, installTemporalRuntime } from '../workers/temporal-runtime.js';
import type { CliIo } from './io.js';
import { version } from './version.js';

export interface EmbeddedOptions {
  /** visibility: a server with lists, schedules and the UI; workflows: the quickest one. */
  readonly need: 'workflows' | 'visibility';
  readonly ui: boolean;
  /** Any free port unless given. */
  readonly temporalPort?: number;
  readonly uiPort?: number;
}

/** A whole control plane in this process, with its Temporal server as a child. */
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

/** Starts codec server, Temporal, worker and API, in this order; what was started is stopped again when a later part fails. */
export async function startEmbedded(
  io: CliIo,
  config: Config,
  options: EmbeddedOptions,
): Promise<EmbeddedControlPlane> {
  const started: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const stop of started.splice(0).reverse()) await stop();
  };
  try {
    return { ...(await startParts(io, config, options, started)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startParts(
  io: CliIo,
  config: Config,
  options: EmbeddedOptions,
  started: (() => Promise<void>)[],
) {
  await requireApiPort(config.api);
  const stores = openStores(config, Date.now);
  started.push(() => stores.close());
  const origins: string[] = [];
  const codecServer = await startCodecServer({ ...config.codec_server, allowedOrigins: origins });
  started.push(() => codecServer.close());
  const temporal = await startTemporalFor(io, options, codecServer.url);
  started.push(() => temporal.stop());
  if (temporal.uiUrl !== undefined) origins.push(...originsOf(temporal.uiUrl));
  const { address, namespace } = temporal;
  installTemporalRuntime(config.log_level, ({ level, message }) =>
    io.note(`temporal ${level.toLowerCase()}: ${message}`),
  );
  const connection = await connectWorker(address);
  started.push(() => connection.close());
  const worker = await startControlPlane({
    connection,
    namespace,
    ...stores,
    namespacePolicy: config.topics.namespace,
    now: Date.now,
  });
  started.push(() => worker.drain());
  const client = await connectClient({ address, namespace });
  started.push(() => client.connection.close());
  const api = await startApi({
    ...config.api,
    requestsPerMinute: config.api.requests_per_minute,
    profile: config.profile,
    version,
    graph: stores.graph,
    topics: stores.topics,
    submissionStatus: (submissionId) => submissionHandle(client, submissionId).status(),
    temporalHealth: () => client.connection.ensureConnected(),
    onFault: (error) =>
      io.note(`api: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  });
  started.push(() => api.close());
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

function startTemporalFor(
  io: CliIo,
  options: EmbeddedOptions,
  codecEndpoint: string,
): Promise<RunningTemporal> {
  return startTemporal({
    need: options.need,
    ui: options.ui,
    env: io.env,
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
