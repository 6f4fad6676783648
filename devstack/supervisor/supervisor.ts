import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { QmtlError } from '../../domain/base/errors.js';
import { closeServer } from '../../std/node/close-server.js';
import type { LineLog } from '../process/line-log.js';
import { describeFailure, type Progress, type Report } from '../process/progress.js';
import { partNames, stackPaths } from './folder.js';
import {
  failedEvent,
  findSocket,
  type StackEvent,
  type SupervisorSettings,
  type SupervisorStatus,
} from './protocol.js';
import { type PartEnd, type Stack, startStack } from './stack.js';

/** Holds a stack and executes commands. */
export interface Supervisor {
  readonly stack: Stack;
  /** Resolves when the stack has stopped on request. */
  readonly closed: Promise<void>;
  /** Starts what does not run, as `POST /start` does. */
  start(report: Report, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface SupervisorOptions {
  readonly settings: SupervisorSettings;
  /** The log of steps and ends of parts. */
  readonly log: Pick<LineLog, 'add'>;
}

/** Takes the folder of a stack and listens for commands; no part is started yet. */
export async function startSupervisor({ settings, log }: SupervisorOptions): Promise<Supervisor> {
  const socket = findSocket(settings.folder);
  const listeners = new Set<Report>();
  const { folder, ports, env, searchAttributes, codecEndpoint } = settings;
  const stack = await startStack({
    folder,
    ports,
    env,
    searchAttributes,
    parts: [],
    ui: true,
    report: (line) => {
      if (line.kind !== 'progress') log.add(`${new Date().toISOString()} ${line.text}`);
      for (const listener of listeners) listener(line);
    },
    onEnd: (end) => log.add(`${new Date().toISOString()} ${endText(end)}`),
    ...(codecEndpoint === undefined ? {} : { codecEndpoint }),
  });
  const supervisor = new SocketSupervisor(stack, listeners);
  try {
    // A previous holder that was killed left its socket.
    await rm(socket, { force: true });
    await supervisor.listen(socket);
    return supervisor;
  } catch (cause) {
    await stack.stop();
    throw new QmtlError('E_FILE', `cannot listen on ${socket}: ${describeFailure(cause)}`, {
      hint: 'choose a folder on a local disk, with --folder or QMTL_STACK_DIR',
      cause,
    });
  }
}

function endText({ part, code, output }: PartEnd): string {
  return `${part} ended with code ${code}: ${output.at(-1) ?? 'it printed nothing'}`;
}

class SocketSupervisor implements Supervisor {
  readonly stack: Stack;
  readonly closed: Promise<void>;
  readonly #listeners: Set<Report>;
  readonly #server: Server;
  /** Aborts a running start when the stack is stopped. */
  readonly #closing = new AbortController();
  #starting: Promise<void> | undefined;
  #tellClosed: () => void = () => undefined;
  #close: Promise<void> | undefined;

  constructor(stack: Stack, listeners: Set<Report>) {
    this.stack = stack;
    this.#listeners = listeners;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.closed = new Promise((resolve) => {
      this.#tellClosed = resolve;
    });
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, resolve);
    });
  }

  /** One start at a time; a second one waits and then has nothing to do. */
  async start(report: Report, signal: AbortSignal): Promise<void> {
    this.#listeners.add(report);
    try {
      await this.#starting?.catch(() => undefined);
      this.#starting = this.stack.startAll(partNames, AbortSignal.any([signal, this.#closing.signal]));
      await this.#starting;
    } finally {
      this.#starting = undefined;
      this.#listeners.delete(report);
    }
  }

  close(): Promise<void> {
    this.#close ??= this.#stopAndClose();
    return this.#close;
  }

  async #stopAndClose(): Promise<void> {
    const stopped = new QmtlError('E_INTERRUPTED', 'the stack was stopped while it was starting');
    this.#closing.abort(stopped);
    await this.#starting?.catch(() => undefined);
    await rm(stackPaths(this.stack.folder).socket, { force: true });
    await this.stack.stop();
    this.#tellClosed();
    void closeServer(this.#server, () => new Promise((resolve) => this.#server.close(resolve)));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const tell = (event: StackEvent): void => void response.write(`${JSON.stringify(event)}\n`);
    try {
      await this.#act(request, response, tell);
    } catch (error) {
      tell(failedEvent(error));
    }
    response.end();
  }

  async #act(
    { method, url }: IncomingMessage,
    response: ServerResponse,
    tell: (event: StackEvent) => void,
  ): Promise<void> {
    switch (`${method} ${url}`) {
      case 'GET /':
        response.write(JSON.stringify(this.#status()));
        return;
      case 'POST /start':
        await this.#startFor(response, tell);
        tell({ kind: 'done' });
        return;
      case 'POST /stop':
        await this.close();
        tell({ kind: 'done' });
        return;
      default:
        throw new QmtlError('E_USAGE', `the process of the stack has no command ${method} ${url}`);
    }
  }

  /** A command that has ended (Ctrl-C) aborts its start; when no part runs, the process ends too. */
  async #startFor(response: ServerResponse, tell: (event: StackEvent) => void): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort(new Error('the command that requested the start has ended')));
    try {
      await this.start((line: Progress) => tell(line), gone.signal);
    } catch (error) {
      if (partNames.every((part) => this.stack.groupOf(part) === undefined)) void this.close();
      throw error;
    }
  }

  #status(): SupervisorStatus {
    const idle = this.#starting === undefined ? 'ended' : 'starting';
    const parts = partNames.map((part) => {
      const group = this.stack.groupOf(part);
      return group === undefined
        ? ({ part, state: idle } as const)
        : ({ part, state: 'running', group } as const);
    });
    const { ports, kafka } = this.stack;
    return { pid: process.pid, parts, ports, kafkaReplicasMax: kafka.replicasMax };
  }
}
