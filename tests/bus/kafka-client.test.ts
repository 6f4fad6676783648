import kafkajs, { type LogEntry } from 'kafkajs';
import { describe, expect, test, vi } from 'vitest';
import { guardedCalls, isNoise, toLogLine } from '../../bus/kafka/client.js';
import { topicConfig } from '../../bus/kafka/topic-settings.js';
import { QmtlError } from '../../domain/base/errors.js';
import { topicSettings } from '../../domain/topics/topic.js';
import { topicSpec } from '../contracts/topic-admin.contract.js';

function entry(message: string, extra: object = {}): LogEntry {
  const log = { timestamp: 'now', message, ...extra };
  return { namespace: 'Producer', level: kafkajs.logLevel.ERROR, label: 'ERROR', log };
}

describe('an operation', () => {
  test('the hook gets name, duration and error of an operation', async () => {
    const calls: unknown[][] = [];
    const guarded = guardedCalls({ onCall: (...call) => calls.push(call) });
    await guarded('append', async () => 1);
    const failing = guarded('read', async () => {
      throw Object.assign(new Error('gone'), { type: 'NOT_LEADER_FOR_PARTITION' });
    });
    await expect(failing).rejects.toMatchObject({ code: 'E_BROKER_UNAVAILABLE' });
    expect(calls).toEqual([
      ['append', expect.any(Number)],
      ['read', expect.any(Number), expect.any(QmtlError)],
    ]);
  });

  test('an operation without an answer ends with its budget', async () => {
    vi.useFakeTimers();
    try {
      const stuck = guardedCalls({})('list topics', () => new Promise<never>(() => {}));
      await Promise.all([
        expect(stuck).rejects.toMatchObject({
          code: 'E_BROKER_UNAVAILABLE',
          message: 'Kafka, list topics: no answer within 10 s',
        }),
        vi.advanceTimersByTimeAsync(10_000),
      ]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the log of kafkajs', () => {
  test.each([
    entry('Response AddPartitionsToTxn(key: 24, version: 1)', {
      error:
        'The producer attempted to update a transaction while another concurrent operation on the same transaction was ongoing',
    }),
    entry('Response Metadata(key: 3, version: 6)', {
      error: 'This server does not host this topic-partition',
    }),
    entry('Limiting retries for the idempotent producer may invalidate EoS guarantees'),
  ])('a normal event is not logged: $log.message', (noise) => {
    expect(isNoise(noise)).toBe(true);
  });

  test('a lost connection is logged with its place and without a stack', () => {
    const lost = entry('Connection error: ECONNRESET', { broker: 'b:9092', stack: 'at …' });
    expect(isNoise(lost)).toBe(false);
    expect(toLogLine(lost)).toEqual({
      level: 'error',
      message: 'Connection error: ECONNRESET',
      fields: { broker: 'b:9092', namespace: 'Producer' },
    });
  });
});

describe('the settings a topic is created with', () => {
  const spec = { ...topicSettings.raw, topic: topicSpec('t').topic };
  const settingsOn = (brokers: number) => {
    const { configEntries = [], ...rest } = topicConfig(spec, brokers);
    return { ...rest, ...Object.fromEntries(configEntries.map(({ name, value }) => [name, value])) };
  };

  test('a topic is created with the settings of its class, and a write counts on two brokers', () => {
    expect(settingsOn(5)).toEqual({
      topic: 't',
      numPartitions: 3,
      replicationFactor: 3,
      'cleanup.policy': 'delete',
      'retention.ms': '604800000',
      'message.timestamp.type': 'LogAppendTime',
      'min.insync.replicas': '2',
    });
  });

  test('replicas are capped by the number of brokers, of which one may be away', () => {
    expect(settingsOn(2)).toMatchObject({ replicationFactor: 2, 'min.insync.replicas': '1' });
    expect(settingsOn(1)).toMatchObject({ replicationFactor: 1, 'min.insync.replicas': '1' });
  });
});
