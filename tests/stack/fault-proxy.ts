import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What the proxy does to bytes that come from now on, and to new connections. */
export type FaultMode =
  | { readonly kind: 'pass' }
  /** Every piece waits so many milliseconds, in both directions. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Half-open: connections stand, nothing comes through, and nobody is told. */
  | { readonly kind: 'stall' }
  /** Connections are reset, new ones too. */
  | { readonly kind: 'reset' };

/** A TCP proxy on the loopback interface that can be told to misbehave. */
export class FaultProxy {
  readonly #server: Server;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #mode: FaultMode = { kind: 'pass' };

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  /** In front of a port of this machine. */
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
    // Whatever breaks one side breaks the other.
    from.on('error', () => to.resetAndDestroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }

  async #pass(piece: Uint8Array, from: Socket, to: Socket): Promise<void> {
    if (this.#mode.kind === 'delay') await pause(this.#mode.ms);
    // A stalled connection keeps what it was given: after healing the bytes come, late and in order.
    while (this.#mode.kind === 'stall' && !from.destroyed) await pause(50);
    if (!to.destroyed) to.write(piece);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
