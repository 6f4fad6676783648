import { describe, expect, test } from 'vitest';
import { timeBudget } from '../../graph/neo4j/driver/time-budget.js';
import { openNeo4jGraphStore } from '../../graph/neo4j/store.js';
import { sampleSubmission } from '../samples.js';
import { closedPort, proxyTo } from '../stack/tcp-proxy.js';
import { registrationOf, submitWhole } from '../submit-whole.js';
import { address, emptyGraph, openStore } from './neo4j-fixture.js';

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
