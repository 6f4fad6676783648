import { describe, expect, test } from 'vitest';
import { toNodeCode } from '../../domain/artifacts/node-code.js';
import { nodeIdsCrc32 } from '../../domain/base/crc32.js';
import { limits } from '../../domain/base/limits.js';
import {
  GetNodeDependenciesResponseSchema,
  GetNodeResponseSchema,
  GetStrategyStatusResponseSchema,
  ListNodeCodeResponseSchema,
  ListNodesResponseSchema,
  ListQueueMapResponseSchema,
  ListStrategiesResponseSchema,
  ListStreamsResponseSchema,
} from '../../proto/gen/qmtl/v1/api_pb.js';
import { QueueState } from '../../proto/gen/qmtl/v1/graph_pb.js';
import { SubmissionState } from '../../proto/gen/qmtl/v1/submission_pb.js';
import { accepted, sampleDocument, sampleNode, sampleSubmission, withTags } from '../samples.js';
import { registrationOf } from '../submit-whole.js';
import { expectProblem, openApi } from './api-fixture.js';

const unknownId = `blake3:${'0'.repeat(64)}`;
const strategiesPath = '/v1/gateway/strategies';
const nodesPath = '/v1/dag-manager/nodes';

describe('nodes', () => {
  test('the list of nodes has every committed node with its queues, in id order', async () => {
    const { commit, read } = await openApi();
    await commit(sampleSubmission({ nodes: 3 }));
    const { nodes, nextCursor } = await read(ListNodesResponseSchema, nodesPath);
    const ids = nodes.map(({ node }) => node?.nodeId ?? '');
    expect(ids).toEqual([...ids].sort());
    expect(nodes.map(({ queues }) => queues.length)).toEqual([1, 1, 1]);
    expect(nodes[0]?.queues[0]).toMatchObject({ state: QueueState.ACTIVE, namespace: 'w1.backtest' });
    expect(nextCursor).toBe('');
  });

  test('the list of nodes of an empty graph is empty', async () => {
    const { read } = await openApi();
    expect((await read(ListNodesResponseSchema, nodesPath)).nodes).toEqual([]);
  });

  test('nodes are read by id, each once; unknown ids are omitted', async () => {
    const { commit, read } = await openApi();
    const submission = sampleSubmission({ nodes: 3 });
    await commit(submission);
    const [first, , third] = submission.dag.nodes.map(({ nodeId }) => nodeId);
    const page = await read(
      ListNodesResponseSchema,
      `${nodesPath}?ids=${first},${unknownId},${third},${first}`,
    );
    expect(page.nodes.map(({ node }) => node?.nodeId)).toEqual([first, third]);
  });

  test('what is stored of several nodes is one answer; unknown ids are omitted', async () => {
    const { commit, read } = await openApi();
    const submission = sampleSubmission({ nodes: 2, module: '// m', fields: [['close', 'float64']] });
    await commit(submission);
    const [first, second] = submission.dag.nodes.map(({ nodeId }) => nodeId);
    const answer = await read(
      ListNodeCodeResponseSchema,
      `${nodesPath}/code?ids=${second},${unknownId},${first},${second}`,
    );
    expect(answer).toMatchObject({ leftOut: [], nodes: [{ nodeId: second }, { nodeId: first }] });
    expect(answer.nodes[0]).toMatchObject({ fields: '[["close","float64"]]', code: { module: '// m' } });
  });

  test('code that does not fit into one answer is named, and comes with the next', async () => {
    const { commit, read } = await openApi();
    const half = limits.codePerAnswerUnitsMax / 2;
    const modules = [half - 4, half - 8, 12, half, half, 9].map((length, index) => `${index}`.padEnd(length));
    const nodes = modules.map((module) =>
      sampleNode({ code_hash: toNodeCode(module, '[]').codeHash, dependencies: [] }),
    );
    const code = modules.map((module) => ({ module, inputs: [] }));
    await commit(accepted({ ...sampleDocument({ nodes: 1 }), dag: { nodes }, code }));
    const counts: number[] = [];
    let ids = nodes.map(({ node_id }) => node_id);
    while (ids.length > 0) {
      const answer = await read(ListNodeCodeResponseSchema, `${nodesPath}/code?ids=${ids.join(',')}`);
      expect([...answer.nodes.map(({ nodeId }) => nodeId), ...answer.leftOut]).toEqual(ids);
      counts.push(answer.nodes.length);
      ids = answer.leftOut;
    }
    // At the limit, at the limit again, and one past it.
    expect(counts).toEqual([3, 2, 1]);
  });

  test('a tag query is listed as a node without queues, and never by tags', async () => {
    const { commit, read } = await openApi();
    const query = sampleNode({ node_type: 'TagQueryNode', tags: ['btc'], dependencies: [] });
    const reader = sampleNode({ tags: ['btc'], dependencies: [query.node_id] });
    await commit(accepted({ ...sampleDocument({ nodes: 1 }), dag: { nodes: [query, reader] } }));
    const { node } = await read(GetNodeResponseSchema, `${nodesPath}/${query.node_id}`);
    expect(node).toMatchObject({ node: { nodeType: 'TagQueryNode' }, queues: [] });
    for (const mode of ['any', 'all']) {
      const found = await read(
        ListNodesResponseSchema,
        `${nodesPath}/by-tags?tags=btc&interval=60&match_mode=${mode}`,
      );
      expect(found.nodes.map((one) => one.node?.nodeId)).toEqual([reader.node_id]);
    }
    const { streams } = await read(ListStreamsResponseSchema, '/v1/dag-manager/streams');
    expect(streams.map(({ nodeId }) => nodeId)).toEqual([reader.node_id]);
    const map = await read(ListQueueMapResponseSchema, `${strategiesPath}/sample/queue-map`);
    expect(map.queueMap.find(({ nodeId }) => nodeId === query.node_id)).toMatchObject({ topic: '' });
  });

  test('a queue map says which tags a submission added, and the node and its queue have them', async () => {
    const { commit, read } = await openApi();
    await commit(withTags(sampleSubmission({ nodes: 1, strategy: 'first' }), ['btc']));
    await commit(withTags(sampleSubmission({ nodes: 1, strategy: 'second' }), ['momentum', 'btc']));
    const map = await read(ListQueueMapResponseSchema, `${strategiesPath}/second/queue-map`);
    expect(map.queueMap).toMatchObject([{ tagsAdded: ['momentum'] }]);
    const status = await read(GetStrategyStatusResponseSchema, `${strategiesPath}/second/status`);
    expect(status.receipt).toMatchObject({ tagsAdded: 1, queueMap: [{ tagsAdded: ['momentum'] }] });
    const { nodes } = await read(ListNodesResponseSchema, `${nodesPath}/by-tags?tags=momentum&interval=60`);
    expect(nodes).toMatchObject([
      { node: { tags: ['btc', 'momentum'] }, queues: [{ tags: ['btc', 'momentum'] }] },
    ]);
  });

  test('every malformed id of a request is named', async () => {
    const { get } = await openApi();
    const response = await get(`${nodesPath}?ids=${unknownId},blake3:xyz,nonsense`);
    const both = /ids\.1: "blake3:xyz" is not a NodeID.*ids\.2: "nonsense" is not a NodeID/;
    expectProblem(response, 400, 'E_USAGE', { detail: both, hint: /openapi/ });
  });

  test('more ids than the limit per request are refused', async () => {
    const { get } = await openApi();
    const ids = Array.from({ length: limits.idsPerReadMax + 1 }, () => unknownId);
    expectProblem(await get(`${nodesPath}?ids=${ids.join(',')}`), 400, 'E_USAGE', {
      detail: /ids: /,
      hint: /./,
    });
  });

  test('ids and a cursor exclude each other', async () => {
    const { get } = await openApi();
    const response = await get(`${nodesPath}?ids=${unknownId}&cursor=${unknownId}`);
    expectProblem(response, 400, 'E_USAGE', { detail: /ids are one page/, hint: /./ });
  });

  test('one node is read by its id', async () => {
    const { commit, read } = await openApi();
    const submission = sampleSubmission({ nodes: 1 });
    await commit(submission);
    const nodeId = submission.dag.nodes[0]?.nodeId ?? '';
    const { node } = await read(GetNodeResponseSchema, `${nodesPath}/${nodeId}`);
    expect(node?.node).toMatchObject({ nodeId, nodeType: 'Indicator', interval: 60, name: 'n0' });
  });

  test('upstreams and readers of a node are listed', async () => {
    const { commit, read } = await openApi();
    const submission = sampleSubmission({ nodes: 2 });
    await commit(submission);
    const [parent, child] = submission.dag.nodes.map(({ nodeId }) => nodeId);
    const above = await read(GetNodeDependenciesResponseSchema, `${nodesPath}/${parent}/dependencies`);
    const below = await read(GetNodeDependenciesResponseSchema, `${nodesPath}/${child}/dependencies`);
    expect(above).toMatchObject({ nodeId: parent, upstreams: [], downstreams: [child] });
    expect(below).toMatchObject({ nodeId: child, upstreams: [parent], downstreams: [] });
  });

  test.each(['', '/dependencies'])('an unknown node is not found (%j)', async (tail) => {
    const { get } = await openApi();
    const detail = new RegExp(`there is no node ${unknownId}`);
    const response = await get(`${nodesPath}/${unknownId}${tail}`);
    expectProblem(response, 404, 'E_NOT_FOUND', { detail, hint: /committed/ });
  });

  test.each(['', '/dependencies'])('a malformed id is refused (%j)', async (tail) => {
    const { get } = await openApi();
    const response = await get(`${nodesPath}/blake3:short${tail}`);
    expectProblem(response, 400, 'E_USAGE', { detail: /blake3:short is not a NodeID/, hint: /64 hex/ });
  });

  test('I-2: a node of an uncommitted submission is not visible', async () => {
    const { graph, get, read } = await openApi();
    const submission = sampleSubmission({ nodes: 1 });
    await graph.register(registrationOf(submission));
    const nodeId = submission.dag.nodes[0]?.nodeId ?? '';
    expect((await get(`${nodesPath}/${nodeId}`)).statusCode).toBe(404);
    expect((await read(ListNodesResponseSchema, `${nodesPath}?ids=${nodeId}`)).nodes).toEqual([]);
  });
});

