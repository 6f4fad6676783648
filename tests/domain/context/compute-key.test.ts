import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ComputeKeyParts,
  hashComputeKey,
  type ResolvedQuery,
} from '../../../domain/context/compute-key.js';
import { executionDomains } from '../../../domain/context/execution-context.js';
import { compareCodePoints } from '../../../std/string-order.js';

const part = fc.string({ maxLength: 4 });
const parts: fc.Arbitrary<Required<ComputeKeyParts>> = fc.record({
  nodeId: part,
  worldId: part,
  domain: fc.constantFrom(...executionDomains),
  asOf: part,
  partition: part,
  resolved: fc
    .uniqueArray(
      fc.record({
        query: part,
        members: fc.uniqueArray(part, { maxLength: 3 }).map((all) => all.sort(compareCodePoints)),
      }),
      { maxLength: 2, selector: ({ query }) => query },
    )
    .map((all) => all.sort((a, b) => compareCodePoints(a.query, b.query))),
});

describe('test vectors of docs/spec/identity.md', () => {
  test('the key of a live context', () => {
    expect(hashComputeKey({ nodeId: 'blake3:n', worldId: 'w1', domain: 'live' })).toBe(
      'blake3:0f1a666e60a218f49d68b2384339860515729424eac6e8f5c5180b7c4e0e70f2',
    );
  });

  test('the key of a backtest on a snapshot, in a partition', () => {
    const key = hashComputeKey({
      nodeId: 'blake3:n',
      worldId: 'w1',
      domain: 'backtest',
      asOf: '2025-01-01T00:00:00Z',
      partition: 'p0',
    });
    expect(key).toBe('blake3:fe59a62d47cb93a454ceffe66fae851c5122df3c0f60438cff5f54df6978b8cf');
  });
});

test('a missing domain and the default domain count as backtest', () => {
  const backtest = hashComputeKey({ nodeId: 'n', worldId: 'w', domain: 'backtest' });
  expect(hashComputeKey({ nodeId: 'n', worldId: 'w' })).toBe(backtest);
  expect(hashComputeKey({ nodeId: 'n', worldId: 'w', domain: 'default' })).toBe(backtest);
  expect(hashComputeKey({ nodeId: 'n', worldId: 'w', domain: '' })).toBe(backtest);
});

test('two contexts share a key only when every part is the same', () => {
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const same = JSON.stringify(a) === JSON.stringify(b);
      expect(hashComputeKey(a) === hashComputeKey(b)).toBe(same);
    }),
  );
});

test('a key depends on what tag queries were resolved to, in whatever order that is given', () => {
  const keyOf = (...resolved: ResolvedQuery[]) => hashComputeKey({ nodeId: 'n', worldId: 'w', resolved });
  const [a, b] = [
    { query: 'a', members: ['x', 'y'] },
    { query: 'b', members: [] },
  ];
  expect(keyOf(a, b)).toBe(keyOf(b, { query: 'a', members: ['y', 'x', 'y'] }));
  const keys = [keyOf(), keyOf(a), keyOf(b), keyOf(a, b), keyOf({ query: 'a', members: ['x'] })];
  expect(new Set(keys).size).toBe(keys.length);
});

test('a query that was resolved twice, to different streams, makes another key than either of them', () => {
  const keyOf = (...resolved: ResolvedQuery[]) => hashComputeKey({ nodeId: 'n', worldId: 'w', resolved });
  const [one, two] = [
    { query: 'a', members: ['x'] },
    { query: 'a', members: ['x', 'y'] },
  ];
  expect(keyOf(one, two)).toBe(keyOf(two, one, { query: 'a', members: ['y', 'x'] }));
  expect(new Set([keyOf(one), keyOf(two), keyOf(one, two)]).size).toBe(3);
});

test('the dataset fingerprint is not part of a ComputeKey', () => {
  const described = { nodeId: 'n', worldId: 'w', dataset_fingerprint: 'x' };
  expect(hashComputeKey(described)).toBe(hashComputeKey({ nodeId: 'n', worldId: 'w' }));
});

test('a part of a ComputeKey with the separator is refused', () => {
  expect(() => hashComputeKey({ nodeId: 'n', worldId: 'w', asOf: 'a\u001fb' })).toThrow(TypeError);
});
