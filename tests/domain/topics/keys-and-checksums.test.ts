import { crc32 as zlibCrc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32, nodeIdsCrc32 } from '../../../domain/base/crc32.js';
import { branded, isComputeKey } from '../../../domain/base/ids.js';
import { messageKey, partitionKey, toBucket } from '../../../domain/topics/message-key.js';

describe('CRC-32 of node ids', () => {
  test.each([
    [[], 0],
    [['A', 'B'], 812207111],
    [['B', 'A'], 2186104446],
  ])('vector of docs/spec/topics.md: the checksum of %j is %d', (ids, crc) => {
    expect(nodeIdsCrc32(ids)).toBe(crc);
  });

  test('the check value of CRC-32 is right', () => {
    expect(crc32('123456789')).toBe(0xcbf43926);
  });

  test('crc32 agrees with zlib on any text, in one piece or several', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(crc32(a)).toBe(zlibCrc32(a));
        expect(crc32(b, crc32(a))).toBe(zlibCrc32(a + b));
        expect(nodeIdsCrc32([a, b])).toBe(crc32(a + b));
      }),
    );
  });
});

describe('keys of records', () => {
  const computeKey = branded(`blake3:${'c'.repeat(64)}`, isComputeKey);

  test.each([
    [{ nodeId: 'blake3:n', interval: 60, bucket: 120 }, 'blake3:n:60:120'],
    [{ nodeId: 'blake3:n' }, 'blake3:n:0:0'],
    [{ nodeId: 'blake3:n', interval: 60, bucket: 120, computeKey }, `blake3:n:60:120#ck=${computeKey}`],
  ])('the parts %j give a partition key', (parts, key) => {
    expect(partitionKey(parts)).toBe(key);
  });

  test('a message key adds the hash of the input window', () => {
    expect(messageKey(partitionKey({ nodeId: 'n', interval: 60, bucket: 0 }), 'h')).toBe('n:60:0:h');
  });

  test.each([
    [0, 60, 0],
    [59, 60, 0],
    [60, 60, 60],
    [125, 60, 120],
    [-1, 60, -60],
    [125, 0, 0],
  ])('time %d with interval %d falls in bucket %d', (ts, interval, bucket) => {
    expect(toBucket(ts, interval)).toBe(bucket);
  });
});
