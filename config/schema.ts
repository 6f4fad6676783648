import { z } from 'zod';
import { namespacePolicies } from '../domain/namespace.js';

/**
 * The one configuration file (YAML) and its environment overrides. Every field has a description:
 * `qmtl config example` is made from this schema. Empty text means "not set".
 */
const port = z.int().min(0).max(65_535);
const host = z.string().min(1).max(255).default('127.0.0.1');
const dsn = z.string().max(2_048);

export const configSchema = z
  .strictObject({
    profile: z
      .enum(['dev', 'prod'])
      .default('dev')
      .describe(
        'dev: graph and broker live in this process unless a DSN is given. prod: every DSN is required.',
      ),
    temporal: z
      .strictObject({
        address: dsn
          .default('')
          .describe('host:port of the Temporal server; empty in dev: one is found or fetched.'),
        namespace: z.string().min(1).max(255).default('default').describe('Temporal namespace.'),
      })
      .prefault({})
      .describe('Where durable work runs.'),
    dagmanager: z
      .strictObject({
        neo4j_dsn: dsn
          .default('')
          .describe('Graph store, e.g. bolt://localhost:7687; empty in dev: in memory.'),
        neo4j_user: z.string().max(255).default('').describe('User of the graph store.'),
        neo4j_password: z
          .string()
          .max(1_024)
          .default('')
          .describe('Password of the graph store; never printed.'),
        kafka_dsn: dsn.default('').describe('Brokers, e.g. localhost:9092; empty in dev: in memory.'),
        controlbus_dsn: dsn.default('').describe('Brokers of the control bus; empty in dev: in memory.'),
        controlbus_queue_topic: z
          .string()
          .max(249)
          .default('')
          .describe('Topic of queue events; empty in dev: queue.'),
      })
      .prefault({})
      .describe('Stores of the control plane.'),
    topics: z
      .strictObject({
        namespace: z
          .enum(namespacePolicies)
          .default('world-domain')
          .describe('world-domain: topics of each world and execution domain apart. none: one set for all.'),
      })
      .prefault({})
      .describe('How topics are named.'),
    api: z
      .strictObject({
        host: host.describe('Address the read-only API listens on.'),
        port: port.default(8080).describe('Port of the API; 0: any free one.'),
        requests_per_minute: z
          .int()
          .min(1)
          .max(1_000_000)
          .default(6_000)
          .describe('Requests one address may make a minute.'),
      })
      .prefault({})
      .describe('The read-only HTTP facade.'),
    codec_server: z
      .strictObject({
        host: host.describe('Address the codec server listens on.'),
        port: port.default(8234).describe('Port the codec server listens on; 0: any free one.'),
      })
      .prefault({})
      .describe('Makes payloads readable in the Temporal UI.'),
    log_level: z
      .enum(['debug', 'info', 'warn', 'error'])
      .default('error')
      .describe('Least severity that is logged.'),
  })
  .describe('QMTL configuration');

export type Config = z.output<typeof configSchema>;

/** Fields the `prod` profile cannot do without (S1-H-2). */
export const requiredInProd = [
  ['temporal', 'address'],
  ['dagmanager', 'neo4j_dsn'],
  ['dagmanager', 'kafka_dsn'],
  ['dagmanager', 'controlbus_dsn'],
  ['dagmanager', 'controlbus_queue_topic'],
] as const;

/** Environment variable → field. A variable that is set and not empty wins over the file. */
export const environmentOverrides = {
  QMTL_PROFILE: ['profile'],
  TEMPORAL_ADDRESS: ['temporal', 'address'],
  TEMPORAL_NAMESPACE: ['temporal', 'namespace'],
  QMTL_NEO4J_DSN: ['dagmanager', 'neo4j_dsn'],
  QMTL_NEO4J_USER: ['dagmanager', 'neo4j_user'],
  QMTL_NEO4J_PASSWORD: ['dagmanager', 'neo4j_password'],
  QMTL_KAFKA_DSN: ['dagmanager', 'kafka_dsn'],
  QMTL_CONTROLBUS_DSN: ['dagmanager', 'controlbus_dsn'],
  QMTL_CONTROLBUS_QUEUE_TOPIC: ['dagmanager', 'controlbus_queue_topic'],
  QMTL_TOPICS_NAMESPACE: ['topics', 'namespace'],
  QMTL_API_HOST: ['api', 'host'],
  QMTL_API_PORT: ['api', 'port'],
  QMTL_API_REQUESTS_PER_MINUTE: ['api', 'requests_per_minute'],
  QMTL_CODEC_SERVER_HOST: ['codec_server', 'host'],
  QMTL_CODEC_SERVER_PORT: ['codec_server', 'port'],
  QMTL_LOG_LEVEL: ['log_level'],
} as const satisfies Record<string, readonly string[]>;
