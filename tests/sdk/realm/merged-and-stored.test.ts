import { expect, test } from 'vitest';
import { codeOf, findingsOf, view } from '../code/code-fixture.js';
import { always, type Cases, execute } from './execution.js';

const works: Cases = {
  'a namespace and what is in it': [
    view(
      'A.B.k + A.f(2) + Object.keys(A).length',
      'namespace A { const h = 2; export namespace B { export const k = h * 3; } export function f(a: number) { return a * B.k; } }',
    ),
    always(20),
  ],
  'a class, a function and an enum with namespaces': [
    view(
      'C.of(1) + f() + Number(S.flip(S.Buy) === S.Sell) + Object.keys(C).length',
      'class C { static of(a: number) { return a * C.k; } } namespace C { export const k = 3; } function f() { return f.k; } namespace f { export const k = 5; } enum S { Buy = 1, Sell = -1 } namespace S { export const flip = (s: S) => -s; }',
    ),
    always(10),
  ],
  'this of a function of a namespace': [
    view(
      'N.f() * 10 + (0, N.f)()',
      'namespace N { export const k = 3; export function f() { return this?.k ?? 1; } }',
    ),
    always(31),
  ],
  'a namespace whose member is renewed': [
    view(
      'f(N) + N.next()',
      'namespace N { export const next = (() => { let n = 0; return () => ++n; })(); }',
    ).concat(' const f = (n) => n.next();'),
    always(3),
  ],
  'a var that repeats a catch binding': [
    view(
      'f()',
      'function f() { try { throw 1; } catch (e) { for (;;) { var e = 2; break; } if (e !== 2) return -1; } return e === undefined ? 5 : 6; }',
    ),
    always(5),
  ],
  'a pattern and a loop that repeat a catch binding': [
    view(
      '{ var n = 0; try { throw { a: 3 }; } catch (e) { var { a: e, b = 4 } = e; n += e + b; for (var e in { x: 1 }) n += e.length; for (var e = 1; e < 3; e += 1) n += 10; } return n; }',
    ),
    always(28),
  ],
  'a parameter that is repeated in a catch clause': [
    view('f(3)', 'function f(e) { try { throw 1; } catch (e) { var e = 9; } return e; }'),
    always(3),
  ],
  'a class with async methods that nothing calls': [
    view(
      'new A().last(4)',
      'class A { async load() { return fetch("x"); } async *rows() {} last(a) { return a; } }',
    ),
    always(4),
  ],
  'the lengths of async functions': [
    view(
      'Object.values(o).map((f) => f.length).join()',
      'const o = { a: async (x, y = 1) => 1, async b(x, y) {} };',
    ).replace('.join()', '.reduce((a, b) => a * 10 + b)'),
    always(12),
  ],
  'a getter that stores its value': [
    view(
      'lazy.table[1] + all[0].table.length + Number(lazy.table === lazy.table)',
      "const lazy = { get table() { const value = [1, 2, 3]; Object.defineProperty(this, 'table', { value }); return value; } }; const all = [lazy];",
    ),
    always(6),
  ],
  'a stored value that a bar changes': [
    view(
      'lazy.table.push(1)',
      "const lazy = { get table() { const value = []; Object.defineProperty(this, 'table', { value }); return value; } };",
    ),
    always(1),
  ],
};

test.each(Object.entries(works))('compute can use %s', async (_name, [sources, expected]) => {
  expect(await execute(sources)).toEqual(expected);
});

const asyncCall =
  'TypeError: an async function was called: compute returns its row synchronously, and is called for every bar';

test.each([
  [
    'in compute',
    view("{ try { new A()['lo' + 'ad'](); } catch {} return 1; }", 'class A { async load() {} }'),
  ],
  [
    'in a constant',
    view(
      'k',
      "class A { async load() {} } const k = [new A()].map((a) => { try { a['lo' + 'ad'](); } catch {} return 1; })[0];",
    ),
  ],
])(
  'a bar fails once an async function was called %s, whatever code makes of the error',
  async (_where, sources) => {
    expect(await execute(sources)).toContain(asyncCall);
  },
);

test('an async method is refused where its name is read', () => {
  const before = 'class A { async load() {} } const a = new A();';
  const expected = ['main.ts:1:21 E_IMPURE_COMPUTE is an async function'];
  expect(findingsOf(view('a.load()', before))).toEqual(expected);
  expect(findingsOf(view('{ const { load } = a; return load; }', before))).toHaveLength(1);
  expect(findingsOf(view('a.other', before))).toEqual([]);
});

test('what an async method would do does not belong to the code', () => {
  const of = (body: string) =>
    codeOf(view('new A().k', `class A { k = 1; async load(a) { ${body} } }`)).digest;
  expect(of('return fetch(a);')).toBe(of('return 1;'));
});

test('only an object of the module is unfrozen, and only for a getter that stores itself', () => {
  const getter = (name: string) =>
    `{ get t() { const value = 1; Object.defineProperty(this, '${name}', { value }); return value; } }`;
  expect(codeOf(view('o.t', `const o = ${getter('t')};`)).text).toContain('memoising({');
  expect(codeOf(view('o.t', `const o = ${getter('u')};`)).text).not.toContain('memoising(');
  expect(codeOf(view(`(${getter('t')}).t`)).text).not.toContain('memoising(');
});