describe('nodes by tags', () => {
  async function openTagged() {
    const api = await openApi();
    await api.commit(
      sampleSubmission({ nodes: 2, strategy: 'a' }),
      withTags(sampleSubmission({ nodes: 3, strategy: 'b', first: 100 }), ['eth', 'indicator']),
    );
    const count = async (query: string) =>
      (await api.read(ListNodesResponseSchema, `${nodesPath}/by-tags?${query}`)).nodes.length;
    return { ...api, count };
  }

  test('`any` selects nodes with one of the tags, `all` nodes with every tag', async () => {
    const { count } = await openTagged();
    expect(await count('tags=btc&interval=60')).toBe(2);
    expect(await count('tags=btc,eth&interval=60')).toBe(5);
    expect(await count('tags=btc,eth&interval=60&match_mode=any')).toBe(5);
    expect(await count('tags=btc,eth&interval=60&match_mode=all')).toBe(0);
    expect(await count('tags=indicator,%20eth&interval=60&match_mode=all')).toBe(3);
  });

  test('a tag query selects only nodes of its interval', async () => {
    const { count } = await openTagged();
    expect(await count('tags=btc&interval=3600')).toBe(0);
  });

  test.each([
    ['tags=btc', /interval: /],
    ['interval=60', /tags: /],
    ['tags=,&interval=60', /tags: /],
    ['tags=btc&interval=', /interval: must be a whole number/],
    ['tags=btc&interval=1.5', /interval: must be a whole number/],
    ['tags=btc&interval=-60', /interval: must be a whole number/],
    ['tags=btc&interval=60&match_mode=some', /match_mode: /],
    ['tags=btc&interval=60&tag=eth', /query: .*"tag"/],
    ['tags=btc&tags=eth&interval=60', /tags: /],
  ])('nodes by tags with %s is refused', async (query, detail) => {
    const { get } = await openApi();
    expectProblem(await get(`${nodesPath}/by-tags?${query}`), 400, 'E_USAGE', { detail, hint: /openapi/ });
  });
});

