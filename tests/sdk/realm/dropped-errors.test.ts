import { describe, expect, test } from 'vitest';
import { view } from '../code/code-fixture.js';
import { always, execute } from './execution.js';

/** Errors of the engine's limits, thrown by a function named `fail`. */
const causes = {
  'a full stack': 'const fail = () => { n += 1; return fail(); };',
  'too many arguments': 'const fail = () => { n += 1; return Math.max(...new Array(2 ** 20).fill(1)); };',
  'too many arguments by apply':
    'const fail = () => { n += 1; return Math.max.apply(null, new Array(2 ** 20).fill(1)); };',
  'a full stack of the engine':
    'const nest = () => { let o = []; for (let i = 0; i < 1e5; i += 1) o = [o]; return o; }; const fail = () => { n += 1; return JSON.stringify(nest()); };',
  'a text that is too long': "const fail = () => { n += 1; return 'a'.repeat(2 ** 29); };",
} as const;

/** Iterators with `fail` in what is called when they are closed; made by a function named `open`. */
const iterators = {
  'a method return': 'return() { return fail(); }',
  'a getter return': 'get return() { return fail(); }',
  'a return that is an arrow function': 'return: () => fail()',
  'a return that is bound': 'return: fail.bind(null)',
  'a computed return': "['re' + 'turn']() { return fail(); }",
} as const;

const opened = (member: string) =>
  `const open = () => ({ [Symbol.iterator]() { return this; }, next: () => ({ value: 1, done: false }), ${member} });`;

/** What ends an iteration because of an error of its own. */
const constructs = {
  'a loop whose body throws': 'for (const x of open()) throw 7;',
  'a loop whose pattern throws': 'for (const { a: { b } } of open()) n += 1;',
  'a loop with a pattern of an array that throws':
    'for (const [{ a }] of [open()]) if (n < 0) n = a; throw 7;',
  'a declared pattern': 'const [{ a: { b } }] = open();',
  'a declared pattern with a default': 'const [a, b = (() => { throw 7; })()] = head(open());',
  'a nested pattern': 'const { x: [[{ a }]] } = { x: [open2()] };',
  'an assigned pattern': 'let a; [{ a: { a } }] = open();',
  'a pattern that assigns a member': 'const o = { set a(x) { throw 7; } }; [o.a] = open();',
  'a pattern of a parameter': '(([{ a: { b } }]) => b)(open());',
  'a pattern of a parameter of a function': '(function ([{ a: { b } }]) { return b; })(open());',
  'a pattern of a method': '({ m([{ a: { b } }]) { return b; } }).m(open());',
  'a pattern of a setter': '({ set m([{ a: { b } }]) { n += b; } }).m = open();',
  'a pattern of a constructor': 'new (class { constructor([{ a: { b } }]) { n += b; } })(open());',
  'a caught pattern': 'try { throw open(); } catch ([{ a: { b } }]) { n += b; }',
  'Array.from': 'Array.from(open(), () => { throw 7; });',
  'Array.from of a subclass': 'class A extends Array {} A.from(open(), () => { throw 7; });',
  'Object.fromEntries': 'Object.fromEntries(open());',
  'a map': 'new Map(open());',
  'a weak map': 'new WeakMap(open());',
  'a weak set': 'new WeakSet(open());',
  'a set of a subclass': 'class S extends Set { add() { throw 7; } } new S(open());',
  'a map by Reflect.construct': 'Reflect.construct(Map, [open()]);',
  'a map by the constructor of another': 'new (new Map().constructor)(open());',
  'a generator that is given an error':
    'const g = (function* () { for (const x of open()) yield x; })(); g.next(); g.throw(7);',
  'a delegating generator':
    'const g = (function* () { for (const x of open()) yield* [x]; })(); g.next(); g.throw(7);',
  'a clone of a getter': 'structuredClone({ get a() { return fail(); } });',
} as const;

const helpers =
  'const head = (it) => { const { next } = it; let i = 0; it.next = () => ({ value: i === 0 ? 1 : undefined, done: (i += 1) > 2 }); return it; }; const open2 = () => open();';

const failing = (cause: string, iterator: string, construct: string) =>
  view(
    `{ let n = 0; ${cause} ${iterator} ${helpers} try { ${construct} } catch (e) { return n; } return -1; }`,
  );

const limits = /^main\.ts:2:\d+ RangeError: (?:Maximum call stack size exceeded|Invalid string length)$/;

