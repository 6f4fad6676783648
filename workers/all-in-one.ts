import type { Client } from '@temporalio/client';
import type { Config } from '../config/schema.js';
import { requireFreePort } from '../devstack/process/free-port.js';
import { type RunningTemporal, startTemporal } from '../devstack/temporal/server.js';
import { QmtlError } from '../domain/base/errors.js';
import { startAll, type Teardown } from '../std/teardown.js';
import { connectClient, type TemporalAccess } from '../temporal/connection.js';
import type { Listening } from '../temporal/listen.js';
import { startCodecServer } from '../temporal/payloads/codec-server.js';
import { searchAttributeTypes } from '../workflows/contract.js';
import { apiOperations, startApiServer } from './api.js';
import type { ControlPlane } from './control-plane.js';
import { graphNeed, Readiness, startOperations } from './operations.js';
import { codecServerAccess, temporalAccess } from './stores/access.js';
import { openStores, refuseStoresInMemory, type Stores } from './stores/stores.js';
import { processTelemetry } from './telemetry/telemetry.js';
import { startWorker } from './worker.js';

/** The parts' access to the process they run in. */
export interface AllInOneHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Prints a line for the user. */
  note(this: void, text: string): void;
  /** Replaces the progress line. */
  progress(this: void, text: string): void;
  /** Aborted to stop starting. */
  readonly interrupted: AbortSignal;
}

export interface AllInOneOptions {
  /** visibility: a server with lists, schedules and the UI; workflows: the fastest one to start. */
  readonly need: 'workflows' | 'visibility';
  readonly ui: boolean;
  /** Whether health and metrics are served. */
  readonly operations: boolean;
  /** Default: any free port. */
  readonly temporalPort?: number;
  readonly uiPort?: number;
}

/** A whole control plane in this process; unless the configuration names a Temporal server, one runs as a child. */
export interface AllInOne {
  readonly temporal: RunningTemporal;
  readonly client: Client;
  readonly stores: Stores;
  readonly api: Listening;
  readonly codecServer: Listening;
  /** Absent unless asked for. */
  readonly operations?: Listening;
  /** Rejects when the worker or the Temporal server ends by itself. */
  readonly failed: Promise<never>;
  /** Drains and stops everything, last started first. */
  close(): Promise<void>;
}

/** Starts stores, codec server, Temporal, worker and API, in this order. */
export function startAllInOne(
  host: AllInOneHost,
  config: Config,
  options: AllInOneOptions,
): Promise<AllInOne> {
  return startAll((teardown) => startParts(host, config, options, teardown));
}

async function startParts(host: AllInOneHost, config: Config, options: AllInOneOptions, teardown: Teardown) {
  if (config.temporal.address !== '')
    refuseStoresInMemory(config, 'the Temporal server of temporal.address may serve others');
  await requireApiPorts(config, options);
  const telemetry = processTelemetry(config, 'embedded', host.note);
  const stores = await openStores(config, { telemetry, now: Date.now, purpose: 'write' });
  teardown.add(() => stores.close());
  const codec = await codecServerAccess(config);
  const origins = [...codec.allowedOrigins];
  const codecServer = await startCodecServer({ ...codec, allowedOrigins: origins });
  teardown.add(() => codecServer.close());
  const temporal = await startTemporalFor(host, config, options, codecServer.url);
  teardown.add(() => temporal.stop());
  if (temporal.uiUrl !== undefined) origins.push(...originsOf(temporal.uiUrl));
  const access = await accessOf(config, temporal);
  const worker = await startWorker({ config, temporal: access, stores, telemetry }, teardown);
  const client = await connectClient(access);
  teardown.add(() => client.connection.close());
  const api = await startApiServer({ config, client, temporal: access, stores, telemetry }, teardown);
  const failed = failureOf(temporal, worker);
  const running = { temporal, client, stores, api, codecServer, failed };
  if (!options.operations) return running;
  const readiness = new Readiness();
  const needs = [graphNeed(stores.graph), { name: 'temporal', ask: worker.ask }];
  readiness.running(
    () => (worker.polls() ? undefined : 'the worker does not poll'),
    needs,
    () => performance.now(),
  );
  const operations = await startOperations({
    ...apiOperations(config),
    metrics: telemetry.metrics,
    readiness,
  });
  teardown.add(() => operations.close());
  return { ...running, operations };
}

/** Checks ports first, so that a port in use is reported before a server is fetched. */
async function requireApiPorts({ api }: Config, { operations }: AllInOneOptions): Promise<void> {
  await requirePort(api.host, api.port, 'the API', 'api.port or QMTL_API_PORT');
  if (!operations) return;
  const names = 'api.operations_port or QMTL_API_OPERATIONS_PORT';
  await requirePort(api.operations_host, api.operations_port, 'health and metrics', names);
}

async function requirePort(host: string, port: number, what: string, names: string): Promise<void> {
  if (port === 0 || host !== '127.0.0.1') return;
  await requireFreePort(port, { what, choose: `choose another one with ${names}, or 0 for any free port` });
}

/** The server started here requires no credentials. */
async function accessOf(
  config: Config,
  { address, namespace, kind }: RunningTemporal,
): Promise<TemporalAccess> {
  return kind === 'external'
    ? { ...(await temporalAccess(config, address)), address }
    : { address, namespace };
}

function startTemporalFor(
  host: AllInOneHost,
  config: Config,
  options: AllInOneOptions,
  codecEndpoint: string,
): Promise<RunningTemporal> {
  const { address, namespace } = config.temporal;
  return startTemporal({
    need: options.need,
    ui: options.ui,
    env:
      address === '' ? host.env : { ...host.env, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace },
    codecEndpoint,
    searchAttributes: searchAttributeTypes,
    report: ({ kind, text }) => (kind === 'progress' ? host.progress(text) : host.note(text)),
    signal: host.interrupted,
    ...(options.temporalPort === undefined ? {} : { port: options.temporalPort }),
    ...(options.uiPort === undefined ? {} : { uiPort: options.uiPort }),
  });
}

/** The browser may use either name of this machine for the UI. */
function originsOf(uiUrl: string): readonly string[] {
  const { port, origin } = new URL(uiUrl);
  return [origin, `http://localhost:${port}`, `http://127.0.0.1:${port}`];
}

function failureOf(temporal: RunningTemporal, worker: ControlPlane): Promise<never> {
  const ended = temporal.ended.then(({ code, output }) => {
    const last = output.slice(-5).join('\n');
    throw new QmtlError('E_TEMPORAL_UNAVAILABLE', `the Temporal server ended with code ${code}: ${last}`, {
      hint: 'start it again; `qmtl doctor` shows which server is used',
    });
  });
  const failed = worker.finished.then(() => new Promise<never>(() => {}));
  const failure = Promise.race([ended, failed]);
  // A caller that only closes the control plane ignores the failure.
  failure.catch(() => {});
  return failure;
}
