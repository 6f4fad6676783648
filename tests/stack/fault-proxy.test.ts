import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { FaultProxy } from './fault-proxy.js';

/** An echo server behind a proxy, and a client of the proxy. */
async function echo(): Promise<{ proxy: FaultProxy; client: Socket }> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const proxy = await FaultProxy.open(address !== null && typeof address === 'object' ? address.port : 0);
  const client = connect({ port: proxy.port, host: '127.0.0.1' });
  await once(client, 'connect');
  onTestFinished(async () => {
    client.destroy();
    await proxy.close();
    server.close();
  });
  return { proxy, client };
}

/** The code of the error a socket ends with. */
function endOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
  });
}

async function answered(client: Socket): Promise<string> {
  const [piece] = await once(client, 'data');
  return String(piece);
}

test('bytes pass, and after a stall pass again in order', async () => {
  const { proxy, client } = await echo();
  client.write('a');
  expect(await answered(client)).toBe('a');
  proxy.set({ kind: 'stall' });
  client.write('b');
  client.write('c');
  let heard = '';
  client.on('data', (piece) => {
    heard += String(piece);
  });
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(heard).toBe('');
  proxy.set({ kind: 'pass' });
  while (heard.length < 2) await once(client, 'data');
  expect(heard).toBe('bc');
});

test('a delay holds every chunk in both directions', async () => {
  const { proxy, client } = await echo();
  proxy.set({ kind: 'delay', ms: 60 });
  const started = performance.now();
  client.write('a');
  expect(await answered(client)).toBe('a');
  expect(performance.now() - started).toBeGreaterThanOrEqual(119);
});

test('a reset ends open and new connections', async () => {
  const { proxy, client } = await echo();
  const first = endOf(client);
  proxy.set({ kind: 'reset' });
  expect(await first).toBe('ECONNRESET');
  expect(await endOf(connect({ port: proxy.port, host: '127.0.0.1' }))).toBe('ECONNRESET');
});