describe('an error of a limit fails the bar though it is dropped', () => {
  const member = iterators['a method return'];

  test.each(Object.entries(constructs))(
    'an error of a full stack that is dropped by %s',
    async (_, construct) => {
      const sources = failing(causes['a full stack'], opened(member), construct);
      expect(await execute(sources)).toMatch(limits);
    },
  );

  test.each(Object.entries(iterators))('an error of a full stack in %s', async (_, other) => {
    const sources = failing(causes['a full stack'], opened(other), constructs['a loop whose body throws']);
    expect(await execute(sources)).toMatch(limits);
  });

  test.each(Object.entries(causes))('an error by %s', async (_, cause) => {
    const sources = failing(cause, opened(member), constructs['a loop whose body throws']);
    expect(await execute(sources)).toMatch(limits);
  });

  test('an error of a full stack in the finally block of a generator', async () => {
    const open = 'function* open() { try { yield 1; } finally { fail(); } }';
    const sources = failing(causes['a full stack'], open, constructs['a loop whose body throws']);
    expect(await execute(sources)).toMatch(limits);
  });
});

/** Statements that replace what `f` throws. */
const replaced = {
  'a finally block that throws': 'const f = () => { n += 1; try { f(); } finally { throw 7; } };',
  'a finally block that throws, with arguments':
    'const f = (a, b, c, d) => { n += 1; try { f(1, 2, 3, 4); } finally { throw 7; } };',
  'a finally block that returns': 'const f = () => { n += 1; try { return f(); } finally { return 7; } };',
  'a finally block that ends a loop':
    'const f = () => { n += 1; for (;;) { try { f(); } finally { break; } } };',
  'a finally block that goes on with a loop':
    'const f = () => { n += 1; l: for (let i = 0; i < 1; i += 1) { try { f(); } finally { continue l; } } };',
  'a catch clause that throws': 'const f = () => { n += 1; try { f(); } catch { throw 7; } };',
  'a catch clause that wraps':
    "const f = () => { n += 1; try { f(); } catch (e) { throw new Error('x', { cause: e }); } };",
  'a finally block in a finally block':
    'let left = 2; const f = () => { n += 1; try { f(); } finally { try { if ((left -= 1) > 0) f(); } finally { throw 7; } } };',
  'a finally block around a getter':
    'const o = { get x() { n += 1; try { return o.x; } finally { throw 7; } } }; const f = () => o.x;',
  'a finally block around a callback':
    'const f = () => { n += 1; try { [1].forEach(f); } finally { throw 7; } };',
  'a finally block around a comparison':
    'const f = () => { n += 1; try { [1, 2].sort(f); } finally { throw 7; } };',
  'a finally block around a conversion':
    'const o = { valueOf() { n += 1; try { return +o; } finally { throw 7; } } }; const f = () => +o;',
  'a finally block around a constructor':
    'class A { constructor() { n += 1; try { new A(); } finally { throw 7; } } } const f = () => new A();',
  'a finally block around a field':
    'class A { x = (() => { n += 1; try { return new A(); } finally { throw 7; } })(); } const f = () => new A();',
  'a finally block in a generator':
    'const f = () => { n += 1; const g = (function* () { try { yield f(); } finally { throw 7; } })(); g.next(); };',
} as const;

test.each(Object.entries(replaced))(
  'a full stack fails the bar though its error is replaced by %s',
  async (_, code) => {
    const sources = view(`{ let n = 0; ${code} try { f(); } catch (e) { return n; } return n; }`);
    expect(await execute(sources)).toMatch(limits);
  },
);

test('a full stack while constants are evaluated fails the run though its error is dropped', async () => {
  const constants =
    'const K = (() => { let n = 0; const f = () => { n += 1; try { f(); } finally { throw 7; } }; try { f(); } catch {} return n; })();';
  expect(await execute(view('K', constants))).toMatch(/^main\.ts:1:57 RangeError: Maximum call stack/);
});

