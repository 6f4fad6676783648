import { expect, test } from 'vitest';
import { replicasOf, roomFault } from '../../../domain/topics/topic-room.js';
import { topicSpec } from '../../contracts/topic-admin.contract.js';

test('replicas are counted for every partition, capped by the number of brokers', () => {
  const specs = [{ ...topicSpec('a', 3), replicationFactor: 3 }, topicSpec('b')];
  expect(replicasOf(specs, 1)).toBe(4);
  expect(replicasOf(specs, 2)).toBe(7);
  expect(replicasOf(specs, 5)).toBe(10);
});

test('the limit of replicas may be reached', () => {
  expect(roomFault({ missing: 1, needed: 6, held: 49_994, most: 50_000 })).toBeUndefined();
  expect(roomFault({ missing: 0, needed: 0, held: 50_000, most: 50_000 })).toBeUndefined();
});

test('topics past the limit of replicas are refused with the existing, requested and allowed numbers, and what fits', () => {
  expect(roomFault({ missing: 2, needed: 6, held: 49_996, most: 50_000 })).toMatchObject({
    code: 'E_TOPIC_REJECTED',
    message: '2 topics need 6 partition replicas; the cluster holds 49996 of at most 50000, so 4 more fit',
    hint: expect.stringContaining('dagmanager.kafka_replicas_max'),
  });
});

test('a cluster past its limit has room for nothing', () => {
  expect(roomFault({ missing: 1, needed: 1, held: 12, most: 10 })?.message).toMatch(/so 0 more fit$/);
});
