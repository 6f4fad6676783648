import { expect, test } from 'vitest';
import { strongComponents } from '../../std/strong-components.js';

const graph: Readonly<Record<string, readonly string[]>> = {
  a: ['b', 'c'],
  b: ['a'],
  c: ['d', 'c'],
  d: [],
  e: ['f'],
  f: ['g', 'd'],
  g: ['e', 'a'],
};

test('nodes that lead to each other are one component, after those they lead to', () => {
  const found = strongComponents(Object.keys(graph), (one) => graph[one] ?? []);
  expect(found.map((one) => one.toSorted().join(''))).toEqual(['d', 'c', 'ab', 'efg']);
});

test('a node that leads to a finished component is not part of it', () => {
  const found = strongComponents(['x', 'y'], (one) => (one === 'y' ? ['x'] : []));
  expect(found).toEqual([['x'], ['y']]);
});

test('long paths need no stack', () => {
  const length = 200_000;
  const nodes = Array.from({ length }, (_, at) => at);
  expect(strongComponents(nodes, (at) => [(at + 1) % length])).toHaveLength(1);
});
