import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { errorCatalogue, isQmtlError, type QmtlError } from '../domain/base/errors.js';
import { limits } from '../domain/base/limits.js';
import { isOperatorFault } from '../domain/submissions/retry-budget.js';
import { problemsToWire } from '../proto/convert/problems.js';
import { boundedText } from '../std/bounded-text.js';

/**
 * Translates errors of the catalogue to Temporal: the failure type is the code, and only what may succeed later is retried.
 * An internal error, inside the catalogue or outside, is retried too: a new release may fix it while the work waits.
 */
export function toApplicationFailure(
  error: unknown,
  patience: Patience = 'of-the-workflow',
): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (isQmtlError(error)) return catalogueFailure(error, patience);
  return ApplicationFailure.create({
    type: 'E_INTERNAL',
    message: boundedText(
      error instanceof Error ? error.message : String(error),
      limits.failureMessageCharsMax,
    ),
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

/** Who waits for an operator to repair something: the workflow between its rounds, or the attempts of an activity that has no others. */
type Patience = 'of-the-workflow' | 'of-the-activity';

function catalogueFailure(
  { code, message, hint, problems }: QmtlError,
  patience: Patience,
): ApplicationFailure {
  const waits = patience === 'of-the-activity' && isOperatorFault(code);
  return ApplicationFailure.create({
    type: code,
    // A message of an engine may hold everything it was asked.
    message: boundedText(
      hint === undefined ? message : `${message} (${hint})`,
      limits.failureMessageCharsMax,
    ),
    nonRetryable: !errorCatalogue[code].retryable && code !== 'E_INTERNAL' && !waits,
    details: problems.length === 0 ? [] : [problemsToWire(problems, 0)],
  });
}

/** Wraps an activity so that it throws application failures only, and the cancellation that Temporal asked for. */
export function translated<A extends unknown[], R>(
  activity: (...args: A) => Promise<R>,
  patience: Patience = 'of-the-workflow',
): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await activity(...args);
    } catch (error) {
      throw error instanceof CancelledFailure ? error : toApplicationFailure(error, patience);
    }
  };
}
