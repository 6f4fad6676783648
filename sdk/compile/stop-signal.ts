import { QmtlError } from '../../domain/base/errors.js';

/** How work is stopped. */
export interface Stopping {
  readonly signal: AbortSignal | undefined;
  /** The hint of the error when it is stopped. */
  readonly whenStopped: string;
  /** What is stopped; default `the run`. */
  readonly subject?: string;
}

/** Throws `E_INTERRUPTED` when the work was stopped. `what`: what it was doing. */
export function refuseStopped({ signal, whenStopped, subject = 'the run' }: Stopping, what: string): void {
  if (signal?.aborted !== true) return;
  throw new QmtlError('E_INTERRUPTED', `${subject} was stopped ${what}`, { hint: whenStopped });
}

/** The result of an author's code, which may never finish: waits for it only as long as the work is not stopped. */
export async function unlessStopped<T>(
  work: () => T | PromiseLike<T>,
  stopping: Stopping,
  what: string,
): Promise<Awaited<T>> {
  refuseStopped(stopping, what);
  const { signal } = stopping;
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  signal?.addEventListener('abort', stop);
  try {
    const working = (async () => await work())();
    await Promise.race([working, stopped]);
    refuseStopped(stopping, what);
    return await working;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
