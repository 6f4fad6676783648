import type { Environment } from '../../devstack/process/progress.js';

/** The addresses of the real engines: `inject('engines')`. */
export interface Engines {
  readonly neo4j: { readonly dsn: string; readonly user: string; readonly password: string };
  /** `replicasMax`: what the brokers have room for, where it is known. */
  readonly kafka: { readonly brokers: readonly string[]; readonly replicasMax?: number };
  readonly temporal: { readonly address: string };
}

/**
 * Engines that run already: QMTL_TEST_NEO4J_DSN (`bolt://user:password@host:port`, or with QMTL_TEST_NEO4J_USER and
 * QMTL_TEST_NEO4J_PASSWORD), QMTL_TEST_KAFKA_DSN (`host:port,host:port`), QMTL_TEST_TEMPORAL_ADDRESS (`host:port`).
 */
export function givenEngines(env: Environment): Partial<Engines> {
  const {
    QMTL_TEST_NEO4J_DSN: neo4j,
    QMTL_TEST_KAFKA_DSN: kafka,
    QMTL_TEST_TEMPORAL_ADDRESS: temporal,
  } = env;
  return {
    ...(neo4j ? { neo4j: neo4jOf(new URL(neo4j), env) } : {}),
    ...(kafka ? { kafka: { brokers: kafka.replace(/^kafka:\/\//, '').split(',') } } : {}),
    ...(temporal ? { temporal: { address: temporal } } : {}),
  };
}

function neo4jOf(url: URL, env: Environment): Engines['neo4j'] {
  return {
    dsn: `${url.protocol}//${url.host}`,
    user: decodeURIComponent(url.username) || env.QMTL_TEST_NEO4J_USER || 'neo4j',
    password: decodeURIComponent(url.password) || env.QMTL_TEST_NEO4J_PASSWORD || '',
  };
}