describe('streams', () => {
  test('a stream is a queue with the settings of its topic', async () => {
    const { commit, read } = await openApi();
    await commit(sampleSubmission({ nodes: 1 }));
    const { streams } = await read(ListStreamsResponseSchema, '/v1/dag-manager/streams');
    expect(streams).toMatchObject([
      { topicClass: 'indicator', partitions: 1, retentionMs: 2_592_000_000n, tags: ['btc', 'indicator'] },
    ]);
  });
});

describe('strategies', () => {
  test('the list of strategies has the versions of each, newest first', async () => {
    const { commit, read } = await openApi();
    await commit(
      sampleSubmission({ nodes: 1, version: 'v1' }),
      sampleSubmission({ nodes: 2, version: 'v2' }),
    );
    const { strategies } = await read(ListStrategiesResponseSchema, strategiesPath);
    expect(strategies).toMatchObject([
      { strategyId: 'sample', versions: [{ version: 'v2' }, { version: 'v1' }] },
    ]);
  });

  test('the status of a committed strategy contains its receipt, by strategy id and by submission id', async () => {
    const { commit, read } = await openApi();
    const submission = sampleSubmission({ nodes: 2 });
    await commit(submission);
    const { submissionId } = submission;
    for (const id of ['sample', submissionId]) {
      const found = await read(GetStrategyStatusResponseSchema, `${strategiesPath}/${id}/status`);
      expect(found).toMatchObject({ strategyId: 'sample', workflowId: `submit-strategy/${submissionId}` });
      expect(found.status).toMatchObject({ state: SubmissionState.COMPLETED, counts: { new: 2 } });
      expect(found.receipt).toMatchObject({ submissionId, queueMapSize: 2 });
    }
  });

  test('the status of a cancelled submission comes from the graph', async () => {
    const { graph, read } = await openApi();
    const submission = sampleSubmission({ nodes: 1 });
    await graph.register(registrationOf(submission));
    await graph.cancel(submission.submissionId, 1);
    const found = await read(GetStrategyStatusResponseSchema, `${strategiesPath}/sample/status`);
    expect(found.status?.state).toBe(SubmissionState.CANCELLED);
    expect(found.receipt).toBeUndefined();
  });

  test.each(['sample/status', 'sample/queue-map', `${unknownId}/status`, 'Not%20An%20Id/status'])(
    '%s is not found if it was never submitted',
    async (tail) => {
      const { get } = await openApi();
      const response = await get(`${strategiesPath}/${tail}`);
      expectProblem(response, 404, 'E_NOT_FOUND', {
        detail: /no strategy or submission/,
        hint: /strategies/,
      });
    },
  );

  test('the queue map of an uncommitted submission is not found', async () => {
    const { graph, get } = await openApi();
    await graph.register(registrationOf(sampleSubmission({ nodes: 1 })));
    const response = await get(`${strategiesPath}/sample/queue-map`);
    expectProblem(response, 404, 'E_NOT_FOUND', { detail: /not committed yet/, hint: /status/ });
  });

  test('a queue map is paged in topological order, each page with the crc32 of its node ids', async () => {
    const { commit, read } = await openApi();
    const submission = sampleSubmission({ nodes: limits.queueMapEntriesMax + 30 });
    await commit(submission);
    const path = `${strategiesPath}/sample/queue-map`;
    const seen: string[] = [];
    let cursor = '0';
    while (cursor !== '') {
      const page = await read(ListQueueMapResponseSchema, `${path}?limit=60&cursor=${cursor}`);
      const ids = page.queueMap.map(({ nodeId }) => nodeId);
      expect(page.nodeIdsCrc32).toBe(nodeIdsCrc32(ids));
      seen.push(...ids);
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(submission.dag.nodes.map(({ nodeId }) => nodeId));
    const whole = await read(GetStrategyStatusResponseSchema, `${strategiesPath}/sample/status`);
    expect(whole.receipt).toMatchObject({
      queueMap: [],
      queueMapSize: 130,
      nodeIdsCrc32: nodeIdsCrc32(seen),
    });
  });

  test('a page past the end of a queue map is empty', async () => {
    const { commit, read } = await openApi();
    await commit(sampleSubmission({ nodes: 2 }));
    const page = await read(ListQueueMapResponseSchema, `${strategiesPath}/sample/queue-map?cursor=9`);
    expect(page).toMatchObject({ queueMap: [], nodeIdsCrc32: 0, nextCursor: '' });
  });
});
