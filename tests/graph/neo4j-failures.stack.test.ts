import { describe, expect, test } from 'vitest';
import { timeBudget } from '../../graph/neo4j/driver/time-budget.js';
import { openNeo4jGraphStore } from '../../graph/neo4j/store.js';
import { sampleSubmission } from '../samples.js';
import { closedPort, proxyTo } from '../stack/tcp-proxy.js';
import { registrationOf, submitWhole } from '../submit-whole.js';
import { address, emptyGraph, openStore, withSession } from './neo4j-fixture.js';

describe('a graph that something else changed', () => {
  test('a row that cannot be read is named, and keeps nobody from the others and from the next page', async () => {
    await emptyGraph();
    const store = await openStore();
    const { nodes } = await submitWhole(store, sampleSubmission({ nodes: 4 }));
    const ids = nodes.map(({ nodeId }) => nodeId).sort();
    const [, odd = ''] = ids;
    await withSession((session) =>
      session.run("MATCH (c:ComputeNode {node_id: $odd}) SET c.interval = 'often'", { odd }),
    );
    const first = await store.nodes({ itemsMax: 2 });
    expect(first.items.map(({ node }) => node.nodeId)).toEqual([ids[0]]);
    expect(first).toMatchObject({ unreadable: [odd], nextCursor: odd });
    const second = await store.nodes({ itemsMax: 2, cursor: odd });
    expect(second.items.map(({ node }) => node.nodeId)).toEqual(ids.slice(2));
    expect(second.unreadable).toBeUndefined();
    const [queue] = (await store.queues({ itemsMax: 10 })).items;
    await withSession((session) =>
      session.run('MATCH (q:Queue {topic: $topic}) SET q.retention_ms = [1]', { topic: queue?.topic ?? '' }),
    );
    expect(await store.queues({ itemsMax: 10 })).toMatchObject({ unreadable: [queue?.topic] });
    await withSession((session) => session.run('MATCH (v:VersionSentinel) SET v.node_count = true'));
    expect(await store.strategies({ itemsMax: 10 })).toEqual({ items: [], unreadable: ['sample'] });
    await emptyGraph();
  });
});

describe('a graph store that cannot be used', () => {
  test('a wrong password is one clear error that shows no password', async () => {
    const opening = openNeo4jGraphStore({ ...address, password: 'wrong-secret' });
    await expect(opening).rejects.toMatchObject({
      code: 'E_CONFIG',
      retryable: false,
      message: expect.not.stringContaining('wrong-secret'),
      hint: expect.stringContaining('QMTL_NEO4J_PASSWORD'),
    });
  });

  test('a graph store that does not listen is unavailable, and retryable', async () => {
    const opening = openNeo4jGraphStore({ ...address, dsn: `bolt://127.0.0.1:${await closedPort()}` });
    await expect(opening).rejects.toMatchObject({ code: 'E_GRAPH_UNAVAILABLE', retryable: true });
  });

  test('a malformed address is a configuration error', async () => {
    const opening = openNeo4jGraphStore({ ...address, dsn: 'http://user:secret@host' });
    await expect(opening).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.not.stringContaining('secret'),
    });
  });

  test('a server that comes back after an outage is used again', async () => {
    await emptyGraph();
    const proxy = await proxyTo(address.dsn);
    const store = await openStore({ dsn: proxy.dsn });
    await submitWhole(store, sampleSubmission({ nodes: 1, strategy: 'before' }));
    proxy.cut();
    const away = store.register(registrationOf(sampleSubmission({ nodes: 2, strategy: 'meanwhile' })));
    await expect(away).rejects.toMatchObject({ code: 'E_GRAPH_UNAVAILABLE', retryable: true });
    proxy.restore();
    const receipt = await submitWhole(store, sampleSubmission({ nodes: 2, strategy: 'meanwhile' }));
    expect(receipt.counts).toEqual({ reuse: 1, buffering: 0, new: 1 });
    await store.close();
    await proxy.close();
  });

  test('a call to a server that never answers fails within its budget', async () => {
    await emptyGraph();
    const proxy = await proxyTo(address.dsn);
    const calls: (readonly [operation: string, code: unknown])[] = [];
    const store = await openStore({
      dsn: proxy.dsn,
      onCall: (operation, _seconds, error) =>
        calls.push([operation, error instanceof Error && 'code' in error ? error.code : undefined]),
    });
    await store.totals();
    proxy.swallow();
    await expect(store.totals()).rejects.toMatchObject({
      code: 'E_GRAPH_UNAVAILABLE',
      message: `totals: no answer from the graph store within ${timeBudget.answerMs} ms`,
    });
    expect(calls).toEqual([
      ['totals', undefined],
      ['totals', 'E_GRAPH_UNAVAILABLE'],
    ]);
    await proxy.close();
  });
});
