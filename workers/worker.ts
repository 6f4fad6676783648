import { DefaultLogger, type LogLevel, NativeConnection, Runtime } from '@temporalio/worker';
import type { Config } from '../config/schema.js';
import { QmtlError } from '../domain/base/errors.js';
import { withTimeLimit } from '../std/node/time-limit.js';
import { startAll, type Teardown } from '../std/teardown.js';
import {
  askTemporal,
  connectionOptions,
  explainedConnection,
  grpcReason,
  requireNamespace,
  searchAttributesMissing,
  type TemporalAccess,
  workerError,
} from '../temporal/connection.js';
import type { Listening } from '../temporal/listen.js';
import { searchAttributeTypes } from '../workflows/contract.js';
import { type ControlPlane, startControlPlane } from './control-plane.js';
import { claimNamespace } from './namespace-claim.js';
import { graphNeed, Readiness, startOperations } from './operations.js';
import { defaultTemporalAddress, temporalAccess } from './stores/access.js';
import { openStores, refuseStoresInMemory, type Stores } from './stores/stores.js';
import type { Log } from './telemetry/telemetry.js';
import { processTelemetry, type Telemetry } from './telemetry/telemetry.js';

/** A running `qmtl worker`. */
export interface WorkerProcess {
  /** Its URLs, by name. */
  readonly urls: Readonly<Record<string, string>>;
  readonly telemetry: Telemetry;
  /** Rejects when the worker fails. */
  readonly finished: Promise<void>;
  /** Drains, then closes everything. */
  close(): Promise<void>;
}

/** Opens the stores, polls the task queue, and serves health and metrics. `write` gets every line of the log. */
export async function startWorkerProcess(
  config: Config,
  write: (line: string) => void,
): Promise<WorkerProcess> {
  const telemetry = processTelemetry(config, 'worker', write);
  const running = await startAll(async (teardown) => {
    const temporal = await temporalAccess(config, defaultTemporalAddress);
    const readiness = new Readiness();
    const { url } = await startWorkerOperations(config, telemetry, readiness, teardown);
    refuseStoresInMemory(config, 'a worker shares its Temporal server with others');
    const stores = await openStores(config, { telemetry, now: Date.now, purpose: 'write' });
    teardown.add(() => stores.close());
    const parts = { config, temporal, stores, telemetry };
    const { finished, polls, ask } = await startWorker(parts, teardown);
    const needs = [graphNeed(stores.graph), { name: 'temporal', ask }];
    readiness.running(
      () => (polls() ? undefined : 'the worker does not poll'),
      needs,
      () => performance.now(),
    );
    teardown.add(async () => readiness.ending('the worker drains'));
    return { finished, urls: { 'health and metrics': url, Temporal: temporal.address } };
  });
  return { ...running, telemetry };
}

export interface WorkerParts {
  readonly config: Config;
  readonly temporal: TemporalAccess;
  readonly stores: Stores;
  readonly telemetry: Telemetry;
}

export interface RunningWorker extends ControlPlane {
  /** Asks the Temporal server it polls; rejects when it does not answer. */
  readonly ask: () => Promise<void>;
}

/** Connects a worker and starts polling. */
export async function startWorker(
  { config, temporal, stores, telemetry }: WorkerParts,
  teardown: Teardown,
): Promise<RunningWorker> {
  const { host, temporal_metrics_port: port } = config.worker;
  installTemporalRuntime({
    level: config.log_level,
    log: telemetry.log,
    ...(port === 0 ? {} : { metricsAddress: `${host}:${port}` }),
  });
  const connection = await connectWorker(temporal, telemetry.log);
  teardown.add(() => connection.close());
  teardown.add(followApiKey(connection, temporal, telemetry.log));
  const { namespace } = temporal;
  const { installation } = stores;
  await claimNamespace({
    connection,
    namespace,
    log: telemetry.log,
    ...(installation === undefined ? {} : { installation }),
  });
  const worker = await startControlPlane({
    connection,
    namespace,
    ...stores,
    namespacePolicy: config.topics.namespace,
    telemetry,
    now: Date.now,
  }).catch((cause: unknown) => {
    throw workerError(temporal, cause);
  });
  teardown.add(() => worker.drain());
  const finished = worker.finished.catch((cause: unknown) => {
    throw workerError(temporal, cause);
  });
  return { ...worker, finished, ask: () => askTemporal(connection, temporal) };
}

/** Listens from the start on: a worker that waits for an engine is alive, and not ready. */
async function startWorkerOperations(
  { worker }: Config,
  { metrics }: Telemetry,
  readiness: Readiness,
  teardown: Teardown,
): Promise<Listening> {
  const operations = await startOperations({
    host: worker.host,
    port: worker.port,
    owner: 'the worker',
    hint: 'choose another one with worker.host and worker.port (QMTL_WORKER_HOST, QMTL_WORKER_PORT); port 0 selects any free one',
    metrics,
    readiness,
  });
  teardown.add(() => operations.close());
  return operations;
}

const levels = {
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
} as const satisfies Record<Config['log_level'], string>;

