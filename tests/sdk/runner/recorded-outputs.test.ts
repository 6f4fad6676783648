import { describe, expect, test } from 'vitest';
import { MemoryBroker } from '../../../bus/memory/broker.js';
import { memoryRecordLog } from '../../../bus/memory/record-log.js';
import { branded, isNodeId, isTopicName } from '../../../domain/base/ids.js';
import { hashComputeKey } from '../../../domain/context/compute-key.js';
import type { RecordToWrite } from '../../../domain/ports/record-log.js';
import { partitionKey } from '../../../domain/topics/message-key.js';
import { BarRows } from '../../../sdk/realm/bar-rows.js';
import { toOutputRecords } from '../../../sdk/runner/output-record.js';
import { readRecordedOutputs } from '../../../sdk/runner/recorded-outputs.js';

const nodeId = branded(`blake3:${'a'.repeat(64)}`, isNodeId);
const computeKey = hashComputeKey({ nodeId, worldId: 'w1', asOf: '2020' });
const topic = branded('t', isTopicName);
const stream = { nodeId, topic, interval: 60, computeKey, schemaHash: 'schema-1', fields: 1 };

function recordOf(bucket: number, value: number, changes: Partial<RecordToWrite> = {}): RecordToWrite {
  const rows = new BarRows(1);
  rows.append(bucket, Float64Array.of(value));
  return {
    key: partitionKey({ nodeId, interval: 60, bucket, computeKey }),
    value: toOutputRecords(rows, [0])[0] ?? null,
    timestamp: bucket * 1_000,
    headers: { schema_hash: 'schema-1' },
    ...changes,
  };
}

async function read(records: readonly RecordToWrite[], standing: 'first' | 'last' = 'first', partitions = 1) {
  const broker = new MemoryBroker();
  const spec = { topic, partitions, replicationFactor: 1, retentionMs: 1, cleanupPolicy: 'delete' } as const;
  broker.createTopic(spec, { workflowId: '', reason: '', at: 0 });
  const log = memoryRecordLog(broker);
  await log.append(topic, records);
  const { rows, otherSchema } = await readRecordedOutputs({ log, standing }, stream);
  return { bars: [...rows.times()].map((time, row) => [time, rows.column(0)[row]]), otherSchema };
}

describe('what a topic holds for a stream', () => {
  test('recorded outputs have every bucket once, oldest first', async () => {
    const records = [recordOf(120, 2), recordOf(0, 0), recordOf(60, 1)];
    expect(await read(records)).toEqual({
      bars: [
        [0, 0],
        [60, 1],
        [120, 2],
      ],
      otherSchema: 0,
    });
  });

  test('recorded outputs are read from all partitions, for any number of records', async () => {
    const records = Array.from({ length: 12_000 }, (_, index) => recordOf(index * 60, index));
    const { bars } = await read(records, 'first', 2);
    expect(JSON.stringify(bars)).toBe(JSON.stringify(records.map((_, index) => [index * 60, index])));
  });

  test.each([
    { standing: 'first', value: 1 },
    { standing: 'last', value: 3 },
  ] as const)('of a bucket written three times the $standing record counts', async ({ standing, value }) => {
    const { bars } = await read([recordOf(60, 1), recordOf(60, 2), recordOf(60, 3)], standing);
    expect(bars).toEqual([[60, value]]);
  });

  const strange: readonly [string, Partial<RecordToWrite>][] = [
    ['another bucket', { key: partitionKey({ nodeId, interval: 60, bucket: 0, computeKey }) }],
    ['another interval', { key: partitionKey({ nodeId, interval: 3_600, bucket: 60, computeKey }) }],
    ['another node', { key: partitionKey({ nodeId: 'blake3:b', interval: 60, bucket: 60, computeKey }) }],
    ['no ComputeKey', { key: partitionKey({ nodeId, interval: 60, bucket: 60 }) }],
    [
      'the ComputeKey of another world',
      {
        key: partitionKey({
          nodeId,
          interval: 60,
          bucket: 60,
          computeKey: hashComputeKey({ nodeId, worldId: 'w2', asOf: '2020' }),
        }),
      },
    ],
  ];

  test.each(strange)('a record with %s in its key is skipped', async (_, changes) => {
    expect(await read([recordOf(60, 1, changes)])).toEqual({ bars: [], otherSchema: 0 });
  });

  test.each([
    ['another schema', { headers: { schema_hash: 'schema-2' } }],
    ['no schema', { headers: {} }],
  ])('a record with %s is skipped and counted', async (_, changes) => {
    expect(await read([recordOf(60, 1, changes)])).toEqual({ bars: [], otherSchema: 1 });
  });
});
