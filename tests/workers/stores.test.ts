import { expect, test } from 'vitest';
import { loadConfig } from '../../config/load.js';
import { openStores } from '../../workers/stores.js';

const configured = (env: Readonly<Record<string, string>>) => loadConfig({ file: '', text: '' }, env);

test('without DSNs the stores live in this process', async () => {
  const stores = openStores(configured({}), Date.now);
  expect(await stores.graph.totals()).toMatchObject({ nodes: 0 });
  await stores.close();
});

test('a DSN this release has no adapter for is refused by name', () => {
  const config = configured({ QMTL_NEO4J_DSN: 'bolt://localhost:7687', QMTL_KAFKA_DSN: 'localhost:9092' });
  expect(() => openStores(config, Date.now)).toThrow(
    'dagmanager.neo4j_dsn, dagmanager.kafka_dsn: this release has no adapter for it',
  );
});
