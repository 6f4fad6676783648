import { isQmtlError, QmtlError } from '../../domain/base/errors.js';
import { onAbort } from '../../std/node/on-abort.js';
import type { CliIo } from './io.js';

/** The result of the promise, or E_INTERRUPTED as soon as Ctrl-C is pressed: not every wait can be cancelled. */
export async function unlessInterrupted<T>(
  { interrupted }: Pick<CliIo, 'interrupted'>,
  promise: Promise<T>,
  message: string,
  hint: string,
): Promise<T> {
  const error = () => new QmtlError('E_INTERRUPTED', message, { hint });
  let ignoreAbort = () => {};
  const stopped = new Promise<never>((_resolve, reject) => {
    ignoreAbort = onAbort(interrupted, () => reject(error()));
  });
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    ignoreAbort();
  }
}

/** Resolves when Ctrl-C is pressed. */
export function untilInterrupted({ interrupted }: CliIo): Promise<void> {
  return new Promise((resolve) => void onAbort(interrupted, resolve));
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
