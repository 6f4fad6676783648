import { expect, test } from 'vitest';
import { realmGlobalNames } from '../../../sdk/code/known-globals.js';
import { objectsAskedMax, pairsOf, seen } from '../../../sdk/realm/hidden-variables.js';
import { namedIntrinsics } from '../../../sdk/realm/named-intrinsics.js';
import type { KnownObjects } from '../../../sdk/realm/value-shape.js';

const intrinsics = namedIntrinsics(realmGlobalNames, (name) => Reflect.get(globalThis, name));
const known: KnownObjects = { intrinsics, namespaces: new Set(), opaque: new Set() };
const isOfModule = (names: readonly string[]) => names.includes('known');
const hiddenOf = (value: unknown) => seen(value, known, isOfModule).objects;
const partsOf = (value: unknown) =>
  hiddenOf(value).map((round) =>
    round.map(({ variables }) => ({
      source: { kind: 'other' } as const,
      variables: variables.map(({ shape }) => shape),
    })),
  );

function closures(count: number, rows: number): unknown[] {
  const table = Array.from({ length: rows }, (_, at) => ({ at }));
  return Array.from({ length: count }, (_, at) => () => at + table.length);
}

test('what many functions keep is described once', () => {
  const tokensOf = (count: number) =>
    hiddenOf(closures(count, 1000)).flatMap((round) =>
      round.flatMap(({ variables }) => variables.flatMap(({ shape }) => shape)),
    ).length;
  const [few, many] = [tokensOf(10), tokensOf(400)];
  expect(many - few).toBeLessThan(390 * 10);
});

test('at most objectsAskedMax functions and instances of a value are looked into', () => {
  expect(objectsAskedMax).toBe(500);
  expect(hiddenOf(closures(501, 1)).flat()).toHaveLength(objectsAskedMax);
});

test('functions that variables of functions keep are looked into', () => {
  const inner = (start: number) => {
    const list = [start];
    return () => list[0];
  };
  const outer = (start: number) => {
    const get = inner(start);
    return () => get();
  };
  const keptSame = (one: number, other: number) =>
    pairsOf(hiddenOf(outer(one)), partsOf(outer(other))).map(({ different }) => different === undefined);
  expect(keptSame(1, 1)).not.toContain(false);
  expect(keptSame(1, 2)).toContain(false);
});

test('from the first object with another number of variables on, they are not compared', () => {
  const one = (a: number) => () => a;
  const two = (a: number, b: number) => () => a + b;
  const pairs = pairsOf(hiddenOf([one(1), one(2), one(3)]), partsOf([one(1), two(2, 2), one(4)]));
  expect(pairs.map(({ different }) => different === undefined)).toEqual([true, true, true]);
  const other = pairsOf(hiddenOf([one(1), one(2)]), partsOf([one(5), two(2, 2)]));
  expect(other.map(({ different }) => different === undefined)).toEqual([false, true]);
});
