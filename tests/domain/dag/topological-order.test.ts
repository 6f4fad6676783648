import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type OrderedNode, topologicalOrder } from '../../../domain/dag/topological-order.js';

const graph = (edges: Record<string, readonly string[]>): OrderedNode[] =>
  Object.entries(edges).map(([nodeId, dependencies]) => ({ nodeId, dependencies }));

function orderOf(nodes: readonly OrderedNode[]): readonly (string | undefined)[] {
  const result = topologicalOrder(nodes);
  return (result.ok ? result.order : result.cycle).map((position) => nodes[position]?.nodeId);
}

/** Acyclic by construction: dependencies of n are smaller numbers. Shuffled names, so that id order means nothing. */
const acyclic = fc
  .array(fc.array(fc.nat(30), { maxLength: 4 }), { minLength: 1, maxLength: 30 })
  .map((lists) => {
    const name = (n: number) => `n${(n * 7919) % 31}`;
    return lists.map((list, n) => ({
      nodeId: name(n),
      dependencies: [...new Set(list.filter((other) => other < n).map(name))],
    }));
  });

describe('an order', () => {
  test('nodes are ordered by depth, then by id', () => {
    const nodes = graph({ d: ['b', 'c'], b: ['a'], c: [], a: [], z: [] });
    expect(orderOf(nodes)).toEqual(['a', 'c', 'z', 'b', 'd']);
  });

  test('an order contains the length of the longest chain', () => {
    expect(topologicalOrder(graph({ a: [], b: ['a'], c: ['b'], d: ['a'] }))).toMatchObject({
      ok: true,
      depth: 3,
    });
    expect(topologicalOrder([])).toEqual({ ok: true, order: [], depth: 0, missing: 0 });
  });

  test('every node comes after its dependencies, whatever the order of the list', () => {
    fc.assert(
      fc.property(acyclic, fc.nat(), (nodes, turn) => {
        const turned = [
          ...nodes.slice(turn % nodes.length),
          ...nodes.slice(0, turn % nodes.length),
        ].reverse();
        const order = orderOf(nodes);
        expect(orderOf(turned)).toEqual(order);
        const place = new Map(order.map((id, i) => [id, i]));
        const backwards = nodes.filter(({ nodeId, dependencies }) =>
          dependencies.some((dependency) => (place.get(dependency) ?? 0) >= (place.get(nodeId) ?? 0)),
        );
        expect(backwards).toEqual([]);
        expect(place.size).toBe(nodes.length);
      }),
    );
  });

  test('missing dependencies are counted and ignored', () => {
    expect(topologicalOrder(graph({ a: ['x', 'y'], b: ['a', 'x'] }))).toEqual({
      ok: true,
      order: [0, 1],
      depth: 2,
      missing: 3,
    });
  });

  test('a chain of 100,000 nodes is ordered', () => {
    const nodes = Array.from({ length: 100_000 }, (_, n) => ({
      nodeId: `n${n}`,
      dependencies: n === 0 ? [] : [`n${n - 1}`],
    }));
    expect(topologicalOrder(nodes)).toMatchObject({ ok: true, depth: 100_000 });
  });
});

describe('a cycle', () => {
  test.each<[string, Record<string, readonly string[]>, string[]]>([
    ['of one node', { a: [], b: ['b'] }, ['b']],
    ['of three, from its smallest id', { c: ['b'], b: ['a'], a: ['c'] }, ['a', 'c', 'b']],
    ['behind a tail', { a: ['b'], b: ['d'], d: ['c'], c: ['d'] }, ['c', 'd']],
    ['the smallest of two', { x: ['y'], y: ['x'], p: ['q'], q: ['p'] }, ['p', 'q']],
    ['inside a larger graph', { s: [], a: ['s', 'c'], b: ['a'], c: ['b'], t: ['c'] }, ['a', 'c', 'b']],
  ])('the cycle %s is named', (_what, edges, cycle) => {
    expect(topologicalOrder(graph(edges)).ok).toBe(false);
    expect(orderOf(graph(edges))).toEqual(cycle);
    expect(orderOf(graph(edges).reverse())).toEqual(cycle);
  });

  test('a cycle is found wherever it is closed', () => {
    fc.assert(
      fc.property(acyclic, fc.nat(), (nodes, pick) => {
        // Closes a cycle through one node and, if it has one, its first dependency.
        const at = pick % nodes.length;
        const start = nodes[at];
        const upstream = start?.dependencies[0] ?? start?.nodeId ?? '';
        const closed = nodes.map((node) =>
          node.nodeId === upstream
            ? { ...node, dependencies: [...node.dependencies, start?.nodeId ?? ''] }
            : node,
        );
        const result = topologicalOrder(closed);
        expect(result.ok).toBe(false);
        const cycle = orderOf(closed);
        const broken = cycle.filter((id, i) => {
          const next = cycle[(i + 1) % cycle.length] ?? '';
          return !closed.find(({ nodeId }) => nodeId === id)?.dependencies.includes(next);
        });
        expect(broken).toEqual([]);
      }),
    );
  });
});
