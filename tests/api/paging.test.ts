import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { limits } from '../../domain/base/limits.js';
import { memoryGraphStore } from '../../graph/memory/store.js';
import {
  ListNodesResponseSchema,
  ListStrategiesResponseSchema,
  ListStreamsResponseSchema,
} from '../../proto/gen/qmtl/v1/api_pb.js';
import { sampleSubmission } from '../samples.js';
import { type ApiFixture, expectProblem, openApi } from './api-fixture.js';

type ListMessage = MessageShape<DescMessage> & { readonly nextCursor: string };

/** A paged list and the names of its entries. */
function list<D extends DescMessage>(
  path: string,
  schema: D,
  namesOf: (page: MessageShape<D>) => readonly string[],
  cursorOf: (page: MessageShape<D>) => string,
) {
  return {
    path,
    page: async (api: ApiFixture, query: string) => {
      const page = await api.read(schema, `${path}${path.includes('?') ? '&' : '?'}${query}`);
      return { names: namesOf(page), nextCursor: cursorOf(page) };
    },
  };
}

const cursor = (page: ListMessage) => page.nextCursor;

const lists = [
  list(
    '/v1/dag-manager/nodes',
    ListNodesResponseSchema,
    ({ nodes }) => nodes.map(({ node }) => node?.nodeId ?? ''),
    cursor,
  ),
  list(
    '/v1/dag-manager/nodes/by-tags?tags=btc&interval=60',
    ListNodesResponseSchema,
    ({ nodes }) => nodes.map(({ node }) => node?.nodeId ?? ''),
    cursor,
  ),
  list(
    '/v1/dag-manager/streams',
    ListStreamsResponseSchema,
    ({ streams }) => streams.map(({ topic }) => topic),
    cursor,
  ),
  list(
    '/v1/gateway/strategies',
    ListStrategiesResponseSchema,
    ({ strategies }) => strategies.map(({ strategyId }) => strategyId),
    cursor,
  ),
];

async function openFilled(): Promise<ApiFixture> {
  const api = await openApi();
  for (const name of ['c', 'a', 'e', 'b', 'd']) {
    await api.commit(sampleSubmission({ nodes: 1, strategy: name, first: name.charCodeAt(0) }));
  }
  return api;
}

describe.each(lists)('pages of $path', ({ path, page }) => {
  const withQuery = (query: string) => `${path}${path.includes('?') ? '&' : '?'}${query}`;

  test(`pages of ${path} contain every entry once, in a stable order, for every page size`, async () => {
    const api = await openFilled();
    const { names: whole } = await page(api, 'limit=500');
    expect(whole).toHaveLength(5);
    expect(whole).toEqual([...whole].sort());
    for (const limit of [1, 2, 5]) {
      const first = await page(api, `limit=${limit}`);
      const seen = [...first.names];
      for (let next = first.nextCursor; next !== ''; ) {
        const more = await page(api, `limit=${limit}&cursor=${next}`);
        seen.push(...more.names);
        next = more.nextCursor;
      }
      expect(seen).toEqual(whole);
    }
  });

  test.each(['a%20b', '%00', 'x'.repeat(250)])(`${path} refuses %j as a cursor`, async (text) => {
    const api = await openApi();
    const response = await api.get(withQuery(`cursor=${text}`));
    expectProblem(response, 400, 'E_USAGE', {
      detail: /cursor: must be the next_cursor of a page of this list/,
      hint: /openapi/,
    });
  });

  test.each(['0', String(limits.pageItemsMax + 1), '-1', '1e2', 'many', '', '2.5'])(
    `${path} refuses %j as a limit`,
    async (limit) => {
      const api = await openApi();
      const response = await api.get(withQuery(`limit=${limit}`));
      expectProblem(response, 400, 'E_USAGE', { detail: /limit: /, hint: /openapi/ });
    },
  );

  test(`${path} refuses an unknown parameter`, async () => {
    const api = await openApi();
    expectProblem(await api.get(withQuery('page=2')), 400, 'E_USAGE', { detail: /"page"/, hint: /openapi/ });
  });
});

test('a page without a limit has the default size', async () => {
  const api = await openApi();
  await api.commit(sampleSubmission({ nodes: limits.pageItemsDefault + 1 }));
  const { nodes, nextCursor } = await api.read(ListNodesResponseSchema, '/v1/dag-manager/nodes');
  expect(nodes).toHaveLength(limits.pageItemsDefault);
  expect(nextCursor).not.toBe('');
});

test.each(['abc', '-1', '1.5', '0x1', '1e1', '9'.repeat(10), ''])(
  'a queue map refuses %j as a cursor',
  async (text) => {
    const api = await openFilled();
    const response = await api.get(`/v1/gateway/strategies/a/queue-map?cursor=${text}`);
    expectProblem(response, 400, 'E_USAGE', {
      detail: /cursor: must be the next_cursor of a page of this list/,
      hint: /openapi/,
    });
  },
);

test('a parameter that is given twice or missing is named in plain words', async () => {
  const { get } = await openApi();
  expectProblem(await get('/v1/dag-manager/nodes?limit=1&limit=2'), 400, 'E_USAGE', {
    detail: /^limit: must be given once$/,
    hint: /openapi/,
  });
  expectProblem(await get('/v1/dag-manager/nodes/by-tags?interval=60'), 400, 'E_USAGE', {
    detail: /^tags: is required$/,
    hint: /openapi/,
  });
});

test('entries that cannot be read are named in the answer of their page', async () => {
  const base = memoryGraphStore();
  const page = async () => ({ items: [], unreadable: ['odd'] });
  const { get } = await openApi({ graph: { ...base, nodes: page, queues: page, strategies: page } });
  for (const url of ['/v1/dag-manager/nodes', '/v1/dag-manager/streams', '/v1/gateway/strategies'])
    expect((await get(url)).json(), url).toMatchObject({ unreadable: ['odd'] });
});
