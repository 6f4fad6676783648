import {
  ServiceError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import {
  ApplicationFailure,
  CancelledFailure,
  WorkflowNotFoundError as CommonWorkflowNotFoundError,
  NamespaceNotFoundError,
  RetryState,
  TerminatedFailure,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { toApplicationFailure } from '../../activities/failure.js';
import { errorCodes, type Problem, QmtlError } from '../../domain/base/errors.js';
import { isPassing, submissionError } from '../../temporal/clients/submission-error.js';

const failed = (cause: Error | undefined) =>
  new WorkflowFailedError('Workflow execution failed', cause, RetryState.NON_RETRYABLE_FAILURE);
const updateFailed = (cause: Error | undefined) => new WorkflowUpdateFailedError('Update failed', cause);

const grpc = (code: number, details: string) =>
  Object.assign(new Error(`${code} CODE: ${details}`), { code, details, metadata: {} });

const grpcError = grpc(14, 'no connection');

const table: [name: string, error: unknown, expected: { code: string; message: RegExp; hint?: RegExp }][] = [
  [
    'an unknown workflow',
    new WorkflowNotFoundError('no execution', 'submit-strategy/x', undefined),
    { code: 'E_NOT_FOUND', message: /no such submission/, hint: /check the id/ },
  ],
  [
    'a namespace that does not exist',
    new NamespaceNotFoundError('nope'),
    { code: 'E_CONFIG', message: /no namespace nope/, hint: /temporal\.namespace/ },
  ],
  [
    'a client that was closed',
    new Error('Channel has been shut down'),
    { code: 'E_USAGE', message: /client is closed/, hint: /goes on/ },
  ],
  [
    'a cancelled workflow',
    failed(new CancelledFailure('cancelled')),
    { code: 'E_SUBMISSION_CANCELLED', message: /was cancelled/, hint: /submit it again/ },
  ],
  [
    'a cancelled update',
    updateFailed(new CancelledFailure('cancelled')),
    { code: 'E_SUBMISSION_CANCELLED', message: /was cancelled/, hint: /submit it again/ },
  ],
  [
    'a terminated workflow',
    failed(new TerminatedFailure('by an operator')),
    { code: 'E_SUBMISSION_FAILED', message: /from outside: by an operator/, hint: /submit it again/ },
  ],
  [
    'a workflow that timed out',
    failed(new TimeoutFailure('too long', undefined, TimeoutType.START_TO_CLOSE)),
    { code: 'E_SUBMISSION_FAILED', message: /from outside: too long/, hint: /submit it again/ },
  ],
  [
    'a failure of an unknown type',
    failed(ApplicationFailure.create({ type: 'TypeError', message: 'x is undefined' })),
    { code: 'E_INTERNAL', message: /x is undefined/ },
  ],
  [
    'a server that is away',
    new ServiceError('Failed to start workflow', { cause: grpcError }),
    { code: 'E_TEMPORAL_UNAVAILABLE', message: /no connection/, hint: /server runs/ },
  ],
  [
    'a bare gRPC error',
    grpcError,
    { code: 'E_TEMPORAL_UNAVAILABLE', message: /no connection/, hint: /worker/ },
  ],
  [
    'a namespace without the search attributes',
    new ServiceError('Failed', {
      cause: grpc(3, 'Namespace research has no mapping defined for search attribute QmtlState'),
    }),
    {
      code: 'E_CONFIG',
      message: /^namespace research lacks search attributes of QMTL/,
      hint: /search-attribute create --namespace research --name QmtlStrategyId --type Keyword/,
    },
  ],
  [
    'a payload that the server refuses',
    grpc(3, 'Blob data size exceeds limit.'),
    { code: 'E_LIMIT_EXCEEDED', message: /too large for Temporal: Blob/, hint: /split/ },
  ],
  [
    'another refused argument',
    grpc(3, 'bad'),
    { code: 'E_INTERNAL', message: /refuses the request: bad/, hint: /version/ },
  ],
  [
    'refused credentials',
    grpc(7, 'no'),
    { code: 'E_CONFIG', message: /refuses the credentials/, hint: /api_key/ },
  ],
  [
    'unknown credentials',
    grpc(16, 'who'),
    { code: 'E_CONFIG', message: /does not know/, hint: /api_key_file/ },
  ],
  [
    'a limited rate',
    grpc(8, 'slow'),
    { code: 'E_TEMPORAL_UNAVAILABLE', message: /limits the rate/, hint: /in a while/ },
  ],
  [
    'an old server',
    grpc(12, 'unknown method'),
    { code: 'E_CONFIG', message: /lacks a call/, hint: /version/ },
  ],
  [
    'an update without an answer',
    new WorkflowUpdateRPCTimeoutOrCancelledError('update timed out'),
    { code: 'E_TEMPORAL_UNAVAILABLE', message: /update timed out/, hint: /worker polls/ },
  ],
];

describe('exceptions of Temporal in the catalogue', () => {
  test.each(table)('the catalogue has a code for %s', (_name, error, { code, message, hint = /^$/ }) => {
    const translated = submissionError(error);
    expect(translated).toBeInstanceOf(QmtlError);
    expect(translated).toMatchObject({
      code,
      message: expect.stringMatching(message),
      cause: expect.anything(),
    });
    expect(translated instanceof QmtlError ? (translated.hint ?? '') : '').toMatch(hint);
  });

  test('both packages of Temporal use the same error for an unknown workflow', () => {
    expect(WorkflowNotFoundError).toBe(CommonWorkflowNotFoundError);
  });

  test.each(errorCodes)('%s is kept through a failure and back', (code) => {
    const problem: Problem = { code: 'E_CYCLE', path: '/dag/nodes/3', message: 'a cycle', hint: 'break it' };
    const thrown = new QmtlError(code, 'what happened', { problems: [problem] });
    for (const wrapped of [
      failed(toApplicationFailure(thrown)),
      updateFailed(toApplicationFailure(thrown)),
    ]) {
      expect(submissionError(wrapped)).toMatchObject({ code, message: 'what happened', problems: [problem] });
    }
  });

  test('an error of the catalogue is passed on unchanged', () => {
    const error = new QmtlError('E_USAGE', 'x');
    expect(submissionError(error)).toBe(error);
  });

  test.each([
    ['a programming error', new TypeError('x is undefined')],
    ['a workflow that failed without a reason', failed(undefined)],
  ])('%s is not reported as a failure of the server', (_name, error) => {
    expect(submissionError(error)).toBe(error);
  });

  test('a thrown value that is not an error becomes one', () => {
    expect(submissionError('odd')).toEqual(new Error('odd'));
  });
});

describe('a call that may be answered later', () => {
  test.each([
    ['a server that is away', grpc(14, 'no connection'), true],
    ['a wait that was cut', grpc(4, 'deadline exceeded'), true],
    ['a server that has too much to do', grpc(8, 'busy'), true],
    ['a run whose last task failed', grpc(9, 'Workflow Task in failed state.'), true],
    ['another precondition', grpc(9, 'namespace is handed over'), false],
    ['a call that was cancelled', grpc(1, 'cancelled'), false],
    ['a refused argument', grpc(3, 'invalid'), false],
  ])('a call that ends with %s may or may not be answered later', (_name, cause, passing) => {
    expect(isPassing(cause)).toBe(passing);
    expect(isPassing(new ServiceError('the call failed', { cause }))).toBe(passing);
  });

  test('a failed workflow is not a passing failure', () => {
    expect(isPassing(failed(ApplicationFailure.create({ type: 'E_CYCLE', message: 'x' })))).toBe(false);
  });
});
