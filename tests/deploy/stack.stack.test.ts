import { connect } from 'node:net';
import { expect, inject, test } from 'vitest';

test('every engine of the stack accepts connections', async () => {
  const { neo4j, kafka, temporal } = inject('engines');
  const addresses = [new URL(neo4j.dsn).host, ...kafka.brokers, temporal.address];
  for (const address of addresses) await expect(opens(address)).resolves.toBe(true);
});

function opens(address: string): Promise<boolean> {
  const { hostname: host, port } = new URL(`tcp://${address}`);
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
