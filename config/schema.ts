import { z } from 'zod';
import { limits } from '../domain/base/limits.js';
import { namespacePolicies } from '../domain/context/namespace.js';

/**
 * The configuration file (YAML) and its environment overrides. Every field has a description, from which
 * `qmtl config example` is generated. Empty text means "not set".
 */
const port = z.int().min(0).max(65_535);
const host = z.string().min(1).max(255).default('127.0.0.1');
const dsn = z.string().max(2_048);
const text = z.string().max(255).default('');
/** A path on this machine; '' = none. */
const file = z.string().max(4_096).default('');
const secret = z.string().max(8_192).default('');

/** A longer wait than an orchestrator grants by default would end with SIGKILL. */
export const drainSecondsMax = 300;
/** More replicas than any class asks for. */
export const replicasMaxMax = 1_000;

/** Temporal UIs of one codec server; each request is compared with all. */
export const allowedOriginsMax = 100;

/** More than any broker is run with. */
const replicasMax = 1_000_000;

const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

const temporal = z
  .strictObject({
    address: dsn
      .default('')
      .describe('host:port of the Temporal server; empty in dev: one is found or fetched.'),
    namespace: z.string().min(1).max(255).default('default').describe('Temporal namespace.'),
    tls: z.enum(['off', 'on']).default('off').describe('Whether the connection to Temporal is TLS.'),
    ca_file: file.describe(
      'PEM file with the authority of the certificate of Temporal; empty: those of Node.',
    ),
    cert_file: file.describe('PEM file with the client certificate for Temporal (mutual TLS).'),
    key_file: file.describe('PEM file with the key of that certificate.'),
    server_name: text.describe("Name in Temporal's certificate, when it differs from the address."),
    api_key: secret.describe('API key for Temporal; never printed.'),
    api_key_file: file.describe('File that holds the API key.'),
  })
  .superRefine((section, context) => {
    oneSource(section, 'api_key', context);
    certificateWithKey(section, 'cert_file', 'key_file', context);
    onlyWith(section, 'tls', ['ca_file', 'cert_file', 'key_file', 'server_name'], context);
  })
  .prefault({})
  .describe('Where durable work runs.');

const dagmanager = z
  .strictObject({
    neo4j_dsn: dsn
      .default('')
      .describe(
        'Graph store: bolt://host:7687, neo4j:// for a cluster, +s for TLS; empty in dev: in memory.',
      ),
    neo4j_user: text.describe('User of the graph store; empty: no authentication.'),
    neo4j_password: secret.describe('Password of the graph store; never printed.'),
    neo4j_password_file: file.describe('File that holds the password of the graph store.'),
    neo4j_database: text.describe("Database of the graph store; empty: the user's own."),
    neo4j_ca_file: file.describe(
      'PEM file with the authority of the certificate of the graph store; empty: those of the system.',
    ),
    neo4j_migrate: z
      .boolean()
      .default(true)
      .describe('Whether a worker brings constraints and indexes up to date when it starts.'),
    kafka_dsn: dsn.default('').describe('Brokers, e.g. localhost:9092,other:9092; empty in dev: in memory.'),
    kafka_replicas_max: z
      .int()
      .min(1)
      .max(replicasMax)
      .default(limits.brokerReplicasMax)
      .describe(
        'Partition replicas that one broker has room for, by its heap, open files and memory maps; topics past it are refused.',
      ),
    controlbus_dsn: dsn.default('').describe('Brokers of the control bus; empty in dev: in memory.'),
    controlbus_queue_topic: z
      .string()
      .max(249)
      .default('')
      .describe('Topic of queue events; empty in dev: queue.'),
    kafka_topic_prefix: z
      .string()
      .max(limits.topicPrefixCharsMax)
      .regex(/^(?!\.+$)(?!__)[A-Za-z0-9._-]*$/, {
        error:
          'is not the beginning of a Kafka topic: letters, digits, `.`, `_` and `-`, and not `__` in front',
      })
      .default('')
      .describe(
        'Precedes the names of control topics and of the topic admin log: one for each installation on a cluster.',
      ),
    kafka_tls: z.enum(['off', 'on']).default('off').describe('Whether connections to brokers are TLS.'),
    kafka_ca_file: file.describe(
      'PEM file with the authority of the certificates of brokers; empty: those of Node.',
    ),
    kafka_cert_file: file.describe('PEM file with the client certificate for brokers (mutual TLS).'),
    kafka_key_file: file.describe('PEM file with the key of that certificate.'),
    kafka_sasl: z
      .enum(['off', ...saslMechanisms])
      .default('off')
      .describe('SASL mechanism of the login at brokers.'),
    kafka_user: text.describe('User at the brokers.'),
    kafka_password: secret.describe('Password at the brokers; never printed.'),
    kafka_password_file: file.describe('File that holds the password at the brokers.'),
  })
  .superRefine((section, context) => {
    oneSource(section, 'neo4j_password', context);
    oneSource(section, 'kafka_password', context);
    certificateWithKey(section, 'kafka_cert_file', 'kafka_key_file', context);
    onlyWith(section, 'kafka_tls', ['kafka_ca_file', 'kafka_cert_file', 'kafka_key_file'], context);
    onlyWith(section, 'kafka_sasl', ['kafka_user', 'kafka_password', 'kafka_password_file'], context);
    if (section.kafka_sasl !== 'off' && section.kafka_user === '')
      context.addIssue({
        code: 'custom',
        path: ['kafka_user'],
        message: 'is empty, and kafka_sasl requires a user',
      });
  })
  .prefault({})
  .describe('Stores of the control plane.');

