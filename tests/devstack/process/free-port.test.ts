import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freePort, requireFreePort } from '../../../devstack/process/free-port.js';

const use = { what: 'Temporal', choose: 'choose another port with --port' };

test('a free port can be listened on', async () => {
  const port = await freePort();
  expect(await listen(port)).toBe(port);
});

test('an unused port is accepted', async () => {
  await expect(requireFreePort(await freePort(), use)).resolves.toBeUndefined();
});

test('a port in use is named, with a hint how to choose another one', async () => {
  const port = await listen(0);
  await expect(requireFreePort(port, use)).rejects.toMatchObject({
    code: 'E_PORT_IN_USE',
    message: `port ${port}, wanted for Temporal, is in use`,
    hint: 'choose another port with --port, or stop the process that uses it',
  });
});

async function listen(port: number): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : port;
}
