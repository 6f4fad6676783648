import { Neo4jError } from 'neo4j-driver';
import { describe, expect, test } from 'vitest';
import { QmtlError } from '../../../domain/base/errors.js';
import { limits } from '../../../domain/base/limits.js';
import { classifyFailure, toQmtlError } from '../../../graph/neo4j/driver/failure.js';
import { extraMsFor, nodesUsual, timeBudget } from '../../../graph/neo4j/driver/time-budget.js';
import { lastPartStartMs } from '../../../graph/neo4j/registration/register.js';
import { graphWrite, submissionWrite } from '../../../workflows/activity-options.js';

/** An error of the driver; errors of the server and of the network both have a code. */
function failed(code: string): Neo4jError {
  return new Neo4jError('said "secret data"', code, '50N42', 'an error');
}

const cases: readonly (readonly [code: string, to: string, kind: string])[] = [
  ['ServiceUnavailable', 'E_GRAPH_UNAVAILABLE', 'away'],
  ['SessionExpired', 'E_GRAPH_UNAVAILABLE', 'away'],
  ['Neo.TransientError.General.DatabaseUnavailable', 'E_GRAPH_UNAVAILABLE', 'away'],
  ['Neo.ClientError.Transaction.TransactionTimedOut', 'E_GRAPH_UNAVAILABLE', 'away'],
  ['Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration', 'E_GRAPH_UNAVAILABLE', 'away'],
  ['Neo.ClientError.Security.TokenExpired', 'E_GRAPH_UNAVAILABLE', 'away'],
  ['Neo.TransientError.Transaction.DeadlockDetected', 'E_GRAPH_UNAVAILABLE', 'again'],
  ['Neo.TransientError.General.MemoryPoolOutOfMemoryError', 'E_GRAPH_UNAVAILABLE', 'again'],
  ['Neo.ClientError.Schema.ConstraintValidationFailed', 'E_CONTENDED', 'again'],
  ['Neo.ClientError.Statement.EntityNotFound', 'E_CONTENDED', 'again'],
  ['Neo.ClientError.Security.Unauthorized', 'E_CONFIG', 'final'],
  ['Neo.ClientError.Security.AuthenticationRateLimit', 'E_CONFIG', 'final'],
  ['Neo.ClientError.Database.DatabaseNotFound', 'E_CONFIG', 'final'],
  ['Neo.ClientError.Statement.SyntaxError', 'E_INTERNAL', 'final'],
  ['ProtocolError', 'E_INTERNAL', 'final'],
];

describe('a failure of the graph store', () => {
  test.each(cases)('the code %s becomes %s and is handled as %s', (code, to, kind) => {
    expect(toQmtlError(failed(code), 'register').code).toBe(to);
    expect(classifyFailure(failed(code))).toBe(kind);
  });

  test('a translated failure keeps its cause and names the call', () => {
    const cause = failed('ServiceUnavailable');
    expect(toQmtlError(cause, 'commit')).toMatchObject({
      message: expect.stringMatching(/^commit: /),
      cause,
    });
  });

  test('a refused user is reported with the settings to check', () => {
    const { hint } = toQmtlError(failed('Neo.ClientError.Security.Unauthorized'), 'register');
    expect(hint).toContain('dagmanager.neo4j_password');
  });

  test('a known failure shows no user data', () => {
    const known = cases
      .filter(([, to]) => to !== 'E_INTERNAL')
      .map(([code]) => toQmtlError(failed(code), 'register'));
    expect(known.filter(({ message }) => message.includes('secret data'))).toEqual([]);
  });

  test('an error of the catalogue is passed on unchanged', () => {
    const ours = new QmtlError('E_CONTENDED', 'busy');
    expect(toQmtlError(ours, 'register')).toBe(ours);
    expect(classifyFailure(ours)).toBe('final');
  });

  test('an unknown failure is an internal error', () => {
    expect(toQmtlError('what', 'register')).toMatchObject({ code: 'E_INTERNAL', retryable: false });
  });
});

describe('the time budget', () => {
  test.each([1, nodesUsual, nodesUsual + 1, limits.dagNodesMax])(
    'the commit of %i nodes, and the parts of their registration, end within one attempt',
    (nodes) => {
      const attemptMs = submissionWrite(nodes).startToCloseTimeout;
      const callMs = timeBudget.answerMs + extraMsFor(nodes);
      expect(callMs).toBeLessThan(attemptMs);
      const parts = nodes > nodesUsual ? lastPartStartMs(nodes) + timeBudget.answerMs : 0;
      expect(parts + callMs).toBeLessThan(attemptMs);
    },
  );

  test('the usual time is that of a call, and each further node adds a millisecond', () => {
    expect([extraMsFor(1), extraMsFor(nodesUsual)]).toEqual([0, 0]);
    expect(extraMsFor(nodesUsual + 100)).toBe(100);
  });

  test('the time budget of a call ends within one attempt of a local activity', () => {
    const attemptMs = Number.parseInt(graphWrite.startToCloseTimeout, 10) * 1_000;
    const { lastStartMs, callMs, answerMs } = timeBudget;
    expect([lastStartMs, callMs, answerMs, attemptMs]).toEqual(
      [lastStartMs, callMs, answerMs, attemptMs].sort((a, b) => a - b),
    );
  });
});
