import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../config/load.js';
import { freePort } from '../../devstack/process/free-port.js';
import { openStores } from '../../workers/stores/stores.js';
import { silentTelemetry } from '../silent-telemetry.js';

function opened(env: Readonly<Record<string, string>>, telemetry = silentTelemetry()) {
  const config = loadConfig({ file: '', text: '' }, env);
  return openStores(config, { telemetry, now: Date.now, purpose: 'write' });
}

test('without DSNs the stores live in this process', async () => {
  const telemetry = silentTelemetry();
  const stores = await opened({}, telemetry);
  expect(await stores.graph.totals()).toMatchObject({ nodes: 0 });
  expect(await telemetry.metrics.text()).toMatch(/^compute_nodes_total 0$/m);
  await stores.close();
});

describe('one clear error', () => {
  test.each(['localhost', 'a:1,b', 'http://x:1/', ','])(
    'brokers that are not a list of host:port are one clear error: %j',
    async (dsn) => {
      await expect(opened({ QMTL_KAFKA_DSN: dsn })).rejects.toMatchObject({
        code: 'E_CONFIG',
        hint: expect.stringContaining('broker-1:9092,broker-2:9092'),
      });
    },
  );

  test('a graph store that is away is one clear error', async () => {
    const dsn = `bolt://127.0.0.1:${await freePort()}`;
    await expect(opened({ QMTL_NEO4J_DSN: dsn })).rejects.toMatchObject({
      code: 'E_GRAPH_UNAVAILABLE',
      hint: expect.stringContaining('dagmanager.neo4j_dsn'),
    });
  });

  test('a malformed address of a graph store is one clear error without the password', async () => {
    const opening = opened({ QMTL_NEO4J_DSN: 'http://user:secret@host' });
    await expect(opening).rejects.toMatchObject({ code: 'E_CONFIG' });
    await expect(opening).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
  });

  test('brokers that are away are one clear error', { timeout: 60_000 }, async () => {
    const dsn = `127.0.0.1:${await freePort()}`;
    await expect(opened({ QMTL_KAFKA_DSN: dsn })).rejects.toMatchObject({ code: 'E_BROKER_UNAVAILABLE' });
  });
});
