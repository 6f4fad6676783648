import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { freePort } from '../../devstack/process/free-port.js';
import { stackPaths } from '../../devstack/supervisor/folder.js';
import { fakeIo, folderWith, run, runJson, runWith } from './fake-io.js';

const env = process.env;
const folder = folderWith();
const statusSchema = z.object({
  up: z.boolean(),
  pid: z.int(),
  parts: z.array(
    z.object({
      part: z.string(),
      state: z.string(),
      pid: z.int().optional(),
      memory_bytes: z.int().optional(),
    }),
  ),
});

const stack = (...args: readonly string[]) => run(['stack', ...args, '--folder', folder], { env });
const status = async () =>
  statusSchema.parse(await runJson(['stack', 'status', '--folder', folder], { env }));

afterAll(() => stack('down'));

test('a stack in the background is started, repaired and stopped', async () => {
  const ports: string[] = [];
  for (const name of ['neo4j', 'kafka', 'kafka-controller', 'temporal', 'temporal-ui']) {
    ports.push(`--${name}-port`, String(await freePort()));
  }
  const up = await stack('up', ...ports);
  const password = readFileSync(stackPaths(folder).password, 'utf8').trim();
  expect([up.exitCode, up.out]).toEqual([0, expect.stringContaining('export QMTL_NEO4J_PASSWORD_FILE=')]);
  expect(`${up.out}${up.err}`).not.toContain(password);

  const first = await status();
  expect(first.up).toBe(true);
  expect(first.parts.every(({ memory_bytes: bytes = 0 }) => bytes > 10_000_000)).toBe(true);

  expect((await stack('up')).err).toContain('already up');
  expect((await stack('reset')).exitCode).toBe(2);

  const victim = first.parts.find(({ part }) => part === 'neo4j')?.pid ?? 0;
  expect(victim).toBeGreaterThan(0);
  process.kill(victim, 'SIGKILL');
  await expect.poll(async () => (await stack('status')).exitCode, { timeout: 20_000 }).toBe(3);
  expect((await stack('up')).exitCode).toBe(0);
  const mended = await status();
  expect([mended.up, mended.pid]).toEqual([true, first.pid]);
  expect((await stack('logs', 'stack')).out).toContain('neo4j ended with code');

  expect(await stack('down')).toMatchObject({ exitCode: 0, out: expect.stringContaining('stopped') });
  expect((await stack('status')).exitCode).toBe(3);
});

test('the servers of a stack end when its process is killed, and `up` starts them again', async () => {
  expect((await stack('up')).exitCode).toBe(0);
  process.kill((await status()).pid, 'SIGKILL');
  expect((await stack('up')).exitCode).toBe(0);
  expect((await status()).up).toBe(true);
  await stack('down');
});

test('Ctrl-C while a stack starts leaves nothing behind', async () => {
  const io = fakeIo({ env });
  const running = runWith(io, ['stack', 'up', '--folder', folder]);
  await expect.poll(() => io.notes.join('\n'), { timeout: 60_000 }).toContain('starting Kafka');
  io.interrupt();
  expect((await running).exitCode).toBe(130);
  const { out } = await stack('status');
  expect(out).toContain('nothing runs');
});
