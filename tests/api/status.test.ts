import { afterEach, expect, test, vi } from 'vitest';
import type { ApiDeps } from '../../api/deps.js';
import { QmtlError } from '../../domain/base/errors.js';
import { memoryGraphStore } from '../../graph/memory/store.js';
import { StatusResponseSchema } from '../../proto/gen/qmtl/v1/api_pb.js';
import { sampleSubmission } from '../samples.js';
import { never, openApi } from './api-fixture.js';

afterEach(() => {
  vi.useRealTimers();
});

const away = () => Promise.reject(new QmtlError('E_GRAPH_UNAVAILABLE', 'at bolt://secret'));
const broken = () => Promise.reject(new Error('bolt://secret'));
const topics = (brokerCount: () => Promise<number>) => ({
  brokerCount,
  describe: never,
  list: never,
});

test('the status is ok when all dependencies answer, with the totals of the graph', async () => {
  const { commit, read } = await openApi();
  await commit(sampleSubmission({ nodes: 3 }));
  expect(await read(StatusResponseSchema, '/status')).toMatchObject({
    status: 'ok',
    version: '1.2.3',
    profile: 'dev',
    dependencies: [
      { name: 'graph', ok: true, detail: '' },
      { name: 'broker', ok: true, detail: '' },
      { name: 'temporal', ok: true, detail: '' },
    ],
    totals: { nodes: 3, queues: 3, strategies: 1, sentinels: 1 },
  });
});

const faults: [name: string, part: string, replaced: Partial<ApiDeps>, detail: RegExp][] = [
  [
    'a graph that is not available',
    'graph',
    { graph: { ...memoryGraphStore(), totals: away } },
    /graph store did not/,
  ],
  [
    'a graph that is broken',
    'graph',
    { graph: { ...memoryGraphStore(), totals: broken } },
    /^the probe failed$/,
  ],
  ['a broker that is broken', 'broker', { topics: topics(broken) }, /^the probe failed$/],
  ['a Temporal that is broken', 'temporal', { temporalHealth: broken }, /^the probe failed$/],
  [
    'a graph that is silent',
    'graph',
    { graph: { ...memoryGraphStore(), totals: never } },
    /no answer in 300 ms/,
  ],
  ['a broker that is silent', 'broker', { topics: topics(never) }, /no answer in 300 ms/],
  ['a Temporal that is silent', 'temporal', { temporalHealth: never }, /no answer in 300 ms/],
];

test.each(faults)(
  '%s degrades the status without delaying the answer',
  async (_name, part, replaced, detail) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { get } = await openApi(replaced);
    const answer = get('/status');
    await vi.advanceTimersByTimeAsync(300);
    const response = await answer;
    expect(response.statusCode).toBe(200);
    expect(response.body).not.toContain('secret');
    const status = response.json<{ dependencies: { name: string; ok: boolean }[]; totals?: unknown }>();
    expect(status).toMatchObject({ status: 'degraded' });
    const failing = status.dependencies.filter(({ ok }) => !ok);
    expect(failing).toEqual([{ name: part, ok: false, detail: expect.stringMatching(detail) }]);
    expect(status.totals === undefined).toBe(part === 'graph');
  },
);

test('a healthy answer leaves no timer behind', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { get } = await openApi();
  const before = vi.getTimerCount();
  await get('/status');
  expect(vi.getTimerCount()).toBe(before);
});
