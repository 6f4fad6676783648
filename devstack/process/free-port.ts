import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { QmtlError } from '../../domain/base/errors.js';
import { findErrno } from '../../std/node/errno.js';

const loopback = '127.0.0.1';

/** A port of the loopback interface that nothing listens on. */
export async function freePort(): Promise<number> {
  return listenAndClose(0);
}

/** Systems use ports from 32768 on for outgoing connections; a lower one stays unused while its server is down. */
const lastingPorts = { from: 20_000, to: 32_000 } as const;

/** A port of the loopback interface that nothing listens on, for a server that will use it again after a restart. */
export async function unusedPort(taken: ReadonlySet<number> = new Set()): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = randomInt(lastingPorts.from, lastingPorts.to);
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  return freePort();
}

async function isFree(port: number): Promise<boolean> {
  try {
    await listenAndClose(port);
    return true;
  } catch {
    return false;
  }
}

const freeAgainMs = 5_000;
const freePollMs = 20;

/** Resolves when the ports are free, or after the limit: then another process uses one. */
export async function untilFree(ports: readonly number[], limitMs = freeAgainMs): Promise<void> {
  const deadline = performance.now() + limitMs;
  for (const port of ports) {
    while (!(await isFree(port)) && performance.now() < deadline) await delay(freePollMs);
  }
}

/** Refuses a port in use; the hint says how to choose another one. */
export async function requireFreePort(port: number, use: { what: string; choose: string }): Promise<void> {
  try {
    await listenAndClose(port);
  } catch (error) {
    throw new QmtlError('E_PORT_IN_USE', `port ${port}, wanted for ${use.what}, ${reason(error)}`, {
      hint: `${use.choose}, or stop the process that uses it`,
      cause: error,
    });
  }
}

function reason(error: unknown): string {
  const code = findErrno(error);
  if (code === 'EADDRINUSE') return 'is in use';
  if (code === 'EACCES') return 'may not be opened by this user';
  return `cannot be opened (${code ?? String(error)})`;
}

function listenAndClose(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: loopback, exclusive: true }, () => {
      const address = server.address();
      const chosen = address !== null && typeof address === 'object' ? address.port : port;
      server.close(() => resolve(chosen));
    });
  });
}
