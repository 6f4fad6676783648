import { isMessage } from '@bufbuild/protobuf';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { toApplicationFailure, translated } from '../../activities/failure.js';
import { type ErrorCode, errorCatalogue, errorCodes, QmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';
import { ProblemListSchema } from '../../proto/gen/qmtl/v1/submission_pb.js';

/** Spelled out, so that a change of the catalogue that changes what Temporal retries fails here. */
const retried: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'E_RATE_LIMITED',
  'E_TEMPORAL_UNAVAILABLE',
  'E_API_UNAVAILABLE',
  'E_GRAPH_UNAVAILABLE',
  'E_BROKER_UNAVAILABLE',
  'E_TOPIC_NOT_VERIFIED',
  'E_CONTENDED',
]);

describe('errors of the catalogue in Temporal', () => {
  test.each(errorCodes)('%s keeps its code as the type of the failure', (code) => {
    const failure = toApplicationFailure(new QmtlError(code, 'what happened'));
    expect(failure).toMatchObject({ type: code, message: 'what happened', details: [] });
    expect(failure.nonRetryable).toBe(!retried.has(code) && code !== 'E_INTERNAL');
    expect(errorCatalogue[code].retryable).toBe(retried.has(code));
  });

  test('a patient activity is repeated after a fault that an operator repairs, and after no other final one', async () => {
    const failing = (code: ErrorCode) =>
      translated(() => Promise.reject(new QmtlError(code, 'why')), 'of-the-activity')();
    for (const type of ['E_CONFIG', 'E_TOPIC_REJECTED'] as const)
      await expect(failing(type)).rejects.toMatchObject({ type, message: 'why', nonRetryable: false });
    await expect(failing('E_LIMIT_EXCEEDED')).rejects.toMatchObject({ nonRetryable: true });
    await expect(failing('E_GRAPH_UNAVAILABLE')).rejects.toMatchObject({ nonRetryable: false });
  });

  test('a cancellation of an activity stays one', async () => {
    const cancelled = new CancelledFailure('the workflow asked for it');
    const activity = translated(() => Promise.reject(cancelled));
    await expect(activity()).rejects.toBe(cancelled);
  });

  test('a message past the limit of a failure is cut, and says how much', () => {
    const long = 'x'.repeat(552_000);
    const text = `${'x'.repeat(limits.failureMessageCharsMax)}… (548000 more characters)`;
    expect(toApplicationFailure(new QmtlError('E_CONFIG', long)).message).toBe(text);
    expect(toApplicationFailure(new Error(long)).message).toBe(text);
  });

  test('a hint follows the message of a failure', () => {
    const failure = toApplicationFailure(new QmtlError('E_USAGE', 'wrong', { hint: 'do that' }));
    expect(failure.message).toBe('wrong (do that)');
  });

  test('problems are sent as a protobuf message', () => {
    const problem = { code: 'E_CYCLE', path: '/dag', message: 'a cycle', hint: 'break it' } as const;
    const failure = toApplicationFailure(
      new QmtlError('E_SCHEMA_INVALID', 'refused', { problems: [problem] }),
    );
    const [detail] = failure.details ?? [];
    expect(isMessage(detail, ProblemListSchema)).toBe(true);
    expect(detail).toMatchObject({ problems: [problem], more: 0 });
  });

  test.each([
    ['an error', new TypeError('x is undefined'), 'x is undefined'],
    ['a thrown string', 'odd', 'odd'],
  ])('%s outside the catalogue is an internal error and is retried', (_name, error, message) => {
    const failure = toApplicationFailure(error);
    expect(failure).toMatchObject({ type: 'E_INTERNAL', message });
    expect(failure.nonRetryable).not.toBe(true);
  });

  test('an internal error keeps its cause', () => {
    const cause = new TypeError('x is undefined');
    expect(toApplicationFailure(cause).cause).toBe(cause);
  });

  test('an application failure is passed on unchanged', () => {
    const failure = ApplicationFailure.nonRetryable('done');
    expect(toApplicationFailure(failure)).toBe(failure);
  });
});

describe('an activity', () => {
  test('a translated activity returns its result', async () => {
    const add = translated(async (a: number, b: number) => a + b);
    expect(await add(1, 2)).toBe(3);
  });

  test('a translated activity throws application failures only', async () => {
    const broken = translated(async () => {
      throw new QmtlError('E_CONTENDED', 'held');
    });
    await expect(broken()).rejects.toBeInstanceOf(ApplicationFailure);
    await expect(broken()).rejects.toMatchObject({ type: 'E_CONTENDED', nonRetryable: false });
  });
});
