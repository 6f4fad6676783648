import type { Edit } from './scratch-checkout.js';

/** A route for the number of nodes with an interval, added as described in "Adding an API route". */
export const dummyRoute: readonly Edit[] = [
  {
    path: 'proto/qmtl/v1/api.proto',
    anchor: 'import "qmtl/v1/submission.proto";\n',
    after: '\nmessage CountNodesResponse {\n  uint32 nodes = 1;\n}\n',
  },
  {
    path: 'api/routes/counts.ts',
    text: `import { create } from '@bufbuild/protobuf';
import { limits } from '../../domain/base/limits.js';
import { CountNodesResponseSchema } from '../../proto/gen/qmtl/v1/api_pb.js';
import { noQuery, wholeNumber } from '../query.js';
import { type ApiRoute, route } from '../route.js';

const countQuery = noQuery.extend({
  interval: wholeNumber(0, limits.intervalSecondsMax).describe('interval of the nodes, whole seconds'),
});

export const countRoutes: readonly ApiRoute[] = [
  route({
    path: '/v1/dag-manager/node-count',
    summary: 'Number of nodes with an interval',
    response: CountNodesResponseSchema,
    query: countQuery,
    read: async ({ graph }, _params, { interval }) =>
      create(CountNodesResponseSchema, { nodes: await graph.countNodes(interval) }),
  }),
];
`,
  },
  {
    path: 'api/routes/table.ts',
    anchor: "import type { ApiRoute } from '../route.js';\n",
    after: "import { countRoutes } from './counts.js';\n",
  },
  { path: 'api/routes/table.ts', anchor: '  ...nodeRoutes,\n', after: '  ...countRoutes,\n' },
  {
    path: 'domain/ports/graph-reads.ts',
    anchor: '  totals(): Promise<GraphTotals>;\n',
    after:
      '  /** Number of committed nodes with an interval. */\n  countNodes(interval: number): Promise<number>;\n',
  },
  {
    path: 'graph/memory/reads.ts',
    anchor: '    known: async (nodeIds, namespaceKey) => knownTo(db, nodeIds, namespaceKey, undefined),\n',
    after: `    countNodes: async (interval) =>
      [...db.visibleNodes.keys()].filter((id) => db.nodes.get(id)?.node.interval === interval).length,
`,
  },
  {
    path: 'graph/neo4j/reads.ts',
    anchor: "    totals: async () => totalsFrom(await rows('totals', totalsOfGraph, {})),\n",
    after: `    countNodes: async (interval) => {
      const [row = {}] = await rows('countNodes', nodesOfInterval, { interval });
      return readInteger(row, 'nodes');
    },
`,
  },
  {
    path: 'graph/neo4j/reads.ts',
    anchor: 'const totalsOfGraph = statement(',
    before: `const nodesOfInterval = statement(
  'count the nodes of an interval',
  \`MATCH (c:ComputeNode {interval: $interval})
   WHERE c.uncommitted IS NULL
   RETURN count(c) AS nodes\`,
);

`,
  },
  {
    path: 'tests/api/reads.test.ts',
    anchor: "describe('nodes', () => {\n",
    after: `  test('nodes of an interval are counted', async () => {
    const { commit, read } = await openApi();
    await commit(sampleSubmission({ nodes: 3 }));
    expect((await read(CountNodesResponseSchema, '/v1/dag-manager/node-count?interval=60')).nodes).toBe(3);
    expect((await read(CountNodesResponseSchema, '/v1/dag-manager/node-count?interval=5')).nodes).toBe(0);
  });

`,
  },
  { path: 'tests/api/reads.test.ts', anchor: 'import {\n', after: '  CountNodesResponseSchema,\n' },
  {
    path: 'tests/contracts/graph-reads.contract.ts',
    anchor: "  describe('reads', () => {\n",
    after: `    test('nodes of an interval are counted', async () => {
      const store = await open();
      await submitWhole(store, sampleSubmission({ nodes: 2 }));
      expect([await store.countNodes(60), await store.countNodes(5)]).toEqual([2, 0]);
    });

`,
  },
  { path: 'CHANGELOG.md', anchor: '### Features\n', after: '\n- `GET /v1/dag-manager/node-count`.\n' },
];
