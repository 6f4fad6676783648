import { describe, expect, test } from 'vitest';
import {
  branded,
  isNodeId,
  isSentinelId,
  isStrategyId,
  isSubmissionId,
  isTopicName,
  isWorldId,
} from '../../../domain/base/ids.js';

const hex = (digits: number) => `blake3:${'a'.repeat(digits)}`;

describe('a NodeID', () => {
  test.each([hex(64), hex(128)])('%s is a NodeID', (text) => {
    expect(isNodeId(text)).toBe(true);
  });

  test.each([
    '',
    'blake3:',
    hex(63),
    hex(65),
    hex(127),
    hex(129),
    hex(64).toUpperCase(),
    hex(64).slice(7),
    `${hex(63)}g`,
    `${hex(63)}\u0130`,
    `${hex(63)}\u1041`,
    `${hex(63)}\n`,
    `sha256:${'a'.repeat(64)}`,
  ])('%j is not a NodeID', (text) => {
    expect(isNodeId(text)).toBe(false);
  });
});

test('only NodeIDs may have the longer form of a collision', () => {
  expect(isSubmissionId(hex(64))).toBe(true);
  expect(isSubmissionId(hex(128))).toBe(false);
});

test.each([
  [isStrategyId, 'mean-reversion.v2', 'Mean'],
  [isWorldId, 'World_1.x', '.hidden'],
  [isSentinelId, `s:v1:${'0'.repeat(16)}`, `s:v1:${'0'.repeat(15)}`],
  [isTopicName, 'w.live.btc_x', '..'],
])('%o accepts a name and refuses another text', (is, good, bad) => {
  expect([is(good), is(bad), is('')]).toEqual([true, false, false]);
});

test('a rule that builds anything but an id is a programming error', () => {
  expect(branded(hex(64), isNodeId)).toBe(hex(64));
  expect(() => branded('n', isNodeId)).toThrow(TypeError);
});
