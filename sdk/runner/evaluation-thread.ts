import type { Worker } from 'node:worker_threads';
import { QmtlError } from '../../domain/base/errors.js';
import type {
  EvaluatedBars,
  EvaluationAnswer,
  EvaluationFault,
  EvaluationPlan,
  EvaluationRequest,
  PlannedStream,
} from '../realm/messages.js';
import { unpackBars } from '../realm/packed-bars.js';
import { keepThread, takeThread } from '../realm/realm-threads.js';

/** An error of an author's code, as the thread reports it. */
export class AuthorFault extends Error {
  readonly fault: EvaluationFault;

  constructor(fault: EvaluationFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/**
 * The thread that executes the closed modules of one run, in a hardened realm of its own. Requests are answered one after
 * the other. An abort ends the thread, whatever the code in it is doing.
 */
export class EvaluationThread {
  readonly #worker: Worker;
  readonly #signal: AbortSignal | undefined;
  /** The number of fields of each stream. */
  readonly #fields: readonly number[];
  #isBusy = false;

  private constructor(worker: Worker, { streams }: EvaluationPlan, signal: AbortSignal | undefined) {
    this.#worker = worker;
    this.#fields = streams.map(({ output }) => Object.keys(output).length);
    this.#signal = signal;
  }

  /**
   * Opens a plan; its bars are given away. Rejects with AuthorFault, and with the reason of the signal when it is aborted.
   */
  static async open(plan: EvaluationPlan, signal: AbortSignal | undefined): Promise<EvaluationThread> {
    const worker = takeThread();
    worker.ref();
    const thread = new EvaluationThread(worker, plan, signal);
    await thread.#ask({ kind: 'open', plan }, plan.streams.flatMap(buffersOf));
    return thread;
  }

  /** Evaluates buckets, ascending, after those of the last call. Rejects like `open`; the thread has then ended. */
  async evaluate(times: Float64Array): Promise<readonly EvaluatedBars[]> {
    const answer = await this.#ask({ kind: 'evaluate', times });
    return answer.kind === 'evaluated' ? unpackBars(answer.bars, this.#fields) : [];
  }

  /** Gives the thread to the next run, or ends it when it is still evaluating. It must not be used any more. */
  async close(): Promise<void> {
    if (this.#worker.threadId === -1) return;
    if (this.#isBusy) {
      await this.#worker.terminate();
      return;
    }
    this.#worker.postMessage({ kind: 'close' } satisfies EvaluationRequest);
    await keepThread(this.#worker);
  }

  async #ask(request: EvaluationRequest, given: readonly ArrayBuffer[] = []): Promise<EvaluationAnswer> {
    this.#isBusy = true;
    try {
      return await this.#answer(request, given);
    } catch (error) {
      await this.#worker.terminate();
      throw error;
    } finally {
      this.#isBusy = false;
    }
  }

  #answer(request: EvaluationRequest, given: readonly ArrayBuffer[]): Promise<EvaluationAnswer> {
    const worker = this.#worker;
    const signal = this.#signal;
    return new Promise((resolve, reject) => {
      const finish = (done: () => void) => {
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        signal?.removeEventListener('abort', onAbort);
        done();
      };
      const onMessage = (answer: EvaluationAnswer) => {
        finish(() => (answer.kind === 'failed' ? reject(new AuthorFault(answer.fault)) : resolve(answer)));
      };
      const onError = (error: unknown) => finish(() => reject(threadError(error)));
      const onExit = () => finish(() => reject(threadError('it ended')));
      const onAbort = () => finish(() => reject(abortReason(signal)));
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      signal?.addEventListener('abort', onAbort);
      if (signal?.aborted === true) onAbort();
      else worker.postMessage(request, given);
    });
  }
}

/** Arrays of a plan do not share their buffers. */
function buffersOf({ arriving, recorded }: PlannedStream): ArrayBuffer[] {
  const arrays = [arriving, recorded].flatMap((bars) =>
    bars === undefined ? [] : [bars.times, bars.values],
  );
  return arrays.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []));
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
