import { expect, test } from 'vitest';
import { nodesUsual } from '../../../graph/neo4j/driver/time-budget.js';
import { epochShards, shardOf } from '../../../graph/neo4j/facts/epoch.js';

const texts = Array.from({ length: 4_096 }, (_, index) => `blake3:${index.toString(16).padStart(8, '0')}`);
const shards = (nodes: number) => new Set(texts.map((text) => shardOf(text, nodes)));

test('work on few nodes never has a shard of work on many, and together they use every shard', () => {
  const [few, many] = [shards(nodesUsual), shards(nodesUsual + 1)];
  expect([...few].filter((shard) => many.has(shard))).toEqual([]);
  expect([...few, ...many].sort((a, b) => a - b)).toEqual(
    Array.from({ length: epochShards }, (_, index) => index),
  );
});

test('a change, which locks the shards in ascending order, waits for work on many nodes before it holds a shard of work on few', () => {
  expect(Math.max(...shards(nodesUsual + 1))).toBeLessThan(Math.min(...shards(1)));
});

test('the shard follows from text and size alone', () => {
  expect(shardOf('blake3:00ff', 1)).toBe(shardOf('other:00ff', nodesUsual));
});
