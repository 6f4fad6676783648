import { isMessage } from '@bufbuild/protobuf';
import {
  isGrpcServiceError,
  ServiceError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  NamespaceNotFoundError,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common';
import { type ErrorCode, isErrorCode, isQmtlError, QmtlError } from '../../domain/base/errors.js';
import { problemsFromWire } from '../../proto/convert/problems.js';
import { ProblemListSchema } from '../../proto/gen/qmtl/v1/submission_pb.js';
import { searchAttributesMissing, unknownNamespace } from '../connection.js';

/** Translates exceptions of Temporal to the catalogue. Any other error passes unchanged: it is a programming error. */
export function submissionError(error: unknown): Error {
  if (isQmtlError(error)) return error;
  if (error instanceof WorkflowNotFoundError) {
    return new QmtlError('E_NOT_FOUND', 'no such submission is known to Temporal', {
      hint: 'check the id; Temporal forgets finished submissions after its retention time, their receipts stay in the graph',
      cause: error,
    });
  }
  if (error instanceof NamespaceNotFoundError) return unknownNamespace({ namespace: error.namespace }, error);
  if (error instanceof Error && /Channel has been shut down/.test(error.message)) return closedClient(error);
  if (error instanceof WorkflowFailedError || error instanceof WorkflowUpdateFailedError) return ended(error);
  return isSilence(error) ? refusedCall(error) : asError(error);
}

function closedClient(cause: Error): QmtlError {
  return new QmtlError('E_USAGE', 'the client is closed', {
    hint: 'close it when nothing is awaited any more; what was submitted goes on',
    cause,
  });
}

/** The workflow ended without a receipt. */
function ended(error: WorkflowFailedError | WorkflowUpdateFailedError): Error {
  // The failure of an activity comes wrapped.
  const cause = error.cause instanceof ActivityFailure ? error.cause.cause : error.cause;
  if (cause instanceof ApplicationFailure) return refusal(cause);
  if (cause instanceof CancelledFailure) {
    return new QmtlError('E_SUBMISSION_CANCELLED', 'the submission was cancelled', {
      hint: 'submit it again to continue',
      cause: error,
    });
  }
  if (cause instanceof TerminatedFailure || cause instanceof TimeoutFailure) {
    return new QmtlError(
      'E_SUBMISSION_FAILED',
      `the submission was terminated from outside: ${cause.message}`,
      {
        hint: 'submit it again: what was done is kept',
        cause: error,
      },
    );
  }
  return error;
}

function refusal(failure: ApplicationFailure): QmtlError {
  const type = failure.type ?? '';
  const [detail] = failure.details ?? [];
  const problems = isMessage(detail, ProblemListSchema) ? problemsFromWire(detail) : [];
  return new QmtlError(isErrorCode(type) ? type : 'E_INTERNAL', failure.message, {
    problems,
    cause: failure,
  });
}

/** gRPC codes of a server that is away, overloaded or ended a long wait: the call may be repeated. */
const passingCodes: ReadonlySet<number> = new Set([
  4, // DEADLINE_EXCEEDED
  14, // UNAVAILABLE
]);
const failedPrecondition = 9;
const resourceExhausted = 8;

/** The same status for a message that is too large: no later call helps. */
const tooLarge = /message larger than max|exceeds .*limit|size limit/i;

/** The server answers, and wants to be asked less often. */
export function isRateLimited(error: unknown): boolean {
  return grpcStatus(error) === resourceExhausted && !tooLarge.test(reasonOf(error));
}

/**
 * Whether the same call may be answered later: the server does not answer at the moment, or the run accepts no update because
 * its last workflow task failed and the next one is not there yet.
 */
export function isPassing(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return isPassing(error.cause);
  if (isGrpcServiceError(error)) {
    const code: number = error.code;
    const failedTask = code === failedPrecondition && /workflow task in failed state/i.test(error.message);
    if (code === resourceExhausted) return isRateLimited(error);
    return failedTask || passingCodes.has(code);
  }
  return error instanceof ServiceError && isPassing(error.cause);
}

function isSilence(error: unknown): boolean {
  return (
    error instanceof ServiceError ||
    error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
    isGrpcServiceError(error)
  );
}

/** What a gRPC status means for a submission, and what can be done about it. Any other one counts as no answer. */
const statuses: Readonly<Record<number, readonly [code: ErrorCode, says: string, hint: string]>> = {
  3: [
    'E_INTERNAL',
    'Temporal refuses the request',
    'check that the server is of a version that docs/operations.md names',
  ],
  7: [
    'E_CONFIG',
    'Temporal refuses the credentials for this namespace',
    'check temporal.api_key, temporal.cert_file and temporal.namespace',
  ],
  8: [
    'E_TEMPORAL_UNAVAILABLE',
    'Temporal limits the rate of requests',
    'submit again in a while; raise the limits of the namespace if it lasts',
  ],
  12: [
    'E_CONFIG',
    'the Temporal server lacks a call that QMTL needs',
    'use a server of a version that docs/operations.md names',
  ],
  16: [
    'E_CONFIG',
    'Temporal does not know the credentials',
    'check temporal.api_key (or api_key_file) and temporal.cert_file',
  ],
};

const invalidArgument = 3;

function refusedCall(error: unknown): QmtlError {
  const reason = reasonOf(error);
  const status = grpcStatus(error);
  if (status === invalidArgument && /search attribute/i.test(reason)) {
    const [, namespace = 'default'] = /Namespace (\S+)/.exec(reason) ?? [];
    return searchAttributesMissing(namespace, reason, error);
  }
  if ((status === invalidArgument || status === resourceExhausted) && tooLarge.test(reason)) {
    const hint = 'split the strategy: submit shared parts as separate strategies';
    return new QmtlError('E_LIMIT_EXCEEDED', `the submission is too large for Temporal: ${reason}`, {
      hint,
      cause: error,
    });
  }
  const [code, says, hint] = statuses[status ?? -1] ?? [
    'E_TEMPORAL_UNAVAILABLE',
    'Temporal did not answer',
    'check that the server runs and that a control-plane worker polls the task queue',
  ];
  return new QmtlError(code, `${says}: ${reason}`, { hint, cause: error });
}

function grpcStatus(error: unknown): number | undefined {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof Error && error.cause !== undefined ? grpcStatus(error.cause) : undefined;
}

/** The innermost message; the outer ones only name the call. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Of an update-with-start only the message is that of the call inside; details are those of the pair.
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message.replace(/^\d+ [A-Z_]+: /, '');
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