/** The same syntax, without any error of a limit. */
const unchanged = {
  'a loop over a column': [
    '{ let s = 0; for (const x of view.price.close) s += x; return s > 0 ? 1 : 0; }',
    1,
  ],
  'a loop over a text': [
    "{ let s = ''; for (const c of 'añ😀') s = c + s; return s === '😀ña' ? 1 : 0; }",
    1,
  ],
  'a loop over entries': [
    '{ let s = 0; for (const [k, v] of new Map([[1, 2], [3, 4]])) s += k * v; return s; }',
    14,
  ],
  'a loop over a typed array': [
    '{ let s = 0; for (const x of new Float64Array(3).fill(2)) s += x; return s; }',
    6,
  ],
  'a loop over a subclass of arrays': [
    '{ class A extends Array { *[Symbol.iterator]() { yield 5; } } let s = 0; for (const x of A.of(1, 2)) s += x; return s; }',
    5,
  ],
  'a loop over an array with its own iterator': [
    '{ const a = [1, 2]; Object.defineProperty(a, Symbol.iterator, { value: function* () { yield 7; } }); let s = 0; for (const x of a) s += x; return s; }',
    7,
  ],
  'a loop that ends early': [
    '{ let n = 0; const it = { [Symbol.iterator]() { return this; }, next: () => ({ value: 1, done: false }), return() { n += 1; return {}; } }; for (const x of it) break; return n; }',
    1,
  ],
  'an error of return when a loop ends early': [
    '{ const it = { [Symbol.iterator]() { return this; }, next: () => ({ value: 1, done: false }), return() { throw 9; } }; try { for (const x of it) break; } catch (e) { return e; } return 0; }',
    9,
  ],
  'an error of return that is dropped': [
    '{ const it = { [Symbol.iterator]() { return this; }, next: () => ({ value: 1, done: false }), return() { throw 9; } }; try { for (const x of it) throw 7; } catch (e) { return e; } return 0; }',
    7,
  ],
  'an iterator without return': [
    '{ let i = 0; const it = { [Symbol.iterator]: () => ({ next: () => ({ value: i, done: i++ > 3 }) }) }; try { for (const x of it) if (x === 2) throw x; } catch (e) { return e; } return 0; }',
    2,
  ],
  'a pattern with defaults': [
    '{ const [a = 1, { b = 2 } = {}, ...c] = [undefined, undefined, 3, 4]; return a + b + c.length; }',
    5,
  ],
  'a pattern of a text': ["{ const [a, [b] = 'z'] = 'x'; return a === 'x' && b === 'z' ? 1 : 0; }", 1],
  'a pattern of a generator': [
    '{ const [a, [b]] = (function* () { yield 1; yield [2]; })(); return a + b; }',
    3,
  ],
  'a pattern that assigns members': ['{ const o = {}; [o.a, o.b] = [1, 2]; return o.a + o.b; }', 3],
  'a pattern in a loop': [
    '{ let s = 0; for (const [{ a }, b = 1] of [[{ a: 2 }], [{ a: 3 }, 4]]) s += a * b; return s; }',
    14,
  ],
  'entries that are not iterable': [
    '{ try { for (const x of 5) throw x; } catch (e) { return e instanceof TypeError ? 1 : 0; } }',
    1,
  ],
  'Array.from of an array-like': ['Array.from({ length: 3 }, (_, i) => i).reduce((a, b) => a + b)', 3],
  'Array.from of nothing': [
    '{ try { Array.from(null); } catch (e) { return e instanceof TypeError ? 1 : 0; } }',
    1,
  ],
  'Array.from of a set': ['Array.from(new Set([1, 2, 2])).length', 2],
  'a map of a map': ['new Map(new Map([[1, 5]])).get(1)', 5],
  'a set of a text': ["new Set('aab').size", 2],
  'an empty map': ['new Map().size + new Map(null).size + new Set(undefined).size', 0],
  'an instance of a map': [
    'new Map() instanceof Map && structuredClone(new Map()) instanceof Map ? 1 : 0',
    1,
  ],
  'a subclass of maps': [
    '{ class M extends Map { get(k) { return super.get(k) ?? 7; } } return new M([[1, 2]]).get(1) + new M().get(3); }',
    9,
  ],
  'a map without new': ['{ try { Map(); } catch (e) { return e instanceof TypeError ? 1 : 0; } }', 1],
  'the name and length of constructors': [
    "Map.name === 'Map' && Set.name === 'Set' && Map.length === 0 && new Set().constructor === Set ? 1 : 0",
    1,
  ],
  'the species of maps': ['Map[Symbol.species] === Map ? 1 : 0', 1],
} as const;

test.each(Object.entries(unchanged))('compute may use %s', async (_, [body, expected]) => {
  expect(await execute(view(body))).toEqual(always(expected));
});
