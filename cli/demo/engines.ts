import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../config/schema.js';
import type { Stack } from '../../devstack/supervisor/stack.js';
import type { CliIo } from '../io/io.js';

/** embedded: graph and topics are in this process; stack: Neo4j, Kafka and Temporal run as servers. */
export const demoProfiles = ['embedded', 'stack'] as const;
export type DemoProfile = (typeof demoProfiles)[number];

/** Passes the configuration of empty engines to `use` and removes them afterwards: the demo begins with an empty graph. */
export async function withDemoEngines(
  io: CliIo,
  config: Config,
  profile: DemoProfile,
  use: (config: Config) => Promise<void>,
): Promise<void> {
  if (profile === 'embedded') return use(config);
  const { startStack } = await import('../../devstack/supervisor/stack.js');
  const { searchAttributeTypes } = await import('../../workflows/contract.js');
  const folder = await mkdtemp(join(tmpdir(), 'qmtl-demo-stack-'));
  try {
    const stack = await startStack({
      folder,
      env: io.env,
      report: ({ kind, text }) => (kind === 'progress' ? io.progress(text) : io.note(text)),
      searchAttributes: searchAttributeTypes,
      signal: io.interrupted,
    });
    try {
      await use(onStack(config, stack));
    } finally {
      await stack.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function onStack(config: Config, { neo4j, kafka, temporal }: Stack): Config {
  const brokers = kafka.brokers.join(',');
  return {
    ...config,
    temporal: { ...config.temporal, address: temporal.address },
    dagmanager: {
      ...config.dagmanager,
      neo4j_dsn: neo4j.dsn,
      neo4j_user: neo4j.user,
      neo4j_password: neo4j.password,
      neo4j_password_file: '',
      kafka_dsn: brokers,
      kafka_replicas_max: kafka.replicasMax,
      controlbus_dsn: brokers,
    },
  };
}
