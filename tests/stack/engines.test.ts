import { expect, test } from 'vitest';
import { givenEngines } from './engines.js';

test('engines named by the environment are used', () => {
  expect(
    givenEngines({
      QMTL_TEST_NEO4J_DSN: 'bolt://me:a%2Fb@127.0.0.1:7687',
      QMTL_TEST_KAFKA_DSN: 'kafka://one:9092,two:9092',
      QMTL_TEST_TEMPORAL_ADDRESS: 'there:7233',
    }),
  ).toEqual({
    neo4j: { dsn: 'bolt://127.0.0.1:7687', user: 'me', password: 'a/b' },
    kafka: { brokers: ['one:9092', 'two:9092'] },
    temporal: { address: 'there:7233' },
  });
});

test('a password may be in a variable of its own', () => {
  const env = { QMTL_TEST_NEO4J_DSN: 'bolt://localhost:7687', QMTL_TEST_NEO4J_PASSWORD: 'secret' };
  expect(givenEngines(env)).toEqual({
    neo4j: { dsn: 'bolt://localhost:7687', user: 'neo4j', password: 'secret' },
  });
});

test('an empty variable names no engine', () => {
  expect(givenEngines({ QMTL_TEST_KAFKA_DSN: '' })).toEqual({});
});
