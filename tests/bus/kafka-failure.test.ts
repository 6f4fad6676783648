import kafkajs from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { isCalled, toQmtlError } from '../../bus/kafka/failure.js';
import { QmtlError } from '../../domain/base/errors.js';

/** What kafkajs throws for an error code of the broker. */
function fromBroker(type: string, message = 'as the broker says'): Error {
  return Object.assign(new Error(message), { name: 'KafkaJSProtocolError', type, code: 3 });
}

function fromNode(code: string): Error {
  const cause = Object.assign(new Error(`connect ${code}`), { code });
  return new kafkajs.KafkaJSConnectionError(cause, { broker: 'b:1', code });
}

describe('translated errors of the broker', () => {
  test.each([
    ['UNKNOWN_TOPIC_OR_PARTITION', 'E_BROKER_UNAVAILABLE', true],
    ['NOT_LEADER_FOR_PARTITION', 'E_BROKER_UNAVAILABLE', true],
    ['REQUEST_TIMED_OUT', 'E_BROKER_UNAVAILABLE', true],
    ['NOT_ENOUGH_REPLICAS', 'E_BROKER_UNAVAILABLE', true],
    ['INVALID_TOPIC_EXCEPTION', 'E_TOPIC_REJECTED', false],
    ['INVALID_CONFIG', 'E_TOPIC_REJECTED', false],
    ['INVALID_REPLICATION_FACTOR', 'E_TOPIC_REJECTED', false],
    ['POLICY_VIOLATION', 'E_TOPIC_REJECTED', false],
    ['INVALID_PRODUCER_EPOCH', 'E_PRODUCER_FENCED', false],
    ['TOPIC_AUTHORIZATION_FAILED', 'E_CONFIG', false],
    ['SASL_AUTHENTICATION_FAILED', 'E_CONFIG', false],
    ['MESSAGE_TOO_LARGE', 'E_LIMIT_EXCEEDED', false],
    ['INVALID_REQUIRED_ACKS', 'E_INTERNAL', false],
  ])('the broker error %s is %s, retryable: %j', (type, code, retryable) => {
    expect(toQmtlError(fromBroker(type), 'append')).toMatchObject({ code, retryable });
  });

  test.each([
    ['ECONNREFUSED', 'E_BROKER_UNAVAILABLE'],
    ['ENOTFOUND', 'E_BROKER_UNAVAILABLE'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'E_CONFIG'],
    ['CERT_HAS_EXPIRED', 'E_CONFIG'],
  ])('a connection that fails with %s is %s', (code, expected) => {
    expect(toQmtlError(fromNode(code), 'connect').code).toBe(expected);
  });

  test('a connection that never answers is an unavailable broker', () => {
    const error = toQmtlError(new Error('Broker not connected'), 'connect');
    expect(error).toMatchObject({ code: 'E_BROKER_UNAVAILABLE', retryable: true });
  });

  test('an error is found inside the retry error of kafkajs', () => {
    const outer = new kafkajs.KafkaJSNumberOfRetriesExceeded(fromBroker('LEADER_NOT_AVAILABLE'), {
      retryCount: 3,
      retryTime: 800,
    });
    expect(toQmtlError(outer, 'read').code).toBe('E_BROKER_UNAVAILABLE');
    expect(isCalled(outer, 'LEADER_NOT_AVAILABLE')).toBe(true);
    expect(isCalled(outer, 'NOT_CONTROLLER')).toBe(false);
  });

  test('an error names the operation, the failure and a hint', () => {
    const error = toQmtlError(fromBroker('POLICY_VIOLATION', 'at most 2 partitions'), 'create topics');
    expect(error.message).toBe('Kafka, create topics: the broker refuses the topic: at most 2 partitions');
    expect(error.hint).toMatch(/limits and policies of the brokers/);
  });
});

describe('a refused login', () => {
  const refused = Object.assign(new Error('refused'), { name: 'KafkaJSSASLAuthenticationError' });

  test('a refused login is reported with the settings to check', () => {
    const error = toQmtlError(refused, 'connect');
    expect(error.code).toBe('E_CONFIG');
    expect(error.hint).toMatch(/user, password, SASL mechanism/);
  });

  test('a refused login does not repeat the text of broker or client, which may contain the secret', () => {
    const telling = fromBroker('SASL_AUTHENTICATION_FAILED', 'password s3cret of user joe is wrong');
    const error = toQmtlError(telling, 'connect');
    expect(`${error.message} ${error.hint} ${error.stack}`).not.toMatch(/s3cret|joe/);
    expect(error.cause).toBeUndefined();
  });
});

test('an error of the catalogue is passed on unchanged', () => {
  const ours = new QmtlError('E_USAGE', 'the transaction has ended');
  expect(toQmtlError(ours, 'append')).toBe(ours);
});

test('a thrown value that is not an error is an internal error', () => {
  expect(toQmtlError('boom', 'append')).toMatchObject({ code: 'E_INTERNAL', message: 'Kafka, append' });
});

test('a cycle of causes is read once', () => {
  const circle = new Error('round');
  circle.cause = circle;
  expect(toQmtlError(circle, 'append').code).toBe('E_INTERNAL');
});
