import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connectionText, toConnection } from '../../cli/stack/connection.js';
import { openStackFolder, stackPaths } from '../../devstack/supervisor/folder.js';
import { fakeIo, folderWith, run, runJson, runWith } from './fake-io.js';

/** No test of this file starts a server. */
const env = { PATH: process.env.PATH, HOME: folderWith() };

describe('qmtl stack status', () => {
  test('qmtl stack status reports that nothing runs, and fails', async () => {
    const folder = folderWith();
    const { exitCode, out, err } = await run(['stack', 'status', '--folder', folder], { env });
    expect([exitCode, err]).toEqual([3, expect.stringContaining('not up: temporal, kafka, neo4j')]);
    expect(out).toContain('nothing runs');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('qmtl stack status shows ports and data of a stack that is down', async () => {
    const folder = folderWith({ 'neo4j/store': 'x'.repeat(10_000) });
    await (await openStackFolder(folder, { kafka: 19_092 })).close();
    const args = ['stack', 'status', '--folder', folder, '--output', 'json'];
    const { exitCode, out } = await run(args, { env });
    expect(exitCode).toBe(3);
    expect(JSON.parse(out)).toMatchObject({
      up: false,
      parts: [
        { part: 'temporal', state: 'down' },
        { part: 'kafka', state: 'down', port: 19_092, data_bytes: 0 },
        { part: 'neo4j', state: 'down', data_bytes: expect.any(Number) },
      ],
    });
  });
});

describe('qmtl stack up', () => {
  test('qmtl stack up names the port in use, and leaves nothing behind', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(address !== null && typeof address === 'object' ? address.port : 0);
      });
    });
    const folder = folderWith();
    const { exitCode, err } = await run(['stack', 'up', '--folder', folder, '--kafka-port', `${port}`], {
      env,
    });
    server.close();
    expect([exitCode, err]).toEqual([3, expect.stringContaining('E_PORT_IN_USE')]);
    expect(readdirSync(folder).filter((name) => /sock|lock/.test(name))).toEqual([]);
  });

  test.each([[[]], [['--foreground']]])(
    'qmtl stack up %j reports a missing JDK, and leaves nothing behind',
    async (more) => {
      const bin = folderWith();
      for (const tool of ['sh', 'sleep']) symlinkSync(join('/bin', tool), join(bin, tool));
      const folder = folderWith();
      const ports = await openStackFolder(folder);
      await ports.close();
      const { exitCode, err } = await run(['stack', 'up', '--folder', folder, ...more], {
        env: { PATH: bin, HOME: folderWith(), JAVA_HOME: '' },
      });
      expect(exitCode).toBe(3);
      expect(err).toMatch(
        /E_TOOL_MISSING: the (Neo4j server|Kafka broker) cannot be started here: there is no `java`/,
      );
      expect(err).toContain('install JDK 17 and Maven');
      expect(readdirSync(folder).filter((name) => /sock|lock/.test(name))).toEqual([]);
    },
  );

  test.each([
    [['--neo4j-port', '0'], 'It must be a whole number'],
    [['--folder', `/tmp/${'x'.repeat(100)}`], 'too long'],
  ])('qmtl stack up refuses %j', async (args, message) => {
    const { exitCode, err } = await run(['stack', 'up', ...args], { env });
    expect([exitCode, err]).toEqual([2, expect.stringContaining(message)]);
  });

  test('qmtl stack up refuses a folder that another stack uses', async () => {
    const folder = folderWith();
    const held = await openStackFolder(folder);
    const { exitCode, err } = await run(['stack', 'up', '--folder', folder], { env });
    await held.close();
    expect([exitCode, err]).toEqual([2, expect.stringContaining(`another stack (process ${process.pid})`)]);
  });
});

describe('qmtl stack down', () => {
  test('qmtl stack down succeeds when nothing runs', async () => {
    const folder = folderWith();
    expect(await runJson(['stack', 'down', '--folder', folder], { env })).toEqual({ folder, stopped: false });
  });
});

describe('qmtl stack reset', () => {
  test('qmtl stack reset requires --yes', async () => {
    const folder = folderWith({ 'neo4j/store': 'x' });
    const { exitCode, err } = await run(['stack', 'reset', '--folder', folder], { env });
    expect([exitCode, err]).toEqual([2, expect.stringContaining('--yes')]);
    expect(existsSync(join(folder, 'neo4j/store'))).toBe(true);
  });

  test('qmtl stack reset deletes the data of a stack and nothing else', async () => {
    const folder = folderWith({ 'kafka/data/x': '', 'thesis.txt': '' });
    await (await openStackFolder(folder)).close();
    const { exitCode } = await run(['stack', 'reset', '--yes', '--folder', folder], { env });
    expect([exitCode, readdirSync(folder)]).toEqual([0, ['thesis.txt']]);
  });

  test('qmtl stack reset refuses while the stack runs in another process', async () => {
    const folder = folderWith({ 'kafka/data/x': '' });
    const held = await openStackFolder(folder);
    // Also one that is suspended and so has not touched its lock for long.
    const before = Date.now() / 1000 - 60;
    utimesSync(stackPaths(folder).lock, before, before);
    const { exitCode, err } = await run(['stack', 'reset', '--yes', '--folder', folder], { env });
    await held.close();
    expect([exitCode, err]).toEqual([2, expect.stringContaining('`qmtl stack down`')]);
    expect(existsSync(join(folder, 'kafka/data/x'))).toBe(true);
  });
});

describe('qmtl stack logs', () => {
  test('qmtl stack logs shows the last lines of each part', async () => {
    const folder = folderWith({ 'logs/kafka.log': 'two\nthree\n', 'logs/kafka.log.1': 'zero\none\n' });
    const { out } = await run(['stack', 'logs', 'kafka', '--lines', '3', '--folder', folder], { env });
    expect(out).toBe('kafka | one\nkafka | two\nkafka | three');
    expect(await runJson(['stack', 'logs', '--lines', '1', '--folder', folder], { env })).toEqual({
      temporal: [],
      kafka: ['three'],
      neo4j: [],
      stack: [],
    });
  });

  test('qmtl stack logs follows new lines until Ctrl-C, even when a new log is started', async () => {
    const folder = folderWith();
    const path = stackPaths(folder).log('neo4j');
    mkdirSync(join(folder, 'logs'));
    appendFileSync(path, 'a long line before\n');
    const seen: string[] = [];
    const io = fakeIo({
      env,
      onResult: (text, own) => {
        seen.push(text);
        if (text.endsWith('before')) appendFileSync(path, 'one\n');
        if (text.endsWith('one')) writeFileSync(path, 'two\n');
        if (text.endsWith('two')) own.interrupt();
      },
    });
    await runWith(io, ['stack', 'logs', 'neo4j', '--follow', '--folder', folder]);
    expect(seen).toEqual(['neo4j | a long line before', 'neo4j | one', 'neo4j | two']);
  });

  test('qmtl stack logs refuses an unknown part', async () => {
    const { exitCode, err } = await run(['stack', 'logs', 'redis'], { env });
    expect([exitCode, err]).toEqual([2, expect.stringContaining('temporal, kafka, neo4j, stack')]);
  });
});

test('the lines of `qmtl stack up` pass on how many partition replicas Kafka has room for', () => {
  const ports = { neo4j: 1, kafka: 2, kafkaController: 3, temporal: 4, temporalUi: 5 };
  const text = connectionText(toConnection('/folder', ports, 19_300));
  expect(text).toContain('room for 19300 partition replicas');
  expect(text).toContain('export QMTL_KAFKA_REPLICAS_MAX=19300\n');
});
