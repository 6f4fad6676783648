import { request } from 'node:http';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { QmtlError } from '../../domain/base/errors.js';
import { pauseAfter } from '../../std/growing-pause.js';
import { findErrno } from '../../std/node/errno.js';
import { lockHolder } from '../process/file-lock.js';
import type { Report } from '../process/progress.js';
import { stackPaths } from './folder.js';
import {
  findSocket,
  type StackEvent,
  type SupervisorStatus,
  stackEventSchema,
  supervisorStatusSchema,
  toError,
} from './protocol.js';

/** The longest wait for a process that is ending, milliseconds: its parts have stopped by then, or are killed. */
const endingMs = 30_000;
const betweenLooks = { firstMs: 10, factor: 2, longestMs: 200 } as const;

/** The status that the process holding a stack reports; undefined when there is no such process. */
export async function stackStatus(folder: string): Promise<SupervisorStatus | undefined> {
  const answer = await ask(folder, 'GET', '/');
  return answer === undefined ? undefined : supervisorStatusSchema.parse(JSON.parse(await text(answer)));
}

export interface AskOptions {
  readonly report: Report;
  /** An abort while parts are starting stops these parts. */
  readonly signal?: AbortSignal | undefined;
}

/** Starts the parts that do not run. Throws the failure of a part. */
export async function startParts(folder: string, options: AskOptions): Promise<void> {
  const answer = await ask(folder, 'POST', '/start', options.signal);
  if (answer === undefined) throw notThere(folder);
  await untilDone(answer, options);
}

/** Stops a stack and the process that holds it; false when nothing runs. */
export async function stopStack(folder: string, options: AskOptions): Promise<boolean> {
  const answer = await ask(folder, 'POST', '/stop');
  if (answer === undefined) return false;
  await untilDone(answer, options);
  return true;
}

/**
 * Resolves when no process holds the folder, at the latest after half a minute. A process that ends removes its socket first and
 * releases the folder last.
 */
export async function untilReleased(folder: string): Promise<void> {
  const deadline = performance.now() + endingMs;
  for (let looks = 1; (await lockHolder(stackPaths(folder).lock)) !== undefined; looks += 1) {
    if (performance.now() > deadline) return;
    await pause(pauseAfter(betweenLooks, looks));
  }
}

async function untilDone(answer: Readable, { report, signal }: AskOptions): Promise<void> {
  let last: StackEvent | undefined;
  try {
    for await (const line of createInterface({ input: answer })) {
      last = stackEventSchema.parse(JSON.parse(line));
      if (last.kind === 'failed') throw toError(last);
      if (last.kind !== 'done') report(last);
    }
  } finally {
    signal?.throwIfAborted();
  }
  if (last?.kind !== 'done') {
    throw new QmtlError('E_INTERNAL', 'the process of the stack ended unexpectedly', {
      hint: '`qmtl stack logs stack` shows its last output; `qmtl stack up` starts it again',
    });
  }
}

function notThere(folder: string): QmtlError {
  return new QmtlError('E_INTERNAL', `no process holds the stack in ${folder}`);
}

/** There is no socket, nothing listens on it, or the process is just ending. */
const absent: readonly string[] = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'];

/** The answer of the process that holds a stack; undefined when nothing listens. */
function ask(
  folder: string,
  method: 'GET' | 'POST',
  path: string,
  signal?: AbortSignal,
): Promise<Readable | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({
      socketPath: findSocket(folder),
      method,
      path,
      // A kept connection may lead to a process that is about to end.
      agent: false,
      ...(signal === undefined ? {} : { signal }),
    });
    asked.once('response', resolve);
    asked.once('error', (error: Error) => {
      if (absent.includes(findErrno(error) ?? '')) resolve(undefined);
      else reject(error);
    });
    asked.end();
  });
}
