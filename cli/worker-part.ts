import type { Config } from '../config/schema.js';
import type { TemporalAccess } from '../temporal/connection.js';
import { type ControlPlane, startControlPlane } from '../workers/control-plane.js';
import { startHealthServer } from '../workers/health-server.js';
import type { Stores } from '../workers/stores.js';
import type { Telemetry } from '../workers/telemetry/telemetry.js';
import { connectWorker, installTemporalRuntime } from '../workers/temporal-runtime.js';
import type { Teardown } from './teardown.js';

export interface WorkerPartOptions {
  readonly config: Config;
  readonly temporal: TemporalAccess;
  readonly stores: Stores;
  readonly telemetry: Telemetry;
}

/** Connects a worker and lets it poll. */
export async function startWorkerPart(
  { config, temporal, stores, telemetry }: WorkerPartOptions,
  teardown: Teardown,
): Promise<ControlPlane> {
  const { host, temporal_metrics_port: port } = config.worker;
  installTemporalRuntime({
    level: config.log_level,
    log: telemetry.log,
    ...(port === 0 ? {} : { metricsAddress: `${host}:${port}` }),
  });
  const connection = await connectWorker(temporal);
  teardown.add(() => connection.close());
  const worker = await startControlPlane({
    connection,
    namespace: temporal.namespace,
    ...stores,
    namespacePolicy: config.topics.namespace,
    telemetry,
    now: Date.now,
  });
  teardown.add(() => worker.drain());
  return worker;
}

/** `/healthz`, `/readyz` and `/metrics` of a worker. */
export async function startWorkerHealth(
  { config, stores, telemetry }: WorkerPartOptions,
  worker: ControlPlane,
  teardown: Teardown,
): Promise<string> {
  const ready = async () => {
    if (!worker.polls()) throw new Error('the worker does not poll');
    await Promise.all([stores.graph.totals(), stores.topics.brokerCount()]);
  };
  const server = await startHealthServer({ ...config.worker, metrics: telemetry.metrics, ready });
  teardown.add(() => server.close());
  return server.url;
}
