import { isQmtlError, QmtlError } from '../../domain/base/errors.js';
import type { CliIo } from './io.js';

/** The result of the promise, or E_INTERRUPTED as soon as Ctrl-C is pressed: not every wait can be cancelled. */
export async function unlessInterrupted<T>(
  { interrupted }: Pick<CliIo, 'interrupted'>,
  promise: Promise<T>,
  message: string,
  hint: string,
): Promise<T> {
  const error = () => new QmtlError('E_INTERRUPTED', message, { hint });
  let stop = () => {};
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => reject(error());
    if (interrupted.aborted) stop();
    else interrupted.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    interrupted.removeEventListener('abort', stop);
  }
}

/** Resolves when Ctrl-C is pressed. */
export function untilInterrupted({ interrupted }: CliIo): Promise<void> {
  if (interrupted.aborted) return Promise.resolve();
  return new Promise((resolve) => interrupted.addEventListener('abort', () => resolve(), { once: true }));
}

/** After Ctrl-C a failure is replaced by the message of the stopped command; other failures pass unchanged. */
export async function sayingWhatStopped<T>(io: CliIo, work: Promise<T>, says: () => QmtlError): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const foreign = !isQmtlError(error) || error.code === 'E_INTERRUPTED';
    throw io.interrupted.aborted && foreign ? says() : error;
  }
}
