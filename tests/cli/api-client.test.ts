import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { fakeIo, run, runWith } from './fake-io.js';

/** A server that answers with these statuses, and then with an empty list. */
async function serverAnswering(...statuses: readonly number[]) {
  const left = [...statuses];
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    const status = left.shift() ?? 200;
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '1' });
    response.end(status === 200 ? '{}' : '{"detail":"Rate limit exceeded"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { env: { QMTL_API_URL: `http://127.0.0.1:${port}` }, requests: () => requests };
}

test('a read waits while the API limits the rate of requests', async () => {
  const { env, requests } = await serverAnswering(429);
  expect(await run(['nodes'], { env })).toMatchObject({ exitCode: 0, err: '' });
  expect(requests()).toBe(2);
});

test('Ctrl-C ends the wait for a limited rate', async () => {
  const { env } = await serverAnswering(429, 429);
  const io = fakeIo({ env });
  const running = runWith(io, ['nodes']);
  setTimeout(() => io.interrupt(), 200);
  expect(await running).toMatchObject({ exitCode: 130, err: expect.stringContaining('E_INTERRUPTED') });
});
