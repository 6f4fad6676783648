import { expect, test } from 'vitest';
import { view } from '../code/code-fixture.js';
import { always, type Cases, closes, execute } from './execution.js';

/** Code that a hardened realm must not disturb. */
const works: Cases = {
  'own toString': [view("{ const o = { toString() { return 'x'; } }; return String(o).length; }"), always(1)],
  'toString that is assigned': [
    view(`{ const o = {}; o.toString = () => 'xy'; return \`\${o}\`.length; }`),
    always(2),
  ],
  'a var that repeats a parameter': [
    view('f(3)', 'function f(a) { var a; if (a === undefined) return -1; var a = a + 1; return a; }'),
    always(4),
  ],
  'a var that repeats a parameter of a default': [
    view('f(3)', 'function f(a, g = () => a) { var a; a += 1; return a * 10 + g(); }'),
    always(43),
  ],
  'a loop that repeats a parameter': [
    view('f(2)', 'function f(i) { let s = i; for (var i = i; i < 4; i += 1) s += i; return s * 10 + i; }'),
    always(74),
  ],
  'a function and a var that repeat a parameter': [
    view('f(2)', 'function f(a) { var a; function a() { return 5; } return a(); }'),
    always(5),
  ],
  'a static member named name': [
    view(
      'A.name.length + B.name()',
      "class A { static name = 'abc'; } const B = class { static name() { return 5; } };",
    ),
    always(8),
  ],
  'constructor that is assigned': [
    view('{ const o = {}; o.constructor = 5; return o.constructor; }'),
    always(5),
  ],
  'valueOf that is assigned': [view('{ const o = {}; o.valueOf = () => 5; return o + 1; }'), always(6)],
  'hasOwnProperty that is assigned': [
    view('{ const o = {}; o.hasOwnProperty = 3; return o.hasOwnProperty; }'),
    always(3),
  ],
  'Object.keys after assigning toString': [
    view('{ const o = { a: 1 }; o.toString = 1; return Object.keys(o).length; }'),
    always(2),
  ],
  'a class with toString': [
    view('String(new A()).length', "class A { toString() { return 'abc'; } }"),
    always(3),
  ],
  'a map of its own': [
    view('{ const m = new Map(); m.set(1, 2); m.delete(1); m.set(3, 4); m.clear(); return m.size; }'),
    always(0),
  ],
  'a set of its own': [view('{ const s = new Set([1]); s.add(2); s.delete(1); return s.size; }'), always(1)],
  'a subclass of Map': [
    view(
      'new Counts().add(1).add(1).get(1)',
      'class Counts extends Map { add(k) { return this.set(k, (this.get(k) ?? 0) + 1); } }',
    ),
    always(2),
  ],
  'a subclass of Array': [
    view(
      '{ const l = new L(); l.push(1, 2); return l.sum() + l.map((x) => x * 2).sum(); }',
      'class L extends Array { sum() { return this.reduce((a, b) => a + b, 0); } }',
    ),
    always(9),
  ],
  'a weak map of its own': [
    view('{ const w = new WeakMap(); const k = {}; w.set(k, 3); return w.get(k); }'),
    always(3),
  ],
  'a typed array of its own': [
    view(
      '{ const w = new Float64Array(3); w[0] = 1; w.fill(2, 1); w.set([5], 2); return w[0] + w[1] + w[2] + w.subarray(1).length; }',
    ),
    always(10),
  ],
  'a data view of its own': [
    view('{ const v = new DataView(new ArrayBuffer(8)); v.setFloat64(0, 1.5); return v.getUint16(0); }'),
    always(16376),
  ],
  'a constant map that is read': [
    view('M.get(1) + M.size + [...M.values()].length', 'const M = new Map([[1, 2], [3, 4]]);'),
    always(6),
  ],
  'a constant set that is read': [view('S.has(1) ? S.size : 0', 'const S = new Set([1, 2]);'), always(2)],
  'a constant table that is copied': [
    view('{ const t = [...T]; t.push(3); t.sort((a, b) => b - a); return t[0]; }', 'const T = [1, 2];'),
    always(3),
  ],
  'a constant object that is copied': [
    view('{ const o = { ...O, k: 3 }; o.k += 1; return o.k; }', 'const O = { k: 1 };'),
    always(4),
  ],
  'a constant that is cloned': [
    view('{ const o = structuredClone(O); o.a.push(2); return o.a.length; }', 'const O = { a: [1] };'),
    always(2),
  ],
  'a constant date': [view('D.getTime()', 'const D = new Date(5);'), always(5)],
  'a constant typed array that is read': [view('W[1]', 'const W = Float64Array.of(1, 2);'), always(2)],
  'a constant instance': [
    view(
      'a.twice()',
      'class A { constructor(k) { this.k = k; } twice() { return this.k * 2; } } const a = new A(4);',
    ),
    always(8),
  ],
  'a constant instance with a private member': [
    view(
      'a.twice()',
      'class A { #k; constructor(k) { this.#k = k; } twice() { return this.#k * 2; } } const a = new A(4);',
    ),
    always(8),
  ],
  'a method that its class binds': [
    view(
      'a.go()',
      'class A { constructor() { this.go = this.go.bind(this); } go() { return this.n; } n = 4; } const a = new A();',
    ),
    always(4),
  ],
  'a method of a base class that a class binds': [
    view(
      '[new B()].map(({ go }) => go())[0]',
      'class A { n = 3; go() { return this.n; } } class B extends A { constructor() { super(); this.go = this.go.bind(this); } }',
    ),
    always(3),
  ],
  'an own member named constructor': [
    view('{ const a = new A(); a.constructor = 3; return a.constructor; }', 'class A {}'),
    always(3),
  ],
  'a bound function': [
    view('scale(3)', 'const by = (k, x) => x * k; const scale = by.bind(undefined, 2);'),
    always(6),
  ],
  'a closure that only reads': [
    view('scale(3)', 'const by = (k) => (x) => x * k; const scale = by(2);'),
    always(6),
  ],
  'a generator of its own': [
    view('[...g(3)].length', 'function* g(n) { for (let i = 0; i < n; i += 1) yield i; }'),
    always(3),
  ],
  'a generator that is closed': [
    view(
      '{ for (const x of g()) if (x > 2) return x; return 0; }',
      'function* g() { let i = 0; for (;;) yield (i += 1); }',
    ),
    always(3),
  ],
  'yield star': [
    view(
      '[...g()].join("") === "123" ? 1 : 0',
      'function* h() { yield 1; return 3; } function* g() { yield* [1]; const x = yield* h2(); yield x; } function* h2() { yield 2; return 3; }',
    ),
    always(1),
  ],
  'an iterator of its own': [
    view(
      '[...new R(3)].length',
      'class R { constructor(n) { this.n = n; } *[Symbol.iterator]() { for (let i = 0; i < this.n; i += 1) yield i; } }',
    ),
    always(3),
  ],
  'a symbol as a key': [view('{ const k = Symbol("k"); const o = { [k]: 4 }; return o[k]; }'), always(4)],
  'a registered symbol': [view("Symbol.for('k') === Symbol.for('k') ? 1 : 0"), always(1)],
  'Symbol.species': [
    view(
      '{ class L extends Array { static get [Symbol.species]() { return Array; } } return new L(1, 2).map((x) => x) instanceof L ? 2 : 1; }',
    ),
    always(1),
  ],
  'Symbol.toPrimitive': [
    view('{ const o = { [Symbol.toPrimitive]: (hint) => (hint === "number" ? 4 : 5) }; return +o; }'),
    always(4),
  ],
  'Symbol.hasInstance': [
    view(
      '{ class Even { static [Symbol.hasInstance](x) { return x % 2 === 0; } } return 2 instanceof Even ? 1 : 0; }',
    ),
    always(1),
  ],
  'a getter and a setter': [
    view(
      '{ const o = { n: 1, get k() { return this.n; }, set k(x) { this.n = x * 2; } }; o.k = 4; return o.k; }',
    ),
    always(8),
  ],
  'Reflect on its own object': [
    view("{ const o = {}; Reflect.set(o, 'k', 3); return Reflect.ownKeys(o).length + Reflect.get(o, 'k'); }"),
    always(4),
  ],
  'Object.defineProperty on its own object': [
    view("{ const o = Object.defineProperty({}, 'k', { get: () => 6 }); return o.k; }"),
    always(6),
  ],
  'Object.groupBy or a reduce': [
    view(
      '{ const g = [1, 2, 3].reduce((m, x) => { (m[x % 2] ??= []).push(x); return m; }, {}); return g[1].length; }',
    ),
    always(2),
  ],
  'reduce with Object.assign onto its own object': [
    view('[{ a: 1 }, { b: 2 }].reduce((o, x) => Object.assign(o, x), {}).b'),
    always(2),
  ],
  'the species of an own typed array': [view('Float64Array.from([1, 2]).map((x) => x * 2)[1]'), always(4)],
  'a tagged template': [
    view(`tag\`a\${1}b\${2}\``, 'const tag = (s, ...v) => s.length * 10 + v.length;'),
    always(32),
  ],
  'the raw texts of a tagged template': [view('String.raw`\\n\\u{41}`.length'), always(8)],
  'a reviver': [
    view("JSON.parse('{\"a\":[1,2]}', (k, v) => (typeof v === 'number' ? v * 2 : v)).a[1]"),
    always(4),
  ],
  'a replacer': [view("JSON.stringify({ a: 1, b: 2 }, ['a']) === '{\"a\":1}' ? 1 : 0"), always(1)],
  'a regular expression with groups': [view("/(?<y>\\d+)-(\\d+)/.exec('12-34').groups.y.length"), always(2)],
  'a sticky regular expression of its own': [
    view("{ const r = /a/y; r.test('aa'); return r.lastIndex; }"),
    always(1),
  ],
  matchAll: [view("[...'a1b2'.matchAll(/\\d/g)].length"), always(2)],
  'replace with a function': [
    view("'abc'.replace(/b/, (m) => m.toUpperCase()) === 'aBc' ? 1 : 0"),
    always(1),
  ],
  'split by a regular expression': [view("'a1b2c'.split(/\\d/).length"), always(3)],
  'a callback with this': [
    view('{ const o = { n: 0 }; [1, 2].forEach(function (x) { this.n += x; }, o); return o.n; }'),
    always(3),
  ],
  'call, apply and bind': [
    view(
      'f.call({ k: 1 }, 2) + f.apply({ k: 1 }, [2]) + f.bind({ k: 1 })(2)',
      'function f(x) { return this.k + x; }',
    ),
    always(9),
  ],
  arguments: [view('f(1, 2, 3)', 'function f() { return arguments.length + [...arguments][2]; }'), always(6)],
  'a function with fields of its own': [view('{ const f = () => 1; f.k = 4; return f.k; }'), always(4)],
  'a class made in compute': [
    view(
      '{ class A { static n = 0; #k = 2; get k() { return this.#k; } } A.n += 1; return A.n + new A().k; }',
    ),
    always(3),
  ],
  'a private member check': [
    view('A.is(new A()) && !A.is({}) ? 1 : 0', 'class A { #k = 1; static is(o) { return #k in o; } }'),
    always(1),
  ],
  'new.target': [
    view('new A().k', 'class A { constructor() { this.k = new.target === A ? 1 : 2; } }'),
    always(1),
  ],
  super: [
    view(
      'new B().f() + B.g()',
      'class A { f() { return 1; } static g() { return 10; } } class B extends A { f() { return super.f() + 1; } static g() { return super.g() + 5; } }',
    ),
    always(17),
  ],
  'super in an object': [
    view(
      'o.f()',
      'const p = { f() { return 2; } }; const o = { __proto__: p, f() { return super.f() * 3; } };',
    ),
    always(6),
  ],
  bigints: [view('Number(2n ** 64n % 1000n) + Number(BigInt.asIntN(8, 255n))'), always(615)],
  'a sorted copy of the window': [view('[...view.price.close].sort((a, b) => b - a)[0]'), closes()],
  'a sum over the window': [
    view('{ let t = 0; for (const x of view.price.close) t += x; return t; }'),
    closes(),
  ],
  'a class that extends null': [
    view('Object.keys(A).length', 'class A extends null { static k = 1; }'),
    always(1),
  ],
};

test.each(Object.entries(works))('compute may use %s', async (_name, [sources, expected]) => {
  expect(await execute(sources)).toEqual(expected);
});
