import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { Kafka, logLevel } from 'kafkajs';
import { auth, driver as neo4jDriver } from 'neo4j-driver';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import type { Report } from '../../../devstack/process/progress.js';
import { type PartName, partNames } from '../../../devstack/supervisor/folder.js';
import { type Stack, type StartStackOptions, startStack } from '../../../devstack/supervisor/stack.js';
import { searchAttributeTypes } from '../../../workflows/contract.js';
import type { Engines } from '../../stack/engines.js';
import { lastingFolder } from '../scratch-folder.js';

/** Writes something into an engine, and checks that it exists. */
interface Mark {
  write(engines: Engines): Promise<void>;
  isThere(engines: Engines): Promise<boolean>;
}

const topic = 'mark';
const workflowId = 'mark';

const marks: Readonly<Record<PartName, Mark>> = {
  neo4j: {
    write: async (engines) => {
      await query(engines, 'CREATE (:Mark {of: 1})');
    },
    isThere: async (engines) => (await query(engines, 'MATCH (m:Mark {of: 1}) RETURN m')) === 1,
  },
  kafka: {
    write: (engines) =>
      withKafka(engines, async (kafka) => {
        const admin = kafka.admin();
        await admin.connect();
        await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: false });
        await admin.disconnect();
        const producer = kafka.producer({ idempotent: true, transactionalId: 'mark' });
        await producer.connect();
        const transaction = await producer.transaction();
        await transaction.send({ topic, messages: [{ value: 'mark' }] });
        await transaction.commit();
        await producer.disconnect();
      }),
    isThere: (engines) =>
      withKafka(engines, async (kafka) => {
        const admin = kafka.admin();
        await admin.connect();
        const [offsets] = await admin.fetchTopicOffsets(topic);
        await admin.disconnect();
        // One record, and the marker that its transaction was committed.
        return offsets?.high === '2';
      }),
  },
  temporal: {
    write: (engines) =>
      withTemporal(engines, async (client) => {
        await client.workflow.start('waits', { taskQueue: 'nobody', workflowId });
      }),
    isThere: (engines) =>
      withTemporal(engines, async (client) => {
        const { status } = await client.workflow.getHandle(workflowId).describe();
        return status.name === 'RUNNING';
      }),
  },
};

describe('a stack', () => {
  const folder = lastingFolder();
  let stack: Stack;
  const start = (options: Partial<StartStackOptions> = {}): Promise<Stack> =>
    startStack({
      folder,
      env: process.env,
      report: () => undefined,
      searchAttributes: searchAttributeTypes,
      ui: true,
      ...options,
    });
  const groups = () => partNames.map((part) => stack.groupOf(part) ?? 0);
  const expectMarks = async () => {
    for (const part of partNames) expect([part, await marks[part].isThere(stack)]).toEqual([part, true]);
  };

  beforeAll(async () => {
    stack = await start();
    for (const part of partNames) await marks[part].write(stack);
  });
  afterAll(() => stack.stop());

  test('a stack keeps data and addresses when its parts are killed', async () => {
    const before = groups();
    for (const part of partNames) await stack.kill(part);
    expect(groups()).toEqual([0, 0, 0]);
    await untilGone(before);
    await Promise.all(partNames.map((part) => stack.start(part)));
    await expectMarks();
  });

  test('a stack keeps data when its parts restart', async () => {
    const before = groups();
    await Promise.all(partNames.map((part) => stack.restart(part)));
    expect(groups().filter((group) => before.includes(group))).toEqual([]);
    await expectMarks();
  });

  test('a stack reports which part ended by itself', async () => {
    process.kill(-(stack.groupOf('temporal') ?? 0), 'SIGKILL');
    expect((await stack.ended).part).toBe('temporal');
    expect(stack.groupOf('temporal')).toBeUndefined();
    await stack.start('temporal');
  });

  test('Neo4j of a stack refuses a wrong password', async () => {
    const wrong = { ...stack, neo4j: { ...stack.neo4j, password: 'neo4j' } };
    await expect(query(wrong, 'RETURN 1')).rejects.toMatchObject({
      code: 'Neo.ClientError.Security.Unauthorized',
    });
  });

  test('a stack serves the UI of Temporal', async () => {
    const answer = await fetch(stack.temporal.uiUrl ?? '');
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('<html')]);
  });

  test('a second stack in the same folder is refused', async () => {
    await expect(start()).rejects.toMatchObject({ code: 'E_FILE' });
    await expectMarks();
  });

  test('a stack leaves no process when it is stopped or a start fails, and keeps its data', async () => {
    const before = groups();
    await stack.stop();
    await untilGone(before);

    const taken = createServer().listen(Number(stack.temporal.address.split(':')[1]), '127.0.0.1');
    await once(taken, 'listening');
    await expect(start()).rejects.toMatchObject({
      code: 'E_PORT_IN_USE',
      hint: expect.stringContaining('--temporal-port'),
    });
    await once(taken.close(), 'close');

    const abort = new AbortController();
    // Some parts are starting then, and one may run.
    const report: Report = ({ text }) => {
      if (text.startsWith('starting Kafka')) abort.abort(new Error('interrupted'));
    };
    await expect(start({ report, signal: abort.signal })).rejects.toThrow('interrupted');

    stack = await start();
    await expectMarks();
  });
});

test('the engines that all tests share answer', async () => {
  const engines = inject('engines');
  expect(await query(engines, 'RETURN 1')).toBe(1);
  const brokers = await withKafka(engines, async (kafka) => {
    const admin = kafka.admin();
    await admin.connect();
    const cluster = await admin.describeCluster();
    await admin.disconnect();
    return cluster.brokers.length;
  });
  expect(brokers).toBeGreaterThan(0);
  await expect(
    withTemporal(engines, async ({ connection }) => connection.ensureConnected()),
  ).resolves.toBeUndefined();
});

/** Runs a query and returns the number of its records. */
async function query({ neo4j }: Engines, cypher: string): Promise<number> {
  const driver = neo4jDriver(neo4j.dsn, auth.basic(neo4j.user, neo4j.password));
  try {
    return (await driver.executeQuery(cypher)).records.length;
  } finally {
    await driver.close();
  }
}

function withKafka<T>({ kafka }: Engines, action: (kafka: Kafka) => Promise<T>): Promise<T> {
  return action(new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING }));
}

async function withTemporal<T>({ temporal }: Engines, action: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: temporal.address });
  try {
    return await action(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

/** A killed process ends after a moment, and stays listed as a zombie until its parent collects it. */
async function untilGone(groups: readonly number[]): Promise<void> {
  const living = () =>
    execFileSync('ps', ['-A', '-o', 'pgid=,stat='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([group, state]) => groups.includes(Number(group)) && !state?.startsWith('Z'));
  await vi.waitUntil(() => living().length === 0, { timeout: 30_000, interval: 50 });
}
