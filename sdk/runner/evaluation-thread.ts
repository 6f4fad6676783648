import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { QmtlError } from '../../domain/base/errors.js';
import type {
  EvaluatedBars,
  EvaluationAnswer,
  EvaluationFault,
  EvaluationPlan,
  EvaluationRequest,
} from '../realm/messages.js';

/** An error of an author's code, as the thread reports it. */
export class AuthorFault extends Error {
  readonly fault: EvaluationFault;

  constructor(fault: EvaluationFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** A thread that waits for its next run; at most one is kept. It does not keep the process alive. */
let idle: Worker | undefined;

/**
 * The thread that executes the closed modules of one run, in a hardened realm of its own. Requests are answered one after
 * the other. An abort ends the thread, whatever the code in it is doing.
 */
export class EvaluationThread {
  readonly #worker: Worker;
  readonly #signal: AbortSignal | undefined;

  private constructor(worker: Worker, signal: AbortSignal | undefined) {
    this.#worker = worker;
    this.#signal = signal;
  }

  /** Opens a plan. Rejects with AuthorFault, and with the reason of the signal when it is aborted. */
  static async open(plan: EvaluationPlan, signal: AbortSignal | undefined): Promise<EvaluationThread> {
    const worker = idle ?? startWorker();
    idle = undefined;
    worker.ref();
    const thread = new EvaluationThread(worker, signal);
    try {
      await thread.#ask({ kind: 'open', plan });
      return thread;
    } catch (error) {
      await worker.terminate();
      throw error;
    }
  }

  /** Evaluates buckets, ascending, after those of the last call. Rejects like `open`; the thread has then ended. */
  async evaluate(times: Float64Array): Promise<readonly EvaluatedBars[]> {
    try {
      return await this.#ask({ kind: 'evaluate', times });
    } catch (error) {
      await this.#worker.terminate();
      throw error;
    }
  }

  /** Gives the thread to the next run. It must not be used any more. */
  async close(): Promise<void> {
    if (this.#worker.threadId === -1) return;
    if (idle !== undefined) {
      await this.#worker.terminate();
      return;
    }
    this.#worker.postMessage({ kind: 'close' } satisfies EvaluationRequest);
    this.#worker.unref();
    idle = this.#worker;
  }

  #ask(request: EvaluationRequest): Promise<readonly EvaluatedBars[]> {
    const worker = this.#worker;
    const signal = this.#signal;
    return new Promise((resolve, reject) => {
      const finish = (done: () => void) => {
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        signal?.removeEventListener('abort', onAbort);
        done();
      };
      const onMessage = (answer: EvaluationAnswer) => {
        finish(() =>
          answer.kind === 'done' ? resolve(answer.streams) : reject(new AuthorFault(answer.fault)),
        );
      };
      const onError = (error: unknown) => finish(() => reject(threadError(error)));
      const onExit = () => finish(() => reject(threadError('it ended')));
      const onAbort = () => finish(() => reject(abortReason(signal)));
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      signal?.addEventListener('abort', onAbort);
      if (signal?.aborted === true) onAbort();
      else worker.postMessage(request);
    });
  }
}

function abortReason(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('aborted');
}

/** Memory is the one limit of a thread that author's code can reach. */
function threadError(cause: unknown): QmtlError {
  const code: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'code') : undefined;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new QmtlError('E_COMPUTE', 'the memory for compute functions is full', {
      cause,
      hint: 'look for a list that grows without end; NODE_OPTIONS=--max-old-space-size=… gives Node more',
    });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new QmtlError('E_INTERNAL', `the thread of compute functions failed: ${reason}`, { cause });
}

function startWorker(): Worker {
  // Author's code has no use for the environment, and it may hold secrets.
  const worker = new Worker(threadEntry(), { env: {} });
  worker.setMaxListeners(0);
  // A run reports the end of its thread itself; that of a waiting one harms nothing.
  const forget = () => {
    if (idle === worker) idle = undefined;
  };
  return worker.on('error', forget).on('exit', forget);
}

/** From sources (tests, tsx) the thread needs the compiler that its process has. */
function threadEntry(): URL {
  if (!import.meta.url.endsWith('.ts')) return new URL('../realm/realm-thread.js', import.meta.url);
  const entry = JSON.stringify(new URL('../realm/realm-thread.ts', import.meta.url).href);
  const api = createRequire(import.meta.url)
    .resolve('tsx/esm/api')
    .replace(/\.cjs$/, '.mjs');
  const compiler = JSON.stringify(pathToFileURL(api).href);
  const code = `import { tsImport } from ${compiler}; await tsImport(${entry}, ${entry});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}
