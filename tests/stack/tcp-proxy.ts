import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A proxy to a server whose connections can be cut. */
export interface TcpProxy {
  readonly dsn: string;
  /** Ends all connections and refuses new ones. */
  cut(): void;
  restore(): void;
  /** Keeps connections open but passes nothing, like a network that drops packets. */
  swallow(): void;
  close(): Promise<void>;
}

/** A port without a listener. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}

export async function proxyTo(dsn: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(dsn);
  const sockets = new Set<Socket>();
  let mode: 'open' | 'cut' | 'swallow' = 'open';
  const server = createServer((client) => {
    if (mode === 'cut') return void client.destroy();
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (data) => mode === 'open' && upstream.write(data));
    upstream.on('data', (data) => mode === 'open' && client.write(data));
  });
  const own = await listen(server);
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return {
    dsn: `bolt://127.0.0.1:${own}`,
    cut: () => {
      mode = 'cut';
      destroyAll();
    },
    restore: () => {
      mode = 'open';
    },
    swallow: () => {
      mode = 'swallow';
    },
    close: async () => {
      destroyAll();
      server.close();
      await once(server, 'close');
    },
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address.port;
}
