import { describe, expect, test } from 'vitest';
import { branded, isNodeId, isTopicName, type NodeId } from '../../../domain/base/ids.js';
import type { QueueState } from '../../../domain/dag/diff.js';
import { type Fact, FactCache } from '../../../graph/neo4j/facts/fact-cache.js';
import { sampleNodeSpec } from '../../proto/domain-samples.js';

function idOf(number: number): NodeId {
  return branded(`blake3:${String(number).padStart(64, '0')}`, isNodeId);
}

function factOf(number: number, state: QueueState | 'none' = 'active'): Fact {
  const node = { ...sampleNodeSpec, nodeId: idOf(number), dependencies: [], tags: [], paramsCanon: '{}' };
  const topic = branded(`t${number}`, isTopicName);
  const queue = { nodeId: node.nodeId, topic, generation: 1, reservedBy: 'x', verified: true };
  return state === 'none' ? { node } : { node, queue: { ...queue, state } };
}

function found(cache: FactCache, epoch: number, numbers: readonly number[], namespace = 'w.live'): number[] {
  const facts = cache.lookUp(epoch, namespace, numbers.map(idOf));
  return numbers.filter((number) => facts.has(idOf(number)));
}

const limits = { entriesMax: 3, charsMax: 1_000_000 };

describe('the cache of facts', () => {
  test('the cache keeps lasting facts, those about active queues, until the epoch changes', () => {
    const cache = new FactCache(limits);
    const states = ['active', 'pending', 'draining', 'none', 'collected'] as const;
    cache.keep(
      1,
      'w.live',
      states.map((state, index) => factOf(index, state)),
    );
    expect(found(cache, 1, [0, 1, 2, 3, 4])).toEqual([0]);
  });

  test('the cache has no facts for another epoch', () => {
    const cache = new FactCache(limits);
    cache.keep(1, 'w.live', [factOf(1)]);
    expect(found(cache, 2, [1])).toEqual([]);
    expect(found(cache, 0, [1])).toEqual([]);
  });

  test('a newer epoch clears the cache, and facts of an older one are not cached', () => {
    const cache = new FactCache(limits);
    cache.keep(1, 'w.live', [factOf(1)]);
    cache.keep(2, 'w.live', [factOf(2)]);
    cache.keep(1, 'w.live', [factOf(3)]);
    expect(found(cache, 2, [1, 2, 3])).toEqual([2]);
    expect(found(cache, 1, [1, 2, 3])).toEqual([]);
    expect(cache.epoch).toBe(2);
  });

  test('the cache separates namespaces', () => {
    const cache = new FactCache(limits);
    cache.keep(1, 'w.live', [factOf(1)]);
    expect(found(cache, 1, [1], 'w.dryrun')).toEqual([]);
  });

  test('the least recently used fact is evicted first', () => {
    const cache = new FactCache(limits);
    cache.keep(1, 'w.live', [factOf(1), factOf(2), factOf(3)]);
    expect(found(cache, 1, [1])).toEqual([1]);
    cache.keep(1, 'w.live', [factOf(4)]);
    expect(found(cache, 1, [1, 2, 3, 4])).toEqual([1, 3, 4]);
  });

  test('the cache is also bounded by the size of its nodes', () => {
    const cache = new FactCache({ entriesMax: 100, charsMax: 1_000 });
    cache.keep(1, 'w.live', [factOf(1), factOf(2), factOf(3), factOf(4)]);
    expect(found(cache, 1, [1, 2, 3, 4])).toEqual([3, 4]);
  });
});