export const configSchema = z
  .strictObject({
    profile: z
      .enum(['dev', 'prod'])
      .default('dev')
      .describe(
        'dev: graph and broker live in this process unless a DSN is given. prod: every DSN is required.',
      ),
    temporal,
    dagmanager,
    topics: z
      .strictObject({
        namespace: z
          .enum(namespacePolicies)
          .default('world-domain')
          .describe('world-domain: separate topics per world and execution domain. none: one set for all.'),
        replicas_max: z
          .int()
          .min(0)
          .max(replicasMaxMax)
          .default(0)
          .describe(
            'Replicas of a topic at most: the number of brokers of the cluster. Topics are made when as many brokers are up as they need. 0: 3 in prod; in dev as many as brokers are up.',
          ),
      })
      .prefault({})
      .describe('How topics are named.'),
    api: z
      .strictObject({
        host: host.describe('Address the read-only API listens on.'),
        port: port.default(8080).describe('Port of the API; 0: any free one.'),
        operations_host: host.describe('Address of /healthz, /readyz and /metrics of the API.'),
        operations_port: port.default(9465).describe('Port of these; 0: any free one.'),
        drain_seconds: z
          .int()
          .min(0)
          .max(drainSecondsMax)
          .default(0)
          .describe(
            'Seconds for which the API still answers after SIGTERM while /readyz is 503, for load balancers that look later.',
          ),
        requests_per_minute: z
          .int()
          .min(1)
          .max(1_000_000)
          .default(6_000)
          .describe('Requests per minute from one address.'),
      })
      .prefault({})
      .describe('The read-only HTTP facade.'),
    code: z
      .strictObject({
        signing_key_file: file.describe(
          'PEM file with an Ed25519 private key, with which `qmtl submit` signs the code of nodes; empty: it does not sign.',
        ),
        trusted_keys_file: file.describe(
          'PEM file with Ed25519 public keys: `qmtl run NODE-ID` executes only code that one of them signed; empty: any code.',
        ),
        audit_file: file.describe(
          'File to which `qmtl run NODE-ID` appends a line of JSON for all code that it verifies, before it executes any; empty: none.',
        ),
      })
      .prefault({})
      .describe('Signatures of the code that the graph stores.'),
    codec_server: z
      .strictObject({
        host: host.describe('Address the codec server listens on.'),
        port: port.default(8234).describe('Port the codec server listens on; 0: any free one.'),
        allowed_origins: z
          .array(z.string().max(2_048))
          .max(allowedOriginsMax)
          .refine((origins) => origins.every(isOrigin), {
            error:
              'has an entry that is not the origin of a page, like https://temporal.example.com without a path',
          })
          .default(['http://127.0.0.1:8233', 'http://localhost:8233'])
          .describe(
            'Origins of the Temporal UIs whose pages may use it; a variable separates them with commas.',
          ),
        token: secret.describe(
          'What a client must send as `authorization: Bearer …`; empty: nothing. Never printed.',
        ),
        token_file: file.describe('File that holds the token.'),
      })
      .superRefine((section, context) => oneSource(section, 'token', context))
      .prefault({})
      .describe('Makes payloads readable in the Temporal UI.'),
    worker: z
      .strictObject({
        host: host.describe('Address of /metrics, /healthz and /readyz of a worker.'),
        port: port.default(9464).describe('Port of these; 0: any free one.'),
        temporal_metrics_port: port
          .default(0)
          .describe("Port of Temporal's own metrics of the worker; 0: off."),
      })
      .prefault({})
      .describe('The process that does durable work.'),
    log_level: z
      .enum(['debug', 'info', 'warn', 'error'])
      .default('info')
      .describe(
        'Lowest severity that is logged; `qmtl up` and `qmtl demo` show errors only, unless it is debug.',
      ),
  })
  .describe('QMTL configuration');

