import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { type ApiOptions, startApi } from '../../api/server.js';
import { limits } from '../../domain/base/limits.js';
import { memoryGraphStore } from '../../graph/memory/store.js';
import { sampleSubmission } from '../samples.js';
import { submitWhole } from '../submit-whole.js';
import { memoryDeps } from './api-fixture.js';

function options(port: number, graph = memoryGraphStore()): ApiOptions {
  return { ...memoryDeps(graph), host: '127.0.0.1', port, requestsPerMinute: 100, onFault: () => {} };
}

test('the API listens at its URL until it is closed', async () => {
  const api = await startApi(options(0));
  expect((await fetch(`${api.url}/status`)).status).toBe(200);
  await api.close();
  await expect(fetch(`${api.url}/status`)).rejects.toThrow('fetch failed');
});

test('a port in use is named, with a hint', async () => {
  const holder = createServer();
  onTestFinished(() => void holder.close());
  holder.listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const address = holder.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await expect(startApi(options(port))).rejects.toMatchObject({
    code: 'E_PORT_IN_USE',
    message: expect.stringContaining(String(port)),
    hint: expect.stringContaining('QMTL_API_PORT'),
  });
});

test('the largest number of the longest ids fits into one request line', async () => {
  const graph = memoryGraphStore();
  const submission = sampleSubmission({ nodes: 40 });
  await submitWhole(graph, submission);
  const api = await startApi(options(0, graph));
  onTestFinished(() => api.close());
  const long = Array.from(
    { length: limits.idsPerReadMax - 40 },
    (_, n) => `blake3:${String(n).padStart(128, '0')}`,
  );
  const ids = [...submission.dag.nodes.map(({ nodeId }) => nodeId), ...long];
  const query = new URLSearchParams({ ids: ids.join(',') }).toString();
  const response = await fetch(`${api.url}/v1/dag-manager/nodes?${query}`);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ nodes: { length: 40 } });
});

test.each([
  ['an unknown method', 'BREW /status HTTP/1.1\r\nhost: x\r\n\r\n', 400, 'the method is unknown'],
  [
    'headers that are too large',
    `GET /status HTTP/1.1\r\nhost: x\r\nx-large: ${'x'.repeat(80_000)}\r\n\r\n`,
    431,
    'the headers are too large',
  ],
  ['bytes that are not HTTP', '\u0016\u0003\u0001\r\n\r\n', 400, 'the method is unknown'],
])('%s is answered with a problem', async (_what, bytes, status, detail) => {
  const api = await startApi(options(0));
  onTestFinished(() => api.close());
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  socket.write(bytes);
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*application/problem\\+json`));
  expect(JSON.parse(body)).toMatchObject({ type: 'urn:qmtl:error:E_USAGE', status, detail });
});
