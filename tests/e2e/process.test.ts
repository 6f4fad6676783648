import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../devstack/process/free-port.js';
import { type RunningTemporal, startTemporal } from '../../devstack/temporal/server.js';
import { startControlPlane } from '../../workers/control-plane.js';
import { memoryStores } from '../../workers/stores/stores.js';
import { connectWorker, installTemporalRuntime } from '../../workers/worker.js';
import { searchAttributeTypes } from '../../workflows/contract.js';
import { folderWith, type Outcome } from '../cli/fake-io.js';
import { strategyProject } from '../cli/strategy-project.js';
import { silentTelemetry } from '../silent-telemetry.js';
import { surroundings } from './control-plane.js';

/** The built command, as a user starts it. */
const entry = resolve(import.meta.dirname, '../../dist/cli/qmtl.js');
const listeners: Server[] = [];
afterEach(() => {
  for (const listener of listeners.splice(0)) listener.close();
});

let server: RunningTemporal | undefined;
beforeAll(async () => {
  server = await startTemporal({
    need: 'workflows',
    env: process.env,
    ui: false,
    searchAttributes: searchAttributeTypes,
    report: () => {},
  });
});
afterAll(() => server?.stop());

/** A Temporal server without a worker. */
function temporal(): RunningTemporal {
  if (server === undefined) throw new Error('the Temporal server has not started');
  return server;
}

type Started = ChildProcessByStdio<null, Readable, Readable>;

