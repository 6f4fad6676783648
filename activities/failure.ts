import { ApplicationFailure } from '@temporalio/common';
import { errorCatalogue, QmtlError } from '../domain/errors.js';
import { problemsToWire } from '../proto/convert.js';

/**
 * The border from catalogue errors to Temporal: the failure type is the code, and only what may succeed later is retried.
 * An error outside the catalogue is a fault of ours; it is retried, because a new release may mend it while the work waits.
 */
export function toApplicationFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (!(error instanceof QmtlError)) {
    const cause = error instanceof Error ? error : undefined;
    return ApplicationFailure.create({
      type: 'E_INTERNAL',
      message: error instanceof Error ? error.message : String(error),
      ...(cause === undefined ? {} : { cause }),
    });
  }
  return ApplicationFailure.create({
    type: error.code,
    message: error.hint === undefined ? error.message : `${error.message} (${error.hint})`,
    nonRetryable: !errorCatalogue[error.code].retryable,
    details: error.problems.length === 0 ? [] : [problemsToWire(error.problems, 0)],
  });
}

/** Wraps an activity so that it throws only what Temporal understands. */
export function translated<A extends unknown[], R>(
  activity: (...args: A) => Promise<R>,
): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await activity(...args);
    } catch (error) {
      throw toApplicationFailure(error);
    }
  };
}
