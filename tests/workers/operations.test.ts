import { expect, onTestFinished, test, vi } from 'vitest';
import { QmtlError } from '../../domain/base/errors.js';
import {
  graphNeed,
  type Need,
  probeMs,
  Readiness,
  readinessKeptMs,
  startOperations,
} from '../../workers/operations.js';
import { silentTelemetry } from '../silent-telemetry.js';

const owner = { owner: 'the worker', hint: 'choose QMTL_WORKER_PORT' };

async function opened(readiness: Readiness, port = 0, text?: () => Promise<string>) {
  const { metrics: silent } = silentTelemetry();
  const metrics = text === undefined ? silent : { ...silent, text };
  const server = await startOperations({ host: '127.0.0.1', port, ...owner, metrics, readiness });
  onTestFinished(() => server.close());
  return server.url;
}

async function answer(url: string, init?: RequestInit): Promise<[number, string]> {
  const response = await fetch(url, init);
  return [response.status, await response.text()];
}

function running(needs: readonly Need[] = [], now = () => 0): Readiness {
  const readiness = new Readiness();
  readiness.running(() => undefined, needs, now);
  return readiness;
}

const graph = (ask: () => Promise<unknown>) => running([{ name: 'graph', ask }]);

test('a process is alive whatever its dependencies do, and looks at none of them', async () => {
  let asked = 0;
  const url = await opened(
    graph(() => {
      asked += 1;
      return new Promise(() => {});
    }),
  );
  expect(await answer(`${url}/healthz`)).toEqual([200, 'ok\n']);
  expect(asked).toBe(0);
});

test('liveness is never limited, however often it is asked', async () => {
  const url = await opened(running());
  const statuses = await Promise.all(Array.from({ length: 300 }, () => answer(`${url}/healthz`)));
  expect(new Set(statuses.map(([status]) => status))).toEqual(new Set([200]));
});

test('a process is ready from its start to its end, while it can work and its needs answer', async () => {
  const readiness = new Readiness();
  const url = await opened(readiness);
  expect(await answer(`${url}/readyz`)).toEqual([503, 'the process starts\n']);
  let fault: string | undefined = 'the worker does not poll';
  readiness.running(
    () => fault,
    [{ name: 'graph', ask: async () => {} }],
    () => 0,
  );
  expect(await answer(`${url}/readyz`)).toEqual([503, 'the worker does not poll\n']);
  fault = undefined;
  expect(await answer(`${url}/readyz`)).toEqual([200, 'ok\n']);
  readiness.ending('the process ends');
  expect(await answer(`${url}/readyz`)).toEqual([503, 'the process ends\n']);
  expect(await answer(`${url}/healthz`)).toEqual([200, 'ok\n']);
});

test('a need that is away is named; the text of an error outside the catalogue is not shown', async () => {
  const away = {
    name: 'graph',
    ask: () => Promise.reject(new QmtlError('E_GRAPH_UNAVAILABLE', 'it is away')),
  };
  const secret = { name: 'temporal', ask: () => Promise.reject(new Error('bolt://user:secret@host')) };
  const url = await opened(running([away, secret]));
  expect(await answer(`${url}/readyz`)).toEqual([503, 'graph: it is away\ntemporal: not ready\n']);
});

test('needs are asked once per second, however many probes there are', async () => {
  let at = 0;
  let asked = 0;
  const ask = async () => {
    asked += 1;
  };
  const url = await opened(running([{ name: 'graph', ask }], () => at));
  for (let probe = 0; probe < 20; probe += 1) await answer(`${url}/readyz`);
  expect(asked).toBe(1);
  at = readinessKeptMs;
  await answer(`${url}/readyz`);
  expect(asked).toBe(2);
});

test('the graph is asked for no row', async () => {
  const asked: unknown[] = [];
  const nodesByIds = async (ids: readonly unknown[]) => {
    asked.push(ids);
    return [];
  };
  await graphNeed({ nodesByIds }).ask();
  expect(asked).toEqual([[]]);
});

test('metrics are served for Prometheus, other paths are not found', async () => {
  const url = await opened(running());
  const [status, text] = await answer(`${url}/metrics`);
  expect([status, text]).toEqual([200, expect.stringContaining('qmtl_build_info')]);
  expect(await answer(`${url}/other`)).toEqual([404, expect.any(String)]);
  expect(await answer(`${url}/%zz`)).toEqual([404, expect.any(String)]);
  expect(await answer(`${url}/metrics`, { method: 'POST' })).toEqual([405, 'only GET\n']);
});

test('a port in use is reported by name', async () => {
  const url = await opened(running());
  await expect(opened(running(), Number(new URL(url).port))).rejects.toMatchObject({
    code: 'E_PORT_IN_USE',
    message: expect.stringContaining(owner.owner),
    hint: owner.hint,
  });
});

test('what is answered is plain text, and a refused method hears of the others', async () => {
  const url = await opened(running());
  const refused = await fetch(`${url}/healthz`, { method: 'DELETE' });
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  for (const path of ['/healthz', '/healthz/', '/readyz', '/other']) {
    const { headers } = await fetch(`${url}${path}`);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
  }
  expect(await answer(`${url}/healthz`, { method: 'HEAD' })).toEqual([200, '']);
});

test('the text of metrics that fail is not shown', async () => {
  const failing = () => Promise.reject(new Error('bolt://user:secret@host'));
  const url = await opened(running(), 0, failing);
  expect(await answer(`${url}/metrics`)).toEqual([500, 'not available\n']);
});

test('a process whose stores do not answer is not ready, and says so', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  let onProbe = () => {};
  const probed = new Promise<void>((resolve) => {
    onProbe = resolve;
  });
  const url = await opened(
    graph(() => {
      onProbe();
      return new Promise(() => {});
    }),
  );
  const answered = answer(`${url}/readyz`);
  await probed;
  await vi.advanceTimersByTimeAsync(probeMs);
  expect(await answered).toEqual([503, `graph: no answer in ${probeMs} ms\n`]);
});
