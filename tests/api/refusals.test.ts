import { afterEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import type { ApiDeps } from '../../api/deps.js';
import { QmtlError } from '../../domain/base/errors.js';
import type { GraphReads } from '../../domain/ports/graph-reads.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import { memoryGraphStore } from '../../graph/memory/store.js';
import { expectProblem, never, openApi } from './api-fixture.js';

const nodesPath = '/v1/dag-manager/nodes';

afterEach(() => {
  vi.useRealTimers();
});

describe('a method other than GET and HEAD', () => {
  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const)(
    '%s is refused on every path, with the allowed methods',
    async (method) => {
      const { app } = await openApi();
      for (const url of [nodesPath, '/status', '/nowhere']) {
        const response = await app.inject({ method, url });
        expectProblem(response, 405, 'E_METHOD_NOT_ALLOWED', {
          detail: new RegExp(method),
          hint: /workflow/,
        });
        expect(response.headers.allow).toBe('GET, HEAD');
      }
    },
  );

  test('a method other than GET and HEAD is refused before its body is read', async () => {
    const { app } = await openApi();
    const headers = { 'content-type': 'application/json' };
    const response = await app.inject({ method: 'POST', url: nodesPath, headers, payload: '{"not": json' });
    expect(response.statusCode).toBe(405);
  });
});

describe('a path', () => {
  test('an unknown path is a problem that says where the paths are listed', async () => {
    const { get } = await openApi();
    const response = await get('/v1/nowhere?x=1');
    expectProblem(response, 404, 'E_NOT_FOUND', { detail: /\/v1\/nowhere/, hint: /openapi/ });
  });

  test('a path that is not a URL component is a problem', async () => {
    const { get } = await openApi();
    expectProblem(await get(`${nodesPath}/%zz`), 400, 'E_USAGE', { detail: /%zz/ });
  });

  test('a path with an id that is too long is a problem', async () => {
    const { get } = await openApi();
    expectProblem(await get(`${nodesPath}/${'a'.repeat(301)}`), 414, 'E_USAGE', { detail: /length/ });
  });
});

describe('too many requests', () => {
  test('too many requests of one address are a problem that says when to retry', async () => {
    const { get } = await openApi({ requestsPerMinute: 2 });
    expect((await get(nodesPath)).statusCode).toBe(200);
    expect((await get('/status')).statusCode).toBe(200);
    const response = await get(nodesPath);
    expectProblem(response, 429, 'E_RATE_LIMITED', { detail: /retry in/ });
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
  });

  test('requests for unknown paths count towards the rate limit', async () => {
    const { get } = await openApi({ requestsPerMinute: 2 });
    const statuses = [await get('/a'), await get('/b'), await get('/c')].map(({ statusCode }) => statusCode);
    expect(statuses).toEqual([404, 404, 429]);
  });
});

describe('an internal error', () => {
  const secret = 'bolt://neo4j:hunter2@10.0.0.1';

  test.each([
    ['an unexpected error', new Error(secret), 500, 'E_INTERNAL'],
    ['a thrown string', secret, 500, 'E_INTERNAL'],
    ['an internal error of the catalogue', new QmtlError('E_INTERNAL', secret), 500, 'E_INTERNAL'],
    [
      'a store that is not available',
      new QmtlError('E_GRAPH_UNAVAILABLE', secret, { hint: secret }),
      503,
      'E_GRAPH_UNAVAILABLE',
    ],
  ])(
    'an internal error is reported to the process and loses its text in the answer: %s',
    async (_name, error, status, code) => {
      const graph = memoryGraphStore();
      const nodes = () => Promise.reject(error);
      const api = await openApi({ graph: { ...graph, nodes } });
      const response = await api.get(nodesPath);
      expectProblem(response, status, code);
      expect(response.body).not.toContain('hunter2');
      expect(api.faults).toEqual([error]);
    },
  );

  test('a mistake of the client is not an internal error', async () => {
    const api = await openApi();
    await api.get('/v1/nowhere');
    await api.get(`${nodesPath}?limit=0`);
    expect(api.faults).toEqual([]);
  });
});

describe('a store that does not answer', () => {
  test('a request to a store that does not answer ends with the handler timeout', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const api = await openApi({ graph: { ...memoryGraphStore(), nodes: never } });
    const response = api.get(nodesPath);
    await vi.advanceTimersByTimeAsync(5_000);
    expectProblem(await response, 503, 'E_GRAPH_UNAVAILABLE');
    expect(api.faults).toHaveLength(1);
  });
});

test('the graph of the routes has no method that writes', () => {
  type Written = Exclude<keyof GraphStore, keyof GraphReads>;
  expectTypeOf<keyof ApiDeps['graph'] & Written>().toBeNever();
  expectTypeOf<'register' | 'commit' | 'removeSent' | 'redrive'>().toExtend<Written>();
});
