import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { type RunningTemporal, startTemporal } from '../../devstack/temporal/server.js';
import { searchAttributeTypes } from '../../workflows/contract.js';
import { NodeProcess } from '../stack/processes.js';
import { surroundings } from './control-plane.js';

let temporal: RunningTemporal | undefined;
beforeAll(async () => {
  temporal = await startTemporal({
    need: 'workflows',
    env: process.env,
    ui: false,
    searchAttributes: searchAttributeTypes,
    report: () => {},
  });
});
afterAll(() => temporal?.stop());

/** A process in the dev profile, and its URLs. */
async function started(command: 'api', env: Readonly<Record<string, string>> = {}) {
  const given = { TEMPORAL_ADDRESS: temporal?.address, ...env };
  const running = NodeProcess.qmtl([command], { ...surroundings, ...given });
  onTestFinished(async () => void (await running.stop('SIGKILL')));
  await running.line(/^ready$/);
  const url = (name: string) =>
    running.output
      .find((line) => line.startsWith(name))
      ?.split(/ +/)
      .at(-1) ?? '';
  return { running, api: url('API'), operations: url('health and metrics') };
}

async function answer(url: string): Promise<[number, string]> {
  const response = await fetch(url);
  return [response.status, await response.text()];
}

const patience = { timeout: 30_000, interval: 200 };

test('an API that ends answers until load balancers have seen that it is not ready', async () => {
  const { running, api, operations } = await started('api', { QMTL_API_DRAIN_SECONDS: '300' });
  expect(await answer(`${operations}/readyz`)).toEqual([200, 'ok\n']);
  running.signal('SIGTERM');
  await vi.waitFor(async () => {
    expect(await answer(`${operations}/readyz`)).toEqual([503, 'the process ends\n']);
  }, patience);
  expect(await answer(`${operations}/healthz`)).toEqual([200, 'ok\n']);
  expect((await answer(`${api}/status`))[0]).toBe(200);
  expect(await running.stop('SIGTERM')).toMatchObject({ code: 130 });
});

test('no proxy is asked for the way to this machine', async () => {
  const proxy = 'http://127.0.0.1:9';
  const { api } = await started('api', { grpc_proxy: proxy, https_proxy: proxy, http_proxy: proxy });
  expect(JSON.parse((await answer(`${api}/status`))[1])).toMatchObject({ status: 'ok' });
});

test('without Temporal the status shows it, and the API serves what it reads', async () => {
  const { api, operations } = await started('api');
  const dependencies = async () => JSON.parse((await answer(`${api}/status`))[1]);
  expect(await dependencies()).toMatchObject({ status: 'ok' });
  await temporal?.stop();
  temporal = undefined;
  await vi.waitFor(async () => {
    expect(await dependencies()).toMatchObject({
      status: 'degraded',
      dependencies: [{ name: 'graph' }, { name: 'broker' }, { name: 'temporal', ok: false }],
    });
  }, patience);
  expect(await answer(`${operations}/readyz`)).toEqual([200, 'ok\n']);
});
