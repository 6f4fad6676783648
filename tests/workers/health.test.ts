import { expect, onTestFinished, test, vi } from 'vitest';
import { QmtlError } from '../../domain/base/errors.js';
import { probeMs, startHealthServer } from '../../workers/health.js';
import { silentTelemetry } from '../silent-telemetry.js';

async function opened(ready: () => Promise<void>, port = 0, text?: () => Promise<string>) {
  const { metrics: silent } = silentTelemetry();
  const metrics = text === undefined ? silent : { ...silent, text };
  const server = await startHealthServer({ host: '127.0.0.1', port, metrics, ready });
  onTestFinished(() => server.close());
  return server.url;
}

async function answer(url: string, init?: RequestInit): Promise<[number, string]> {
  const response = await fetch(url, init);
  return [response.status, await response.text()];
}

test('a running process is healthy, even when it is not ready', async () => {
  const url = await opened(() => Promise.reject(new QmtlError('E_GRAPH_UNAVAILABLE', 'the graph is away')));
  expect(await answer(`${url}/healthz`)).toEqual([200, 'ok\n']);
  expect(await answer(`${url}/readyz`)).toEqual([503, 'the graph is away\n']);
});

test('the text of an error outside the catalogue is not shown', async () => {
  const url = await opened(() => Promise.reject(new Error('bolt://user:secret@host')));
  expect(await answer(`${url}/readyz`)).toEqual([503, 'not ready\n']);
});

test('metrics are served for Prometheus, other paths are not found', async () => {
  const url = await opened(async () => {});
  expect(await answer(`${url}/readyz`)).toEqual([200, 'ok\n']);
  const [status, text] = await answer(`${url}/metrics`);
  expect([status, text]).toEqual([200, expect.stringContaining('qmtl_build_info')]);
  expect(await answer(`${url}/other`)).toEqual([404, expect.any(String)]);
  expect(await answer(`${url}/%zz`)).toEqual([404, expect.any(String)]);
  expect(await answer(`${url}/metrics`, { method: 'POST' })).toEqual([405, 'only GET\n']);
});

test('a port in use is reported by name', async () => {
  const url = await opened(async () => {});
  await expect(opened(async () => {}, Number(new URL(url).port))).rejects.toMatchObject({
    code: 'E_PORT_IN_USE',
    hint: expect.stringContaining('QMTL_WORKER_PORT'),
  });
});

test('what is answered is plain text, and a refused method hears of the others', async () => {
  const url = await opened(async () => {});
  const refused = await fetch(`${url}/healthz`, { method: 'DELETE' });
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  for (const path of ['/healthz', '/readyz', '/other']) {
    const { headers } = await fetch(`${url}${path}`);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
  }
  expect(await answer(`${url}/healthz`, { method: 'HEAD' })).toEqual([200, '']);
});

test('the text of metrics that fail is not shown', async () => {
  const failing = () => Promise.reject(new Error('bolt://user:secret@host'));
  const url = await opened(async () => {}, 0, failing);
  expect(await answer(`${url}/metrics`)).toEqual([500, 'not available\n']);
});

test('a process whose stores do not answer is not ready, and says so', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  let onProbe = () => {};
  const probed = new Promise<void>((resolve) => {
    onProbe = resolve;
  });
  const url = await opened(() => {
    onProbe();
    return new Promise(() => {});
  });
  const answered = answer(`${url}/readyz`);
  await probed;
  await vi.advanceTimersByTimeAsync(probeMs);
  expect(await answered).toEqual([503, `no answer in ${probeMs} ms\n`]);
});
