import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

/**
 * A child that reports to a witness, over a socket, that it is up and which signals it gets. The socket closes when the child
 * ends in any way, which is an event to wait for, without the help of a parent.
 */
export interface Witness {
  /** Arguments for node that make it such a child. */
  readonly args: string[];
  /** The reports of the next child; resolves when it is up. */
  up(): Promise<Testimony>;
}

interface Testimony {
  readonly pid: number;
  readonly signals: readonly string[];
  /** Resolves when the child has ended. */
  readonly gone: Promise<void>;
}

/** @param onTerm what the child does on SIGTERM */
export async function witness(onTerm: 'exit 7' | 'ignore'): Promise<Witness> {
  const server = createServer();
  const arrivals = new Promise<Socket>((resolve) => server.once('connection', resolve));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const program = `
    const socket = require('node:net').connect(${port}, '127.0.0.1', () => socket.write(process.pid + '\\n'));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {
      const end = signal === 'SIGTERM' && ${onTerm === 'exit 7'};
      socket.write(signal + '\\n', () => { if (end) { console.log('ending'); process.exit(7); } });
    });
    console.log('up');`;
  return { args: ['-e', program], up: async () => hear(await arrivals) };
}

function hear(socket: Socket): Promise<Testimony> {
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  const signals: string[] = [];
  return new Promise((resolve) => {
    createInterface({ input: socket }).on('line', (line) => {
      if (line.startsWith('SIG')) signals.push(line);
      else resolve({ pid: Number(line), signals, gone });
    });
  });
}
