import { expect, test } from 'vitest';
import { connectClient, submit } from '../../sdk/client.js';
import { bars, days, node, source, strategy } from '../../sdk/index.js';
import { controlPlane } from './control-plane.js';

const plane = controlPlane();
const place = { world: 'client', domain: 'backtest', asOf: '2020-04-17' };

const price = source('price', { type: 'Price', interval: days(1), output: { close: 'float64' } });
const mean = node('mean', { inputs: { price }, period: bars(3), compute: (view) => view.price.close.mean() });
const means = strategy('means', { outputs: { mean } });

test('an author connects, submits, waits and joins, and sees plain objects', async () => {
  const { address, namespace } = plane().plane.temporal;
  const client = await connectClient({ address, namespace });
  try {
    const handle = await submit(client, means.toSubmissionDocument(place));
    const acceptance = await handle.accepted();
    expect(acceptance).toEqual({
      submissionId: handle.submissionId,
      workflowId: handle.workflowId,
      counts: { reuse: 0, buffering: 0, new: 2 },
      topicsUnverified: expect.any(Number),
      joined: false,
    });
    const { receipt, joined } = await handle.receipt();
    expect(joined).toBe(false);
    const { nodes, dagDigest } = means.compile();
    expect(receipt).toMatchObject({ strategyId: 'means', dagDigest, nodeCount: 2 });
    expect(receipt.nodes.map(({ nodeId }) => nodeId)).toEqual(nodes.map(({ nodeId }) => nodeId));
    expect(await handle.progress()).toEqual({ state: 'completed' });
    const again = await submit(client, JSON.parse(JSON.stringify(means.toSubmissionDocument(place))));
    expect(await again.receipt()).toEqual({ receipt, joined: true, announcement: 'done' });
  } finally {
    await client.close();
  }
});

test('a document is refused before anything is sent', async () => {
  const { address, namespace } = plane().plane.temporal;
  const client = await connectClient({ address, namespace });
  try {
    await expect(submit(client, { strategy_id: 'x', dag: {} })).rejects.toMatchObject({
      code: 'E_SCHEMA_INVALID',
      problems: expect.arrayContaining([expect.objectContaining({ code: 'E_WORLD_IDS_REQUIRED' })]),
    });
  } finally {
    await client.close();
  }
});

test('a server that does not answer is named', async () => {
  await expect(connectClient({ address: '127.0.0.1:1', namespace: 'default' })).rejects.toMatchObject({
    code: 'E_TEMPORAL_UNAVAILABLE',
  });
});

test('a value that is not a client is refused', async () => {
  const stranger = { address: '127.0.0.1:1', namespace: 'default', close: async () => {} };
  await expect(submit(stranger, means.toSubmissionDocument(place))).rejects.toMatchObject({
    code: 'E_USAGE',
    hint: expect.stringContaining('connectClient()'),
  });
});
