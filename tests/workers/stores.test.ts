import { expect, test } from 'vitest';
import { loadConfig } from '../../config/load.js';
import { openStores } from '../../workers/open-stores.js';
import { silentTelemetry } from '../silent-telemetry.js';

const configured = (env: Readonly<Record<string, string>>) => loadConfig({ file: '', text: '' }, env);

test('without DSNs the stores live in this process', async () => {
  const telemetry = silentTelemetry();
  const stores = await openStores(configured({}), { telemetry, now: Date.now, purpose: 'write' });
  expect(await stores.graph.totals()).toMatchObject({ nodes: 0 });
  expect(await telemetry.metrics.text()).toMatch(/^compute_nodes_total 0$/m);
  await stores.close();
});
