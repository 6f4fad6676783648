import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { QmtlError } from '../../domain/base/errors.js';
import { branded, isTopicName } from '../../domain/base/ids.js';
import type { CreateOutcome, TopicAdmin } from '../../domain/ports/topic-admin.js';
import { memoryStores } from '../../workers/stores/stores.js';
import { type Metrics, measured, processMetrics, totalsMs } from '../../workers/telemetry/metrics.js';
import { sampleSubmission } from '../samples.js';
import { registrationOf } from '../submit-whole.js';

const opened = (now: () => number = Date.now) => processMetrics('1.2.3', 'worker', now);

async function line(metrics: Metrics, name: RegExp): Promise<string | undefined> {
  return (await metrics.text()).split('\n').find((one) => name.test(one));
}

const totals = {
  nodes: 5,
  queues: 4,
  strategies: 1,
  sentinels: 1,
  outboxDepth: 2,
  outboxParked: 3,
  sentinelGaps: 0,
};

describe('the metrics of a process', () => {
  test('metrics identify the build', async () => {
    expect(await line(opened(), /^qmtl_build_info/)).toBe(
      `qmtl_build_info{version="1.2.3",process="worker",node="${process.version}"} 1`,
    );
  });

  test('a scrape reads the graph once for all gauges', async () => {
    let reads = 0;
    const metrics = opened(() => 70_000);
    metrics.readTotalsFrom(async () => {
      reads += 1;
      return { ...totals, outboxOldestAt: 10_000 };
    });
    const text = await metrics.text();
    for (const expected of [
      'compute_nodes_total 5',
      'queues_total 4',
      'sentinel_gap_count 0',
      'outbox_depth 2',
      'outbox_parked 3',
      'outbox_oldest_age_seconds 60',
    ])
      expect(text.split('\n')).toContain(expected);
    expect(reads).toBe(1);
  });

  test('gauges without an answer of the graph are absent, not stale', async () => {
    let now = 0;
    let away = false;
    const metrics = opened(() => now);
    metrics.readTotalsFrom(async () => {
      if (away) throw new Error('away');
      return totals;
    });
    expect(await line(metrics, /^queues_total /)).toBe('queues_total 4');
    away = true;
    now = 1_001;
    expect(await line(metrics, /^queues_total /)).toBeUndefined();
  });

  test('gauges of a graph that does not answer are absent, the others stay, and no second read begins', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    let reads = 0;
    const metrics = opened();
    metrics.readTotalsFrom(() => {
      reads += 1;
      return new Promise(() => {});
    });
    for (let scrape = 0; scrape < 2; scrape += 1) {
      const text = metrics.text();
      await vi.advanceTimersByTimeAsync(totalsMs);
      expect(await text).toContain('qmtl_build_info{');
      expect(await text).not.toMatch(/^queues_total \d/m);
    }
    expect(reads).toBe(1);
  });

  test('calls of the stores and their errors are counted', async () => {
    const metrics = opened();
    metrics.storeCallStarts('neo4j', 'register');
    metrics.storeCallStarts('kafka', 'create');
    expect(await line(metrics, /^store_calls_in_flight.*kafka/)).toMatch(/ 1$/);
    metrics.storeCallEnds('neo4j', 'register', 0.01, undefined);
    metrics.storeCallEnds('kafka', 'create', 2, 'E_BROKER_UNAVAILABLE');
    expect(await line(metrics, /^store_calls_in_flight.*kafka/)).toMatch(/ 0$/);
    expect(await line(metrics, /^store_call_duration_seconds_count.*neo4j/)).toMatch(/ 1$/);
    expect(await line(metrics, /^store_call_errors_total/)).toBe(
      'store_call_errors_total{store="kafka",operation="create",code="E_BROKER_UNAVAILABLE"} 1',
    );
  });
});

describe('measured stores', () => {
  test('every diff is timed', async () => {
    const metrics = opened();
    const { graph } = measured(memoryStores(Date.now), metrics);
    await graph.register(registrationOf(sampleSubmission({ nodes: 3 })));
    expect(await line(metrics, /^diff_duration_ms_count/)).toBe('diff_duration_ms_count 1');
  });

  const settings = { partitions: 1, replicationFactor: 1, retentionMs: 1, cleanupPolicy: 'delete' } as const;
  const specs = [{ topic: branded('t', isTopicName), ...settings }];

  test.each([
    [
      'an outcome',
      async (): Promise<readonly CreateOutcome[]> => [
        { kind: 'failed', topic: 't', reason: 'r', retryable: false },
      ],
      'E_TOPIC_REJECTED',
    ],
    [
      'an error',
      async () => Promise.reject(new QmtlError('E_BROKER_UNAVAILABLE', 'away')),
      'E_BROKER_UNAVAILABLE',
    ],
  ] as const)(
    'topics that were not created are counted when the broker reports them by %s',
    async (_how, create, code) => {
      const metrics = opened();
      const stores = memoryStores(Date.now);
      const topics: TopicAdmin = { ...stores.topics, create };
      await measured({ ...stores, topics }, metrics)
        .topics.create(specs, { workflowId: '', reason: '' })
        .catch(() => {});
      expect(await line(metrics, /^queue_create_error_total/)).toBe(
        `queue_create_error_total{code="${code}"} 1`,
      );
    },
  );
});
