import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../../devstack/process/free-port.js';
import type { Environment, Progress } from '../../../devstack/process/progress.js';
import { probeExternal } from '../../../devstack/temporal/external.js';
import { inspectTemporal } from '../../../devstack/temporal/inspect.js';
import {
  devServerArguments,
  type StartTemporalOptions,
  startTemporal,
} from '../../../devstack/temporal/server.js';
import { timeSkippingServer } from '../../workflows/time-skipping-server.js';
import { scratchFolder, writeScript } from '../scratch-folder.js';

/** Nothing listens on the discard port, so a download fails at once and no test asks a real host. */
const noHost = 'http://127.0.0.1:9';

describe('the flags of the dev server', () => {
  test('the dev server listens on the loopback interface, polls its queues fast and stores nothing', () => {
    expect(devServerArguments({ port: 7001, uiPort: undefined }, options({})).join(' ')).toBe(
      [
        'server start-dev --ip 127.0.0.1 --port 7001 --log-level error --namespace default --headless',
        '--dynamic-config-value system.enableActivityEagerExecution=true',
        '--dynamic-config-value history.transferProcessorMaxPollRPS=2000',
        '--dynamic-config-value history.timerProcessorMaxPollRPS=2000',
        '--dynamic-config-value history.visibilityProcessorMaxPollRPS=2000',
        '--dynamic-config-value history.outboundProcessorMaxPollRPS=2000',
      ].join(' '),
    );
  });

  test('the flags of the dev server include the options of the caller', () => {
    const asked = options(
      { TEMPORAL_NAMESPACE: 'desk' },
      {
        codecEndpoint: 'http://127.0.0.1:9000/codec',
        dbFilename: '/data/temporal.sqlite',
        searchAttributes: { QmtlStrategy: 'Keyword', QmtlWorlds: 'KeywordList' },
      },
    );
    const flags = devServerArguments({ port: 7001, uiPort: 8001 }, asked).join(' ');
    for (const flag of [
      '--namespace desk',
      '--ui-port 8001',
      '--ui-codec-endpoint http://127.0.0.1:9000/codec',
      '--db-filename /data/temporal.sqlite --sqlite-pragma journal_mode=WAL --sqlite-pragma synchronous=OFF',
      '--search-attribute QmtlStrategy=Keyword --search-attribute QmtlWorlds=KeywordList',
    ]) {
      expect(flags).toContain(flag);
    }
    expect(flags).not.toContain('--headless');
  });
});

describe('a server that TEMPORAL_ADDRESS names', () => {
  test('a TEMPORAL_ADDRESS where nothing listens is an error with a hint', async () => {
    const TEMPORAL_ADDRESS = `127.0.0.1:${await freePort()}`;
    await expect(startTemporal(options({ TEMPORAL_ADDRESS }))).rejects.toMatchObject({
      code: 'E_TEMPORAL_UNAVAILABLE',
      message: `no Temporal server answers at ${TEMPORAL_ADDRESS} (TEMPORAL_ADDRESS): the connection is refused`,
      hint: expect.stringContaining('unset it'),
    });
    const { ways, needs } = await inspectTemporal({ env: { TEMPORAL_ADDRESS } });
    expect(ways).toMatchObject([{ usable: false }]);
    expect(needs).toMatchObject([{ ready: 'no' }, { ready: 'no' }]);
  });

  test('a TEMPORAL_ADDRESS of another server is an error', async () => {
    const port = await listen((_, response) => void response.end('a web page'));
    await expect(probeExternal(`127.0.0.1:${port}`, 100)).rejects.toMatchObject({
      code: 'E_TEMPORAL_UNAVAILABLE',
      message: expect.stringContaining('not a Temporal server'),
    });
  });

  test.each(['localhost', ':7233', 'host:', 'host:0', 'host:70000', 'http://host:7233', 'a b:1'])(
    'a TEMPORAL_ADDRESS of %j is refused',
    async (TEMPORAL_ADDRESS) => {
      await expect(startTemporal(options({ TEMPORAL_ADDRESS }))).rejects.toMatchObject({ code: 'E_CONFIG' });
    },
  );
});

