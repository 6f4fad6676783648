import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What the proxy does from now on to bytes and to new connections. */
export type FaultMode =
  | { readonly kind: 'pass' }
  /** Delay of every chunk in milliseconds, in both directions. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Half-open: connections stay open, but nothing passes. */
  | { readonly kind: 'stall' }
  /** All connections are reset, including new ones. */
  | { readonly kind: 'reset' };

/** A TCP proxy on the loopback interface that can simulate failures. */
export class FaultProxy {
  readonly #server: Server;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #mode: FaultMode = { kind: 'pass' };

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  /** Starts a proxy in front of a port of this machine. */
  static async open(target: number, port = 0): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    proxy.#server.listen(port, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
    return address.port;
  }

  set(mode: FaultMode): void {
    this.#mode = mode;
    if (mode.kind === 'reset') this.#resetAll();
    if (mode.kind === 'pass') for (const socket of this.#sockets) socket.resume();
  }

  async close(): Promise<void> {
    this.#resetAll();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #resetAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#sockets.clear();
  }

  #accept(client: Socket): void {
    if (this.#mode.kind === 'reset') {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: this.#target, host: '127.0.0.1' });
    this.#forward(client, server);
    this.#forward(server, client);
  }

  #forward(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    let last = Promise.resolve();
    from.on('data', (piece) => {
      last = last.then(() => this.#pass(piece, from, to));
    });
    from.on('end', () => void last.then(() => to.end()));
    // A failure of one side ends the other.
    from.on('error', () => to.resetAndDestroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }

  async #pass(piece: Uint8Array, from: Socket, to: Socket): Promise<void> {
    if (this.#mode.kind === 'delay') await pause(this.#mode.ms);
    // A stalled connection keeps its bytes: afterwards they are delivered late and in order.
    while (this.#mode.kind === 'stall' && !from.destroyed) await pause(50);
    if (!to.destroyed) to.write(piece);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
