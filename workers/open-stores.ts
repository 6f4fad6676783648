import type { Config } from '../config/schema.js';
import { QmtlError } from '../domain/errors.js';
import { memoryStores, type Stores } from './stores.js';
import { measured } from './telemetry/measured-stores.js';
import type { Telemetry } from './telemetry/telemetry.js';

export interface OpenStoresOptions {
  readonly telemetry: Telemetry;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** `read`: nothing is created or changed while opening. */
  readonly purpose: 'read' | 'write';
}

/** Opens the stores a configuration asks for, and has them measured. */
export async function openStores(config: Config, { telemetry, now }: OpenStoresOptions): Promise<Stores> {
  const { neo4j_dsn, kafka_dsn, controlbus_dsn } = config.dagmanager;
  if (`${neo4j_dsn}${kafka_dsn}${controlbus_dsn}` !== '') throw new QmtlError('E_CONFIG', 'not yet');
  const stores = memoryStores(now);
  telemetry.metrics.readTotalsFrom(() => stores.graph.totals());
  return { ...stores, ...measured(stores, telemetry.metrics) };
}