describe('a dev server that is found', () => {
  test.each(['port', 'uiPort'] as const)(
    'a dev server is not started when the wanted %s is in use',
    async (which) => {
      const port = await listen(() => undefined);
      const starting = startTemporal(options(machineWhereTemporal('exit 0'), { [which]: port }));
      await expect(starting).rejects.toMatchObject({
        code: 'E_PORT_IN_USE',
        message: expect.stringContaining(String(port)),
      });
    },
  );

  test('a dev server that ends at once is an error with its last output', async () => {
    const env = machineWhereTemporal('echo "database is locked" >&2; exit 1');
    await expect(startTemporal(options(env))).rejects.toMatchObject({
      code: 'E_TEMPORAL_UNAVAILABLE',
      message: expect.stringContaining('database is locked'),
      hint: expect.stringContaining('qmtl doctor'),
    });
  });

  test('a dev server whose port was taken meanwhile is started on another one', async () => {
    const env = machineWhereTemporal(
      'echo "$6" >> "$0.ports"; echo "bind: address already in use" >&2; exit 1',
    );
    await expect(startTemporal(options(env))).rejects.toThrow('address already in use');
    const tried = readFileSync(join(env.PATH, 'temporal.ports'), 'utf8').trim().split('\n');
    expect(tried).toEqual([1, 2, 3].map(() => expect.stringMatching(/^[1-9]\d+$/)));
  });

  test('a dev server is stopped when the caller aborts', async () => {
    const abort = new AbortController();
    const env = machineWhereTemporal('while :; do /bin/sleep 1; done');
    const report = (): void => abort.abort(new Error('interrupted'));
    await expect(startTemporal(options(env, { report, signal: abort.signal }))).rejects.toThrow(
      'interrupted',
    );
  });

  test('`qmtl doctor` says that an available dev server will be used', async () => {
    const env = machineWhereTemporal('exit 0');
    const { needs } = await inspectTemporal({ env, downloadOrigin: noHost });
    const detail = '`temporal` on PATH: server 1.29.1';
    expect(needs).toEqual([
      { need: 'workflows', ready: 'now', detail },
      { need: 'visibility', ready: 'now', detail },
    ]);
  });
});

describe('a `temporal` command that does not run', () => {
  test('a `temporal` command that does not run is skipped with a note that says why', async () => {
    const notes: string[] = [];
    const report = ({ kind, text }: Progress): void => void (kind === 'note' && notes.push(text));
    const env = bareMachine();
    writeScript(join(env.PATH, 'temporal'), 'exit 126');
    await expect(startTemporal(options(env, { report }))).rejects.toMatchObject({ code: 'E_TOOL_MISSING' });
    expect(notes[0]).toMatch(/`temporal` on PATH: .*temporal is not usable: .* failed with code 126/);
  });
});

describe('a machine without any of the tools', () => {
  test.each([
    ['workflows', ['official download', 'Java test server through Maven', 'go install']],
    ['visibility', ['official download', 'go install']],
  ] as const)(
    'a machine without any of the tools gets a list of the ways to a server for %s',
    async (need, noted) => {
      const notes: string[] = [];
      const report = ({ kind, text }: Progress): void => void (kind === 'note' && notes.push(text));
      const starting = startTemporal(options(bareMachine(), { need, report }));
      await expect(starting).rejects.toMatchObject({
        code: 'E_TOOL_MISSING',
        message: expect.stringMatching(
          /`temporal` on PATH: there is none\n(.*\n)*.*official download: .+\n(.*\n)*.*no `go`/,
        ),
        hint: expect.stringMatching(/TEMPORAL_ADDRESS.*Temporal CLI.*Go 1\.25/),
      });
      expect(notes.map((note) => note.split(':')[0])).toEqual(noted);
    },
  );

  test('a machine without any of the tools cannot run workflow tests, and the hint says what to install', async () => {
    const wanting = timeSkippingServer({ env: bareMachine(), report: () => undefined });
    await expect(wanting).rejects.toMatchObject({
      code: 'E_TOOL_MISSING',
      hint: 'to get it, install JDK 17 and Maven',
    });
  });

  test('`qmtl doctor` shows a machine without any of the tools', async () => {
    const { ways, needs } = await inspectTemporal({ env: bareMachine(), downloadOrigin: noHost });
    expect(ways.filter(({ usable }) => usable)).toEqual([]);
    expect(needs).toMatchObject([{ ready: 'no' }, { ready: 'no' }]);
    expect(needs[0]?.hint).toContain('JDK 17');
  });
});

function options(env: Environment, more: Partial<StartTemporalOptions> = {}): StartTemporalOptions {
  const quiet = { report: () => undefined, downloadOrigin: noHost };
  return { need: 'workflows', env, searchAttributes: {}, ...quiet, ...more };
}

/** A machine with only a `temporal` command; `does` is the script of its dev server. */
function machineWhereTemporal(does: string) {
  const folder = scratchFolder();
  const version =
    'if [ "$1" = --version ]; then echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"; exit; fi';
  writeScript(join(folder, 'bin', 'temporal'), `${version}\n${does}`);
  return { PATH: join(folder, 'bin'), QMTL_CACHE_DIR: join(folder, 'cache') };
}

function bareMachine() {
  const folder = scratchFolder();
  return { PATH: folder, QMTL_CACHE_DIR: join(folder, 'cache') };
}

async function listen(answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}
