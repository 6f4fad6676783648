import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { causeIn, javaArguments } from '../../../devstack/java/engine.js';
import { javaFile } from '../../../devstack/java/program.js';
import type { StackFolder } from '../../../devstack/supervisor/folder.js';
import {
  kafkaEngine,
  kafkaProgram,
  kafkaProperties,
  propertiesText,
} from '../../../devstack/supervisor/kafka-server.js';
import { neo4jEngine, neo4jHeapMb, neo4jProgram } from '../../../devstack/supervisor/neo4j-server.js';
import { scratchFolder } from '../scratch-folder.js';

const folderAt = (path: string): StackFolder => ({
  path,
  state: {
    version: 1,
    clusterId: 'AAAAAAAAAAAAAAAAAAAAAQ',
    ports: { neo4j: 1, kafka: 2, kafkaController: 3, temporal: 4, temporalUi: 5 },
  },
  passwordFile: `${path}/neo4j-password`,
  password: 'not-to-be-seen',
  lost: new AbortController().signal,
  close: () => Promise.resolve(),
});

describe('Kafka', () => {
  test('Kafka listens on the loopback interface only, at the address it advertises', () => {
    const properties = kafkaProperties(folderAt('/data'));
    expect(properties.listeners).toBe('PLAINTEXT://127.0.0.1:2,CONTROLLER://127.0.0.1:3');
    expect(properties['advertised.listeners']).toBe('PLAINTEXT://127.0.0.1:2');
    expect(properties['controller.quorum.voters']).toBe('1@127.0.0.1:3');
    expect(properties['log.dirs']).toBe('/data/kafka/data');
  });

  test('Kafka keeps one copy of each of its internal topics', () => {
    const replicas = Object.entries(kafkaProperties(folderAt('/data'))).filter(([key]) =>
      /replication\.factor$|\.min\.isr$|min\.insync\.replicas$/.test(key),
    );
    expect(replicas).toHaveLength(7);
    expect(new Set(replicas.map(([, value]) => value))).toEqual(new Set(['1']));
  });

  test('Kafka settings with a backslash are escaped', () => {
    expect(propertiesText({ a: '1', 'log.dirs': 'C:\\data' })).toBe('a=1\nlog.dirs=C:\\\\data\n');
  });

  test('the arguments of Kafka are its properties file and cluster id, with a limited heap', () => {
    const folder = scratchFolder();
    const args = javaArguments(
      kafkaEngine(folderAt(folder), () => undefined, { heapMb: 512, replicasMax: 1, by: 'heap' }),
      '/jars/*',
    );
    expect(args.slice(-3)).toEqual([
      'KafkaDev',
      `${folder}/kafka/server.properties`,
      'AAAAAAAAAAAAAAAAAAAAAQ',
    ]);
    expect(args).toEqual(expect.arrayContaining(['-Xmx512m', '-XX:+UseSerialGC', '-cp', '/jars/*']));
  });
});

describe('Neo4j', () => {
  test.each([
    [64_000, 1_024],
    [3_000, 750],
    [1_000, 512],
  ])('on a machine with %i MB the heap of Neo4j has %i MB', (memoryMb, heapMb) => {
    expect(neo4jHeapMb(memoryMb)).toBe(heapMb);
  });

  test('the arguments of Neo4j name the file of its password, never the password', () => {
    const folder = scratchFolder();
    const args = javaArguments(
      neo4jEngine(folderAt(folder), () => undefined),
      '/jars/*',
    );
    expect(args.slice(-4)).toEqual(['Neo4jDev', `${folder}/neo4j`, '1', `${folder}/neo4j-password`]);
    expect(args.join(' ')).not.toContain('not-to-be-seen');
  });
});

test.each([
  ['neo4j', neo4jProgram.version],
  ['kafka_2.13', kafkaProgram.version],
])('%s has the version in pom.xml', (artifact, version) => {
  expect(readFileSync(javaFile('pom.xml'), 'utf8')).toContain(
    `<artifactId>${artifact}</artifactId><version>${version}</version>`,
  );
});

test.each([
  [
    [
      'start',
      'Exception in thread "main" A: b',
      '\tat X.main(X.java:1)',
      'Caused by: C: the lock is held',
      '\t... 3 more',
    ],
    'C: the lock is held',
  ],
  [['first', 'Error: no class', '\tat X'], 'Error: no class'],
  [[], 'it printed nothing'],
])('the cause in %j is found', (output, cause) => {
  expect(causeIn(output)).toBe(cause);
});
