import { expect, test } from 'vitest';
import { probeKeptMs, withSharedProbes } from '../../api/dependencies.js';
import { memoryGraphStore } from '../../graph/memory/store.js';
import { expectProblem, memoryDeps, openApi } from './api-fixture.js';

test('the public port serves no probes and no metrics, and says where they are', async () => {
  const { get } = await openApi();
  for (const path of ['/healthz', '/readyz', '/metrics', '/metrics/', '/readyz?verbose'])
    expectProblem(await get(path), 404, 'E_NOT_FOUND', { hint: /operations_port/ });
  expectProblem(await get('/healthz2'), 404, 'E_NOT_FOUND', { hint: /openapi/ });
});

test('a trailing slash changes nothing', async () => {
  const { get } = await openApi();
  for (const path of ['/status', '/v1/dag-manager/nodes', '/v1/gateway/strategies', '/openapi.json']) {
    const [plain, slash] = [await get(path), await get(`${path}/`)];
    expect([slash.statusCode, slash.body], path).toEqual([200, plain.body]);
  }
});

test('many requests for the status count the graph once per second', async () => {
  let at = 0;
  let counted = 0;
  const graph = memoryGraphStore();
  const totals = () => {
    counted += 1;
    return graph.totals();
  };
  const deps = withSharedProbes({ ...memoryDeps(graph), graph: { ...graph, totals } }, () => at);
  for (let ask = 0; ask < 10; ask += 1) await deps.graph.totals();
  expect(counted).toBe(1);
  at = probeKeptMs;
  await deps.graph.totals();
  expect(counted).toBe(2);
});

test('the status goes through the shared answers', async () => {
  let asked = 0;
  const { get } = await openApi({
    temporalHealth: async () => {
      asked += 1;
    },
  });
  await Promise.all([get('/status'), get('/status'), get('/status')]);
  expect(asked).toBe(1);
});
