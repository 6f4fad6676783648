import { once } from 'node:events';
import { connect } from 'node:net';
import fastify from 'fastify';
import { expect, onTestFinished, test, vi } from 'vitest';
import { closeMs } from '../../std/node/close-server.js';
import { listen } from '../../temporal/listen.js';

test('a server that closes waits for a client that is slow, and cuts its connection in the end', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const app = fastify();
  app.post('/', async () => 'ok');
  const server = await listen(app, { host: '127.0.0.1', port: 0, owner: 'the test', hint: 'none' });
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const cut = once(socket, 'close');
  socket.on('error', () => undefined);
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n');
  // From here on the request is under way: its body never comes.
  expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 100 /);
  const closed = server.close();
  await vi.advanceTimersByTimeAsync(closeMs - 1);
  expect(socket.destroyed).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await closed;
  await cut;
});

test.each([
  ['192.0.2.1', 0, 'not one of this machine'],
  ['no-such-host.invalid', 0, 'the host is unknown'],
])('an address that cannot be used is refused with the settings: %s', async (host, port, reason) => {
  const listening = listen(fastify(), { host, port, owner: 'the test', hint: 'choose test.host' });
  await expect(listening).rejects.toMatchObject({
    code: 'E_CONFIG',
    message: expect.stringMatching(
      new RegExp(`^the test cannot listen on ${host}, port ${port}: .*${reason}`),
    ),
    hint: 'choose test.host',
  });
});