export type Config = z.output<typeof configSchema>;

function isOrigin(given: string): boolean {
  return URL.canParse(given) && /^https?:/.test(given) && new URL(given).origin === given;
}

type Fields = Readonly<Record<string, unknown>>;

/** A secret is in the configuration or in a file of its own, not in both. */
function oneSource(section: Fields, field: string, context: z.RefinementCtx): void {
  if (section[field] === '' || section[`${field}_file`] === '') return;
  const message = `is given as well as ${field}: keep one of them`;
  context.addIssue({ code: 'custom', path: [`${field}_file`], message });
}

function certificateWithKey(section: Fields, cert: string, key: string, context: z.RefinementCtx): void {
  if ((section[cert] === '') === (section[key] === '')) return;
  const [empty, given] = section[cert] === '' ? [cert, key] : [key, cert];
  context.addIssue({
    code: 'custom',
    path: [empty],
    message: `is empty, and ${given} is given: both or none`,
  });
}

/** A setting that would be ignored is an error: its author would rely on it. */
function onlyWith(section: Fields, mode: string, fields: readonly string[], context: z.RefinementCtx): void {
  if (section[mode] !== 'off') return;
  for (const field of fields.filter((name) => section[name] !== '')) {
    context.addIssue({ code: 'custom', path: [field], message: `is given, but ${mode} is off` });
  }
}

/** Fields required by the `prod` profile. */
export const requiredInProd = [
  ['temporal', 'address'],
  ['dagmanager', 'neo4j_dsn'],
  ['dagmanager', 'kafka_dsn'],
  ['dagmanager', 'controlbus_dsn'],
  ['dagmanager', 'controlbus_queue_topic'],
] as const;

