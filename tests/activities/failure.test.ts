import { isMessage } from '@bufbuild/protobuf';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { toApplicationFailure, translated } from '../../activities/failure.js';
import { type ErrorCode, errorCatalogue, errorCodes, QmtlError } from '../../domain/base/errors.js';
import { ProblemListSchema } from '../../proto/gen/qmtl/v1/submission_pb.js';

/** Written out, so that a change of the catalogue that changes what Temporal retries is seen here. */
const retried: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'E_RATE_LIMITED',
  'E_TEMPORAL_UNAVAILABLE',
  'E_API_UNAVAILABLE',
  'E_GRAPH_UNAVAILABLE',
  'E_BROKER_UNAVAILABLE',
  'E_TOPIC_NOT_VERIFIED',
  'E_CONTENDED',
]);

describe('the border from the catalogue to Temporal', () => {
  test.each(errorCodes)('%s keeps its code as the type of the failure', (code) => {
    const failure = toApplicationFailure(new QmtlError(code, 'what happened'));
    expect(failure).toMatchObject({ type: code, message: 'what happened', details: [] });
    expect(failure.nonRetryable).toBe(!retried.has(code) && code !== 'E_INTERNAL');
    expect(errorCatalogue[code].retryable).toBe(retried.has(code));
  });

  test('a hint stands behind the message', () => {
    const failure = toApplicationFailure(new QmtlError('E_USAGE', 'wrong', { hint: 'do that' }));
    expect(failure.message).toBe('wrong (do that)');
  });

  test('problems travel as a message', () => {
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
  ])('%s outside the catalogue is a fault of ours and is tried again', (_name, error, message) => {
    const failure = toApplicationFailure(error);
    expect(failure).toMatchObject({ type: 'E_INTERNAL', message });
    expect(failure.nonRetryable).not.toBe(true);
  });

  test('a fault of ours keeps its cause', () => {
    const cause = new TypeError('x is undefined');
    expect(toApplicationFailure(cause).cause).toBe(cause);
  });

  test('a failure passes as it is', () => {
    const failure = ApplicationFailure.nonRetryable('done');
    expect(toApplicationFailure(failure)).toBe(failure);
  });
});

describe('an activity', () => {
  test('gives what it gives', async () => {
    const add = translated(async (a: number, b: number) => a + b);
    expect(await add(1, 2)).toBe(3);
  });

  test('throws only what Temporal understands', async () => {
    const broken = translated(async () => {
      throw new QmtlError('E_CONTENDED', 'held');
    });
    await expect(broken()).rejects.toBeInstanceOf(ApplicationFailure);
    await expect(broken()).rejects.toMatchObject({ type: 'E_CONTENDED', nonRetryable: false });
  });
});
