import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../config/load.js';
import type { Config } from '../../config/schema.js';
import { startStack } from '../../devstack/supervisor/stack.js';
import { openStores, type Stores } from '../../workers/stores/stores.js';
import { processMetrics } from '../../workers/telemetry/metrics.js';
import { searchAttributeTypes } from '../../workflows/contract.js';

/** Empty real engines for one benchmark. */
export interface BenchEngines {
  /** Environment variables with their addresses, for `qmtl` processes. */
  readonly env: Readonly<Record<string, string>>;
  readonly config: Config;
  readonly temporalAddress: string;
  /** Stores of this process. */
  readonly stores: Stores;
}

/** Starts Temporal, Kafka and Neo4j in a folder of their own, and removes everything afterwards. */
export async function withEngines<T>(
  say: (line: string) => void,
  act: (engines: BenchEngines) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'qmtl-bench-'));
  const report = ({ kind, text }: { kind: string; text: string }) => {
    if (kind !== 'progress') say(text);
  };
  const stack = await startStack({
    folder,
    env: process.env,
    report,
    searchAttributes: searchAttributeTypes,
  });
  try {
    const env = {
      TEMPORAL_ADDRESS: stack.temporal.address,
      QMTL_NEO4J_DSN: stack.neo4j.dsn,
      QMTL_NEO4J_USER: stack.neo4j.user,
      QMTL_NEO4J_PASSWORD: stack.neo4j.password,
      QMTL_KAFKA_DSN: stack.kafka.brokers.join(','),
      QMTL_KAFKA_REPLICAS_MAX: String(stack.kafka.replicasMax),
      QMTL_CONTROLBUS_DSN: stack.kafka.brokers.join(','),
      QMTL_LOG_LEVEL: 'error',
    };
    const config = loadConfig({ file: '', text: '' }, env);
    const telemetry = { log: () => {}, metrics: processMetrics('bench', 'bench', Date.now) };
    const stores = await openStores(config, { telemetry, now: Date.now, purpose: 'write' });
    try {
      return await act({ env, config, temporalAddress: stack.temporal.address, stores });
    } finally {
      await stores.close();
    }
  } finally {
    await stack.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