/** Environment variable → field. A variable that is set and not empty takes precedence over the file. */
export const environmentOverrides = {
  QMTL_PROFILE: ['profile'],
  TEMPORAL_ADDRESS: ['temporal', 'address'],
  TEMPORAL_NAMESPACE: ['temporal', 'namespace'],
  TEMPORAL_TLS: ['temporal', 'tls'],
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: ['temporal', 'ca_file'],
  TEMPORAL_TLS_CLIENT_CERT_PATH: ['temporal', 'cert_file'],
  TEMPORAL_TLS_CLIENT_KEY_PATH: ['temporal', 'key_file'],
  TEMPORAL_TLS_SERVER_NAME: ['temporal', 'server_name'],
  TEMPORAL_API_KEY: ['temporal', 'api_key'],
  TEMPORAL_API_KEY_FILE: ['temporal', 'api_key_file'],
  QMTL_NEO4J_DSN: ['dagmanager', 'neo4j_dsn'],
  QMTL_NEO4J_USER: ['dagmanager', 'neo4j_user'],
  QMTL_NEO4J_PASSWORD: ['dagmanager', 'neo4j_password'],
  QMTL_NEO4J_PASSWORD_FILE: ['dagmanager', 'neo4j_password_file'],
  QMTL_NEO4J_DATABASE: ['dagmanager', 'neo4j_database'],
  QMTL_NEO4J_CA_FILE: ['dagmanager', 'neo4j_ca_file'],
  QMTL_NEO4J_MIGRATE: ['dagmanager', 'neo4j_migrate'],
  QMTL_KAFKA_DSN: ['dagmanager', 'kafka_dsn'],
  QMTL_KAFKA_REPLICAS_MAX: ['dagmanager', 'kafka_replicas_max'],
  QMTL_KAFKA_TLS: ['dagmanager', 'kafka_tls'],
  QMTL_KAFKA_CA_FILE: ['dagmanager', 'kafka_ca_file'],
  QMTL_KAFKA_CERT_FILE: ['dagmanager', 'kafka_cert_file'],
  QMTL_KAFKA_KEY_FILE: ['dagmanager', 'kafka_key_file'],
  QMTL_KAFKA_SASL: ['dagmanager', 'kafka_sasl'],
  QMTL_KAFKA_USER: ['dagmanager', 'kafka_user'],
  QMTL_KAFKA_PASSWORD: ['dagmanager', 'kafka_password'],
  QMTL_KAFKA_PASSWORD_FILE: ['dagmanager', 'kafka_password_file'],
  QMTL_CONTROLBUS_DSN: ['dagmanager', 'controlbus_dsn'],
  QMTL_CONTROLBUS_QUEUE_TOPIC: ['dagmanager', 'controlbus_queue_topic'],
  QMTL_TOPICS_NAMESPACE: ['topics', 'namespace'],
  QMTL_KAFKA_TOPIC_PREFIX: ['dagmanager', 'kafka_topic_prefix'],
  QMTL_TOPICS_REPLICAS_MAX: ['topics', 'replicas_max'],
  QMTL_API_HOST: ['api', 'host'],
  QMTL_API_PORT: ['api', 'port'],
  QMTL_API_OPERATIONS_HOST: ['api', 'operations_host'],
  QMTL_API_OPERATIONS_PORT: ['api', 'operations_port'],
  QMTL_API_DRAIN_SECONDS: ['api', 'drain_seconds'],
  QMTL_API_REQUESTS_PER_MINUTE: ['api', 'requests_per_minute'],
  QMTL_CODE_AUDIT_FILE: ['code', 'audit_file'],
  QMTL_CODE_SIGNING_KEY_FILE: ['code', 'signing_key_file'],
  QMTL_CODE_TRUSTED_KEYS_FILE: ['code', 'trusted_keys_file'],
  QMTL_CODEC_SERVER_HOST: ['codec_server', 'host'],
  QMTL_CODEC_SERVER_PORT: ['codec_server', 'port'],
  QMTL_CODEC_SERVER_ALLOWED_ORIGINS: ['codec_server', 'allowed_origins'],
  QMTL_CODEC_SERVER_TOKEN: ['codec_server', 'token'],
  QMTL_CODEC_SERVER_TOKEN_FILE: ['codec_server', 'token_file'],
  QMTL_WORKER_HOST: ['worker', 'host'],
  QMTL_WORKER_PORT: ['worker', 'port'],
  QMTL_WORKER_TEMPORAL_METRICS_PORT: ['worker', 'temporal_metrics_port'],
  QMTL_LOG_LEVEL: ['log_level'],
} as const satisfies Record<string, readonly string[]>;
