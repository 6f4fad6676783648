import { expect, test } from 'vitest';
import { view } from '../code/code-fixture.js';
import { always, type Cases, execute } from './execution.js';

/** Constants that keep something no freezing reaches: every bar gets its own. */
const kept: Cases = {
  'a counter in a closure': [
    view('next()', 'const make = () => { let n = 0; return () => ++n; }; const next = make();'),
    always(1),
  ],
  'a counter in a method of a closure': [
    view('c.next()', 'const c = (() => { let n = 0; return { next() { return ++n; } }; })();'),
    always(1),
  ],
  'a map in a closure': [
    view(
      'seen(view.time)',
      'const seen = (() => { const m = new Map(); return (t) => m.set(t, 1).size; })();',
    ),
    always(1),
  ],
  'a parameter of a closure': [
    view('next()', 'const make = (n) => () => ++n; const next = make(0);'),
    always(1),
  ],
  'a default parameter of a closure': [
    view('next()', 'const make = (n = 0, f = () => ++n) => f; const next = make();'),
    always(1),
  ],
  'a counter in a generator': [
    view('g.next().value', 'function* make() { let n = 0; for (;;) yield ++n; } const g = make();'),
    always(1),
  ],
  'a counter in a generator method': [
    view('g.next().value', 'const o = { *make() { let n = 0; for (;;) yield ++n; } }; const g = o.make();'),
    always(1),
  ],
  'an iterator of an array': [view('I.next().value', 'const I = [1, 2, 3].values();'), always(1)],
  'an iterator of a map': [view('I.next().value', 'const I = new Map([[1, 2], [3, 4]]).keys();'), always(1)],
  'an iterator of a text': [view('I.next().value.length', "const I = 'abc'[Symbol.iterator]();"), always(1)],
  'an iterator of matches': [view('I.next().value[0].length', "const I = 'abc'.matchAll(/./g);"), always(1)],
  'a typed array': [
    view('{ const w = [W][0]; w[0] += 1; return w[0]; }', 'const W = new Float64Array(1);'),
    always(1),
  ],
  'a typed array by a method': [
    view('{ const n = W[0]; W.fill(n + 1); return W[0]; }', 'const W = new Float64Array(1);'),
    always(1),
  ],
  'a view of a buffer': [
    view(
      '{ V.setFloat64(0, V.getFloat64(0) + 1); return V.getFloat64(0); }',
      'const V = new DataView(new ArrayBuffer(8));',
    ),
    always(1),
  ],
  'a buffer': [
    view(
      '{ const w = new DataView(B); w.setInt8(0, w.getInt8(0) + 1); return w.getInt8(0); }',
      'const B = new ArrayBuffer(8);',
    ),
    always(1),
  ],
  'a weak map': [
    view('{ W.set(K, (W.get(K) ?? 0) + 1); return W.get(K); }', 'const W = new WeakMap(); const K = {};'),
    always(1),
  ],
  'a weak set': [
    view('{ if (W.has(K)) return 2; W.add(K); return 1; }', 'const W = new WeakSet(); const K = {};'),
    always(1),
  ],
  'a weak map with a key of the realm': [
    view('{ W.set(Array, (W.get(Array) ?? 0) + 1); return W.get(Array); }', 'const W = new WeakMap();'),
    always(1),
  ],
  'a private member': [
    view('a.next()', 'class A { #n = 0; next() { return ++this.#n; } } const a = new A();'),
    always(1),
  ],
  'a private member of a subclass': [
    view(
      'a.next()',
      'class A { #n = 0; next() { return ++this.#n; } } class B extends A {} const a = new B();',
    ),
    always(1),
  ],
  'a private accessor': [
    view(
      'a.next()',
      'class A { #n = 0; get #v() { return this.#n; } set #v(x) { this.#n = x; } next() { this.#v += 1; return this.#v; } } const a = new A();',
    ),
    always(1),
  ],
  'a private member of a nested instance': [
    view(
      'o.list[0].next()',
      'class A { #n = 0; next() { return ++this.#n; } } const o = { list: [new A()] };',
    ),
    always(1),
  ],
  'a private member of an instance in a map': [
    view(
      'M.get(1).next()',
      'class A { #n = 0; next() { return ++this.#n; } } const M = new Map([[1, new A()]]);',
    ),
    always(1),
  ],
  'a private member made by a function': [
    view(
      'a.next()',
      'class A { #n = 0; next() { return ++this.#n; } } const make = () => new A(); const a = make();',
    ),
    always(1),
  ],
  'a static private member': [
    view('A.next()', 'class A { static #n = 0; static next() { return ++this.#n; } }'),
    always(1),
  ],
  'a static private member of a class expression': [
    view('A.next()', 'const A = class { static #n = 0; static next() { return ++this.#n; } };'),
    always(1),
  ],
  'a static private object': [
    view('A.next()', 'class A { static #s = { n: 0 }; static next() { return ++this.#s.n; } }'),
    always(1),
  ],
  'a static private member without a value': [
    view(
      'A.next()',
      'class A { static #n; static next() { this.#n = (this.#n ?? 0) + 1; return this.#n; } }',
    ),
    always(1),
  ],
  'a static private member of a class in a function': [
    view(
      'A.next()',
      'const make = () => class { static #n = 0; static next() { return ++this.#n; } }; const A = make();',
    ),
    always(1),
  ],
  'a variable of a static block': [
    view('A.next()', 'class A { static next; static { let n = 0; A.next = () => ++n; } }').replace(
      'A.next = ',
      'this.next = ',
    ),
    always(1),
  ],
  'a closure in a class field': [
    view('a.next()', 'class A { next = (() => { let n = 0; return () => ++n; })(); } const a = new A();'),
    always(1),
  ],
  'a closure in a static field': [
    view('A.next()', 'class A { static next = (() => { let n = 0; return () => ++n; })(); }'),
    always(1),
  ],
  'a parameter of a constructor': [
    view('a.next()', 'class A { constructor(n) { this.next = () => ++n; } } const a = new A(0);'),
    always(1),
  ],
  'a variable of an immediately called function': [
    view('next()', 'const next = (function () { var n = 0; return function () { return ++n; }; })();'),
    always(1),
  ],
  'a name of a function expression': [
    view('f()', 'const f = function g() { return g.n === undefined ? 1 : 2; };'),
    always(1),
  ],
  'a variable of a block in an initialiser': [
    view(
      'next()',
      'const next = (() => { for (let i = 0; i < 1; i += 1) { let n = 0; return () => ++n; } })();',
    ),
    always(1),
  ],
  'a catch variable in a closure': [
    view('next()', 'const next = (() => { try { throw 0; } catch (n) { return () => ++n; } })();'),
    always(1),
  ],
  'arguments of a function': [
    view('next()', 'function make() { const a = arguments; return () => ++a[0]; } const next = make(0);'),
    always(1),
  ],
  'an arguments object': [
    view(
      '{ const b = a; b[0] += 1; return a[0]; }',
      'function make() { return arguments; } const a = make(0);',
    ),
    "main.ts:2:49 TypeError: Cannot assign to read only property '0' of object '[object Arguments]'",
  ],
  'this of an arrow function': [
    view(
      'o.next()',
      'function Make() { this.n = { v: 0 }; this.next = () => ++this.n.v; } const o = new Make();',
    ),
    always(1),
  ],
  'a memo of a package': [
    {
      'main.ts': view('next()', "import { next } from 'memo';"),
      'node_modules/memo/package.json': '{"name":"memo","version":"1.0.0","main":"i.js"}',
      'node_modules/memo/i.js': 'let n = 0; exports.next = () => ++n;',
    },
    always(1),
  ],
  'a global of a CommonJS file': [
    {
      'main.ts': view('next()', "import { next } from 'memo';"),
      'node_modules/memo/package.json': '{"name":"memo","version":"1.0.0","main":"i.js"}',
      'node_modules/memo/i.js': 'this.n = 0; const self = this; exports.next = () => ++self.n;',
    },
    always(1),
  ],
  'module.exports of a CommonJS file': [
    {
      'main.ts': view('next()', "import { next } from 'memo';"),
      'node_modules/memo/package.json': '{"name":"memo","version":"1.0.0","main":"i.js"}',
      'node_modules/memo/i.js': 'exports.n = 0; exports.next = () => ++module.exports.n;',
    },
    always(1),
  ],
  'a bound function': [
    view('next()', 'const o = { n: [0] }; const next = ((s) => () => s.push(1))([]).bind(o);'),
    always(1),
  ],
  'a getter of an object in a closure': [
    view('o.next', 'const o = (() => { let n = 0; return { get next() { return ++n; } }; })();'),
    always(1),
  ],
  'a setter of an object in a closure': [
    view(
      '{ const p = o; p.v = view.time; return p.v > view.time ? 1 : 0; }',
      'const o = (() => { let n = 0; return { get v() { return n; }, set v(x) { n = Math.max(n, x); } }; })();',
    ),
    always(0),
  ],
  'a sort that keeps its comparisons': [
    view('{ [2, 1].sort(cmp); return cmp.n ?? 1; }', 'const cmp = (a, b) => a - b;'),
    always(1),
  ],
  'an own iterator with state in a field': [
    view(
      '[...I].length',
      'const I = { n: 0, [Symbol.iterator]() { let i = 0; return { next: () => ({ value: i, done: i++ >= 2 }) }; } };',
    ),
    always(2),
  ],
  'a function that is memoised by its field': [
    view('f()', 'function f() { return f.n; } const g = [f];').replace('f.n', 'f.n ?? 1'),
    always(1),
  ],
  'a regular expression that is global, in an object': [
    view("o.r.test('aa') ? 1 : 0", 'const o = { r: /a/g };'),
    always(1),
  ],
  'a regular expression that is sticky, in a map': [
    view("M.get(1).test('aa') ? 1 : 0", 'const M = new Map([[1, /a/y]]);'),
    always(1),
  ],
  'a regular expression made by RegExp': [
    view("R.test('aa') ? 1 : 0", "const R = new RegExp('a', 'g');"),
    always(1),
  ],
  'a regular expression without flags': [
    view(
      "R.test('aa') && R.exec('a').index === 0 && 'aa'.replace(R, 'b') === 'ba' ? 1 : 0",
      'const R = /a/;',
    ),
    always(1),
  ],
  'a regular expression in a class field': [
    view("A.r.test('aa') ? 1 : 0", 'class A { static r = /a/g; }'),
    always(1),
  ],
  'a global regular expression in compute': [view("/a/g.test('aa') ? 1 : 0"), always(1)],
  'a global regular expression in a function': [
    view("f('aa')", 'const f = (s) => (/a/g.test(s) ? 1 : 0);'),
    always(1),
  ],
  'a template object': [
    view(
      '{ const s = tag`x`; return W.has(s) ? 2 : (W.add(s), 1); }',
      'const tag = (s) => s; const W = new WeakSet();',
    ),
    always(1),
  ],
};

test.each(Object.entries(kept))(
  'compute begins every bar without a trace of another, with %s',
  async (_name, [sources, expected]) => {
    expect(await execute(sources)).toEqual(expected);
  },
);