const logLevels = {
  TRACE: 'debug',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const satisfies Record<LogLevel, Config['log_level']>;

export interface RuntimeOptions {
  readonly level: Config['log_level'];
  readonly log: Log;
  /** host:port of the Prometheus endpoint of Temporal's own metrics; absent: off. */
  readonly metricsAddress?: string;
}

/** Forwards the log of Temporal's runtime to the process log. Call once, before the first connection. The process handles signals itself. */
export function installTemporalRuntime(options: RuntimeOptions): void {
  try {
    installRuntime(options);
  } catch (cause) {
    if (!(cause instanceof Error) || !/address already in use/i.test(cause.message)) throw cause;
    const what = `${options.metricsAddress}, wanted for the metrics of Temporal's core, is taken by another process`;
    throw new QmtlError('E_PORT_IN_USE', what, {
      hint: 'choose another one with worker.temporal_metrics_port or QMTL_WORKER_TEMPORAL_METRICS_PORT; 0 turns them off',
      cause,
    });
  }
}

function installRuntime({ level, log, metricsAddress }: RuntimeOptions): void {
  Runtime.install({
    logger: new DefaultLogger(levels[level], (entry) => {
      // The activity log has a line with the reason.
      if (entry.message !== 'Activity failed')
        log(logLevels[entry.level], `temporal: ${entry.message}`, { ...entry.meta });
    }),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: { core: 'ERROR', other: 'ERROR' } },
      ...(metricsAddress === undefined ? {} : { metrics: { prometheus: { bindAddress: metricsAddress } } }),
    },
  });
}

function apiKeyOfNow({ apiKey }: TemporalAccess): string | undefined {
  return typeof apiKey === 'function' ? apiKey() : apiKey;
}

/** How often a worker looks for a new API key; clients ask for it at each call. */
const apiKeyEveryMs = 30_000;

/** Gives a connection the API key again when its file has changed. Returns what ends it. */
export function followApiKey(
  connection: Pick<NativeConnection, 'setApiKey'>,
  access: TemporalAccess,
  log: Log,
): () => Promise<void> {
  let known = apiKeyOfNow(access);
  const timer = setInterval(() => {
    const apiKey = apiKeyOfNow(access);
    if (apiKey === undefined || apiKey === known) return;
    known = apiKey;
    connection.setApiKey(apiKey).then(
      () => log('info', 'the API key of Temporal was read again'),
      (error: unknown) =>
        log('error', 'the new API key of Temporal cannot be used', { error: String(error) }),
    );
  }, apiKeyEveryMs);
  timer.unref();
  return async () => clearInterval(timer);
}

/** The connection of a worker waits for a server that accepts it and then says nothing. */
const connectMs = 10_000;

async function connectNative(access: TemporalAccess): Promise<NativeConnection> {
  const { apiKey: _current, ...rest } = access;
  const apiKey = apiKeyOfNow(access);
  const connecting = NativeConnection.connect(
    connectionOptions<string>(apiKey === undefined ? rest : { ...rest, apiKey }),
  );
  try {
    return await withTimeLimit(connectMs, connecting, () => new Error('no answer before the deadline'));
  } catch (cause) {
    void connecting.then((late) => late.close()).catch(() => {});
    throw await explainedConnection(access, cause);
  }
}

/**
 * The worker's own connection; closing the last one ends the runtime. The namespace gets what submissions need there. One that
 * does not exist is refused here: a worker that polls it fails later, and then holds its connection.
 */
export async function connectWorker(access: TemporalAccess, log: Log): Promise<NativeConnection> {
  const connection = await connectNative(access);
  try {
    await requireNamespace(connection, access);
    await addSearchAttributes(connection, access.namespace, log);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** KEYWORD, the type of every search attribute of QMTL, as the server counts. */
const keyword = 2;

/** Adds the search attributes that the namespace lacks: without them the server refuses every submission. */
async function addSearchAttributes(
  { operatorService }: NativeConnection,
  namespace: string,
  log: Log,
): Promise<void> {
  const wanted = Object.keys(searchAttributeTypes);
  const present = await operatorService.listSearchAttributes({ namespace }).catch((cause: unknown) => {
    log('warn', 'the search attributes of the namespace cannot be read', {
      namespace,
      reason: grpcReason(cause),
      needed: wanted.join(', '),
    });
  });
  if (present === undefined) return;
  const types = new Map<string, number>(Object.entries(present.customAttributes));
  const other = wanted.find((name) => (types.get(name) ?? keyword) !== keyword);
  if (other !== undefined) throw searchAttributesMissing(namespace, `${other} has another type than Keyword`);
  const missing = wanted.filter((name) => !types.has(name));
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map((name) => [name, keyword]));
  await operatorService.addSearchAttributes({ namespace, searchAttributes }).catch((cause: unknown) => {
    throw searchAttributesMissing(namespace, `the server refuses to add them: ${grpcReason(cause)}`, cause);
  });
  log('info', 'added search attributes', { namespace, names: missing.join(', ') });
}