function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = folderWith(),
): Started {
  return spawn(process.execPath, [entry, ...args], {
    cwd,
    env: { ...surroundings, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function ended(child: Started): Promise<Outcome> {
  const [out, err, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { exitCode, out, err };
}

function finished(...started: Parameters<typeof start>): Promise<Outcome> {
  return ended(start(...started));
}

/** Presses Ctrl-C, once or more often, when a line of standard output appears; returns the outcome. */
async function interrupted(child: Started, sign: RegExp, times = 1): Promise<Outcome> {
  const err = text(child.stderr);
  const exit = once(child, 'exit');
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (!sign.test(line)) continue;
    for (let time = 0; time < times; time += 1) child.kill('SIGINT');
  }
  const [exitCode] = await exit;
  return { exitCode, out: lines.join('\n'), err: await err };
}

/** A port in use. */
async function takenPort(): Promise<string> {
  const listener = createServer();
  listeners.push(listener);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  return String(address !== null && typeof address === 'object' ? address.port : 0);
}

describe('the exit code', () => {
  test('the exit code is 0 after success', async () => {
    expect(await finished(['compute-key', '--node', 'n', '--world', 'w'])).toMatchObject({
      exitCode: 0,
      err: '',
    });
  });

  test('the exit code is 1 when a strategy fails', async () => {
    const unlucky = `import { csv, days, node, source, strategy } from 'qmtl';
const price = source('p', { type: 'Price', interval: days(1), output: { close: 'float64' }, data: csv(new URL('./prices.csv', import.meta.url)) });
const position = node('position', { inputs: { price }, compute: (view) => { if (view.price.close.at(-1) > 0) throw new Error('no luck'); return 1; } });
export default strategy('unlucky', { outputs: { position } });
`;
    const { exitCode, err } = await finished(
      ['run', 'unlucky.ts'],
      {},
      strategyProject({ 'unlucky.ts': unlucky }),
    );
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^E_COMPUTE: .*no luck/);
  });

  test('the exit code is 2 when the input is refused', async () => {
    expect(await finished(['status', 'A B', '--output', 'json'])).toMatchObject({
      exitCode: 2,
      out: '',
      err: expect.stringContaining('"code": "E_USAGE"'),
    });
  });

  test('the exit code is 3 when no Temporal server answers', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const submit = ['submit', resolve('examples/momentum.ts'), '--world', 'w'];
    expect(await finished(submit, { TEMPORAL_ADDRESS: address })).toEqual({
      exitCode: 3,
      out: '',
      err: `E_TEMPORAL_UNAVAILABLE: the Temporal server refuses connections, at ${address}\n→ check that it runs and listens at temporal.address (TEMPORAL_ADDRESS), or start one with \`qmtl up\`\n`,
    });
  });

  test('the exit code is 3 when no API answers', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { exitCode, err } = await finished(['queues'], { QMTL_API_URL: url });
    expect([exitCode, err.split('\n')[0]]).toEqual([
      3,
      `E_API_UNAVAILABLE: the QMTL API does not answer at ${url}`,
    ]);
  });
});

describe('a port in use', () => {
  test.each([
    [['codec-server'], 'QMTL_CODEC_SERVER_PORT', 'the codec server'],
    [['up'], 'QMTL_CODEC_SERVER_PORT', 'the codec server'],
    [['up'], 'QMTL_API_PORT', 'the API'],
    [['up'], 'QMTL_API_OPERATIONS_PORT', 'health and metrics'],
    [['api'], 'QMTL_API_OPERATIONS_PORT', 'the API'],
    [['worker'], 'QMTL_WORKER_PORT', 'the worker'],
  ])(
    'a port in use for %j, given as %s, is named with a hint how to choose another one',
    async (args, variable, name) => {
      const port = await takenPort();
      const { exitCode, out, err } = await finished(args, { [variable]: port });
      expect([exitCode, out]).toEqual([3, '']);
      expect(err).toMatch(new RegExp(`^E_PORT_IN_USE: port ${port}\\b.*${name}`, 'i'));
      expect(err).toContain(variable);
    },
  );

  test.each([['--temporal-port'], ['--temporal-ui-port']])(
    'a port in use, given with %s, is refused',
    async (option) => {
      const port = await takenPort();
      const { exitCode, err } = await finished(['up', option, port]);
      expect([exitCode, err]).toEqual([
        3,
        expect.stringMatching(
          new RegExp(
            `^E_PORT_IN_USE: port \\d+, wanted for .*Temporal.*\n→ choose another one with ${option},`,
          ),
        ),
      ]);
    },
  );
});

describe('without a worker', () => {
  test('a submission without a worker fails after its timeout, and is joined once a worker runs', async () => {
    const env = { TEMPORAL_ADDRESS: temporal().address };
    const cwd = strategyProject();
    const submit = ['submit', 'small.ts', '--world', 'w', '--domain', 'live', '--output', 'json'];
    const waiting = await finished([...submit, '--timeout', '1'], env, cwd);
    expect([waiting.exitCode, waiting.out]).toEqual([3, '']);
    expect(JSON.parse(waiting.err)).toMatchObject({
      error: { code: 'E_TEMPORAL_UNAVAILABLE', message: 'no worker accepted the submission in 1 s' },
    });

    installTemporalRuntime({ level: 'error', log: () => {} });
    const connection = await connectWorker({ address: env.TEMPORAL_ADDRESS, namespace: 'default' }, () => {});
    const stores = memoryStores(Date.now);
    const { namespace } = temporal();
    const worker = await startControlPlane({
      connection,
      namespace,
      ...stores,
      namespacePolicy: 'world-domain',
      telemetry: silentTelemetry(),
      now: Date.now,
    });
    const joined = await finished([...submit, '--wait'], env, cwd);
    await worker.drain();
    await connection.close();
    expect(joined).toMatchObject({ exitCode: 0, err: '' });
    expect(JSON.parse(joined.out)).toMatchObject({ strategy_id: 'small', created: 3, joined: true });
  });
});

describe('the end of a process', () => {
  test('Ctrl-C in the middle of the demo has exit code 130, and leaves no folder and no server', async () => {
    const TMPDIR = folderWith();
    const { exitCode, out, err } = await interrupted(start(['demo'], { TMPDIR }), /^1\. Strategy A/);
    expect([exitCode, err]).toEqual([130, expect.any(String)]);
    expect(err).toMatch(/^E_INTERRUPTED: the demo was stopped; its servers and files were removed$/m);
    expect(readdirSync(TMPDIR).filter((name) => name.startsWith('qmtl-'))).toEqual([]);
    const address = / at (127\.0\.0\.1:\d+)$/m.exec(out)?.[1] ?? 'none';
    await expect(fetch(`http://${address}`)).rejects.toThrow('fetch failed');
  });

  test('a second Ctrl-C leaves no folder either', async () => {
    const TMPDIR = folderWith();
    const child = start(['demo'], { TMPDIR });
    const { exitCode } = await interrupted(child, /^1\. Strategy A/, 2);
    expect(exitCode).toBe(130);
    expect(readdirSync(TMPDIR).filter((name) => name.startsWith('qmtl-'))).toEqual([]);
  });

  test('output that a full disk refuses has exit code 2', async () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [entry, 'export-schema'], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    closeSync(full);
    expect([status, stderr]).toEqual([
      2,
      'E_FILE: standard output cannot be written: no space is left on the device\n',
    ]);
  });

  test('a reader that closes the pipe early does not cause an error', async () => {
    const child = start(['--help']);
    child.stdout.destroy();
    const [err, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect([exitCode, err]).toEqual([0, '']);
  });
});
