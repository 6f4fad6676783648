import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { endToken, type KnownObjects, partInShape } from '../../../sdk/realm/value-shape.js';
import { shapeOf } from './shape-of.js';

const known: KnownObjects = {
  intrinsics: new Map<object, string>([
    [Object.prototype, 'Object.prototype'],
    [Array.prototype, 'Array.prototype'],
  ]),
  namespaces: new Set(),
  opaque: new Set(),
};
const isSame = (a: unknown, b: unknown): boolean => {
  const [one, other] = [shapeOf(a, known), shapeOf(b, known)];
  return one.length === other.length && one.every((token, at) => Object.is(token, other[at]));
};

test('a copy has the same shape', () => {
  const values = fc.anything({ withMap: true, withSet: true, withDate: true, withTypedArray: true });
  fc.assert(
    fc.property(values, (value) => {
      expect(isSame(structuredClone(value), value)).toBe(true);
    }),
  );
});

test('values of JSON have the same shape only when they are equal', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(isSame(a, b)).toBe(isDeepStrictEqual(a, b) && JSON.stringify(a) === JSON.stringify(b));
    }),
  );
});

test.each<[string, unknown, unknown]>([
  ['a hole and undefined', Array(1), [undefined]],
  ['zero and minus zero', [0], [-0]],
  ['a number and its text', { a: 1 }, { a: '1' }],
  ['a number and a big integer', { a: 1 }, { a: 1n }],
  ['null and undefined', { a: null }, { a: undefined }],
  ['another order of keys', { a: 1, b: 2 }, { b: 2, a: 1 }],
  ['a hidden key', { a: 1 }, Object.defineProperty({}, 'a', { value: 1 })],
  [
    'a getter',
    { a: 1 },
    {
      get a() {
        return 1;
      },
    },
  ],
  ['another prototype', {}, Object.create(null)],
  ['an inherited value', Object.create({ a: 1 }), Object.create({ a: 2 })],
  [
    'another order of a map',
    new Map([
      [1, 1],
      [2, 2],
    ]),
    new Map([
      [2, 2],
      [1, 1],
    ]),
  ],
  ['another value of a set', new Set([1]), new Set([2])],
  ['another moment', new Date(0), new Date(1)],
  ['another pattern', /a/g, /a/],
  ['another position of a pattern', /a/g, Object.assign(/a/g, { lastIndex: 1 })],
  ['another element of a typed array', new Float64Array([1]), new Float64Array([2])],
  ['another kind of typed array', new Float64Array([1]), new Float32Array([1])],
  ['a member of a function', () => {}, Object.assign(() => {}, { a: 1 })],
  ['a member of a prototype', function a() {}, withPrototype({ b: 1 })],
  ['another member of a prototype', withPrototype({ b: 2 }), withPrototype({ b: 1 })],
  [
    'one object twice',
    (() => {
      const o = {};
      return [o, o];
    })(),
    [{}, {}],
  ],
  ['another message', new Error('a'), new Error('b')],
  ['a boxed number', Object(1), Object(2)],
  ['symbols', { a: Symbol.for('a') }, { a: Symbol.for('b') }],
])('a difference is seen: %s', (_what, a, b) => {
  expect(isSame(a, b)).toBe(false);
  expect(isSame(a, a)).toBe(true);
});

function withPrototype(prototype: object): object {
  return Object.assign(() => {}, { prototype });
}

test('names, texts, places and lengths of functions are not part of a shape', () => {
  expect(
    isSame(
      function a(_one: unknown) {},
      () => {},
    ),
  ).toBe(true);
  expect(
    isSame(
      [
        class A {
          b() {
            return 1;
          }
        },
      ],
      [
        class B {
          b(_c: unknown) {
            return 2;
          }
        },
      ],
    ),
  ).toBe(true);
});

test('symbols are told apart by which one they are, except those that every realm has', () => {
  const [one, other] = [Symbol('k'), Symbol('k')];
  const shared = [Symbol.iterator, Symbol.for('k')];
  expect(shapeOf([one, one], known)).not.toEqual(shapeOf([one, other], known));
  expect(shapeOf({ [one]: 1, a: one }, known)).not.toEqual(shapeOf({ [one]: 1, a: other }, known));
  expect(shapeOf([one, other], known)).toEqual(shapeOf([other, one], known));
  expect(shapeOf(shared, known)).toEqual(shapeOf([...shared], known));
});

test('a setter is part of a shape, also beside a getter', () => {
  const given = { get: () => 1, set: () => {} };
  const accessors = [{ get: given.get }, { set: given.set }, given];
  const shapes = accessors.map((one) => shapeOf(Object.defineProperty({}, 'n', one), known).join());
  expect(new Set(shapes).size).toBe(3);
});

test('a class has the one that it extends', () => {
  class Base {
    by = 1;
  }
  const Other = Object.assign(class extends Base {}, { by: 1 });
  const [first, second] = [class extends Base {}, class extends Base {}];
  Object.setPrototypeOf(second, Other);
  expect(shapeOf(first, known)).not.toEqual(shapeOf(second, known));
});

test('a cycle, and depth and breadth of any size, have a shape', () => {
  const cycle: unknown[] = [];
  cycle.push({ cycle });
  expect(shapeOf(cycle, known)).toContain('again 0');
  let deep: unknown = 1;
  for (let level = 0; level < 100_000; level += 1) deep = [deep];
  expect(shapeOf(deep, known).findLast((token) => token !== endToken)).toBe(1);
  expect(
    shapeOf(
      Array.from({ length: 300_000 }, () => 2),
      known,
    ),
  ).toHaveLength(600_008);
});

test('getters and traps are not called, except those of namespaces', () => {
  const calls: string[] = [];
  const namespace = {
    get a() {
      calls.push('namespace');
      return 1;
    },
  };
  const trap = new Proxy(
    {},
    {
      get: () => calls.push('trap'),
      ownKeys: () => {
        calls.push('keys');
        return [];
      },
    },
  );
  const values = [
    namespace,
    trap,
    {
      get b() {
        calls.push('getter');
        return 1;
      },
    },
  ];
  expect(shapeOf(values, { ...known, namespaces: new Set([namespace]) })).toContain('proxy');
  expect(calls).toEqual(['namespace']);
});

test('the place of a token is written as in code', () => {
  const value = { a: [{ 'b c': new Map([['k', 7]]) }] };
  const at = shapeOf(value, known).indexOf(7);
  expect(partInShape(value, known, at).place).toBe('.a[0]["b c"].get("k")');
});
