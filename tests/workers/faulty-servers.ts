import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type TlsOptions } from 'node:tls';

/** Certificates of an authority of their own, made with openssl, and servers with each fault of a connection. */
export class FaultyServers {
  readonly #folder = mkdtempSync(join(tmpdir(), 'qmtl-faults-'));
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  constructor() {
    for (const name of ['authority', 'stranger']) {
      this.#key(name);
      const constraints = ['-addext', 'basicConstraints=critical,CA:TRUE'];
      const subject = ['-subj', `/CN=${name}`, '-days', '2', '-out', `${name}.pem`];
      this.#openssl('req', '-x509', '-new', '-key', `${name}.key`, ...subject, ...constraints);
    }
  }

  /** PEM file of the authority that the clients trust. */
  get caFile(): string {
    return join(this.#folder, 'authority.pem');
  }

  /** A certificate and its key. `days` is negative for one that has expired. */
  certificate(
    name: string,
    names: string,
    { authority = 'authority', days = 2 } = {},
  ): { readonly key: Buffer; readonly cert: Buffer } {
    this.#key(name);
    const file = (ending: string) => join(this.#folder, `${name}.${ending}`);
    this.#openssl('req', '-new', '-key', file('key'), '-subj', `/CN=${name}`, '-out', file('csr'));
    writeFileSync(file('ext'), `subjectAltName=${names}\n`);
    const signer = ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`, '-CAcreateserial'];
    const given = ['-extfile', file('ext'), '-days', String(days), '-out', file('pem')];
    this.#openssl('x509', '-req', '-in', file('csr'), ...signer, ...given);
    return { key: readFileSync(file('key')), cert: readFileSync(file('pem')) };
  }

  /** A server that only shakes hands. */
  encrypted(options: TlsOptions): Promise<number> {
    return this.#listening(createServer({ ALPNProtocols: ['h2'], ...options }));
  }

  http(): Promise<number> {
    return this.#listening(createHttpServer((_request, response) => response.end('a web page')));
  }

  /** Takes what it is sent, and answers nothing. */
  silent(): Promise<number> {
    return this.#listening(createPlainServer((socket) => socket.resume()));
  }

  /** Ends a connection when the client has sent something. */
  closing(): Promise<number> {
    return this.#listening(createPlainServer((socket) => socket.once('data', () => socket.destroy())));
  }

  close(): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #listening(server: Server): Promise<number> {
    this.#servers.push(server);
    // What clients do to it does not matter.
    server.on('error', () => {});
    server.on('tlsClientError', () => {});
    for (const event of ['connection', 'secureConnection'])
      server.on(event, (socket: Socket) => {
        this.#sockets.add(socket);
        socket.on('error', () => {});
      });
    server.on('secureConnection', (socket: Socket) => socket.resume());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server does not listen');
    return address.port;
  }

  #key(name: string): void {
    this.#openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`);
  }

  #openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: this.#folder, stdio: 'ignore' });
  }
}
