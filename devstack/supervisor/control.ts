import { request } from 'node:http';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { QmtlError } from '../../domain/base/errors.js';
import type { Report } from '../process/progress.js';
import {
  errorOf,
  type StackEvent,
  type SupervisorStatus,
  socketOf,
  stackEventSchema,
  supervisorStatusSchema,
} from './protocol.js';

/** What the process that holds a stack says about it; undefined when there is none. */
export async function stackStatus(folder: string): Promise<SupervisorStatus | undefined> {
  const answer = await ask(folder, 'GET', '/');
  return answer === undefined ? undefined : supervisorStatusSchema.parse(JSON.parse(await text(answer)));
}

export interface AskOptions {
  readonly report: Report;
  /** Going away while parts are started stops those. */
  readonly signal?: AbortSignal | undefined;
}

/** Starts the parts that do not run. Throws what made one fail. */
export async function startParts(folder: string, options: AskOptions): Promise<void> {
  const answer = await ask(folder, 'POST', '/start', options.signal);
  if (answer === undefined) throw notThere(folder);
  await untilDone(answer, options);
}

/** Stops a stack and the process that holds it; false when there is none. */
export async function stopStack(folder: string, options: AskOptions): Promise<boolean> {
  const answer = await ask(folder, 'POST', '/stop');
  if (answer === undefined) return false;
  await untilDone(answer, options);
  return true;
}

async function untilDone(answer: Readable, { report, signal }: AskOptions): Promise<void> {
  let last: StackEvent | undefined;
  try {
    for await (const line of createInterface({ input: answer })) {
      last = stackEventSchema.parse(JSON.parse(line));
      if (last.kind === 'failed') throw errorOf(last);
      if (last.kind !== 'done') report(last);
    }
  } finally {
    signal?.throwIfAborted();
  }
  if (last?.kind !== 'done') {
    throw new QmtlError('E_INTERNAL', 'the process of the stack ended before it was done', {
      hint: '`qmtl stack logs stack` shows its last words; `qmtl stack up` starts it again',
    });
  }
}

function notThere(folder: string): QmtlError {
  return new QmtlError('E_INTERNAL', `no process holds the stack in ${folder}`);
}

/** No socket, nobody behind it, or someone who was just leaving. */
const absent: readonly string[] = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'];

/** The answer of the process that holds a stack; undefined when nobody listens. */
function ask(
  folder: string,
  method: 'GET' | 'POST',
  path: string,
  signal?: AbortSignal,
): Promise<Readable | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({
      socketPath: socketOf(folder),
      method,
      path,
      // One that is kept may lead to a process that is about to end.
      agent: false,
      ...(signal === undefined ? {} : { signal }),
    });
    asked.once('response', resolve);
    asked.once('error', (error: NodeJS.ErrnoException) => {
      if (absent.includes(error.code ?? '')) resolve(undefined);
      else reject(error);
    });
    asked.end();
  });
}
