import { expect, test } from 'vitest';
import { codeOf, findingsOf, type Refusal, view } from './code-fixture.js';

const captures: Record<string, Refusal> = {
  'a parameter of a factory': [
    "const sma = (window) =>\n  node('sma', {\n    compute: (view) => view.a.sum() / window,\n  });",
    'main.ts:3:39 E_CAPTURE captures window, a variable of an enclosing function',
  ],
  'a constant of a factory': [
    'function make() {\n  const k = 2;\n  return { compute: (view) => view.a * k };\n}',
    'main.ts:3:40 E_CAPTURE captures k, a variable of an enclosing function',
  ],
  'a loop variable of the module': [
    'for (const k of [1, 2]) {\n  node({ compute: (view) => view.a * k });\n}',
    'main.ts:2:38 E_CAPTURE captures k, a variable of a block',
  ],
  'a name used twice, reported once': [
    'const make = (k) => ({ compute: (view) => k * k });',
    'main.ts:1:43 E_CAPTURE captures k, a variable of an enclosing function',
  ],
  'a let variable that is assigned again': [
    view('K', 'let K = 2; K = 3;'),
    'main.ts:2:34 E_CAPTURE captures K, a let variable that is assigned again',
  ],
  'a var variable that is assigned again': [
    view('K', 'var K = 2; K += 1;'),
    'main.ts:2:34 E_CAPTURE captures K, a var variable that is assigned again',
  ],
  'a let variable that its own file assigns again': [
    { 'main.ts': view('K', 'import { K } from "./k.js";'), 'k.ts': 'export let K = 2; K++;' },
    'main.ts:2:34 E_CAPTURE captures K, a let variable that is assigned again',
  ],
  'a function that is assigned again': [
    view('f()', 'function f() { return 1; } f = () => 2;'),
    'main.ts:2:34 E_CAPTURE captures f, a function that is assigned again',
  ],
  'a class that is assigned again by a pattern': [
    view('A.k', 'class A { static k = 1; } ({ A } = {});'),
    'main.ts:2:34 E_CAPTURE captures A, a class that is assigned again',
  ],
  'a compiled enum in two parts': [
    view(
      'E.A',
      'var E; (function (E) { E[E["A"] = 0] = "A"; })(E || (E = {})); (function (E) { E[E["B"] = 1] = "B"; })(E || (E = {}));',
    ),
    'main.ts:2:34 E_CAPTURE captures E, a var variable that is assigned again',
  ],
  'a declared variable': [
    view('K', 'declare const K: number;'),
    'main.ts:2:34 E_IMPURE_COMPUTE uses K, which is neither declared in the project nor a known pure global',
  ],
  'a file that does not exist': [
    view('K', 'import { K } from "./nowhere.js";'),
    'main.ts:2:34 E_CAPTURE uses K, but ./nowhere.js is not a file',
  ],
  'a path alias': [
    view('K', 'import { K } from "@app/constants";'),
    'main.ts:2:34 E_CAPTURE uses K, but @app/constants is neither a relative path nor an installed package',
  ],
  'a node': [
    {
      'main.ts': view('price.close', 'import { source } from "qmtl"; const price = source("p", {});'),
      'node_modules/qmtl/package.json': '{"name":"qmtl","version":"1.0.0"}',
    },
    'main.ts:2:34 E_CAPTURE captures price, which was created by qmtl',
  ],
};

test.each(Object.entries(captures))(
  'compute is refused for capturing %s',
  (_name, [sources, ...expected]) => {
    expect(findingsOf(sources)).toEqual(expected);
    for (const { hint } of codeOf(sources).findings) expect(hint).not.toBe('');
  },
);

/** Constants whose value visibly differs from their declaration; tests/sdk/runner/live-comparison.test.ts has the others. */
const changedConstants: Record<string, Refusal> = {
  'by an assignment': [
    view('C.k', 'const C = { k: 1 }; C.k = 2;'),
    'main.ts:2:34 E_CAPTURE captures C, which is changed at main.ts:1:21',
  ],
  'by a method': [
    view('T[0]', 'const T = [1]; T.push(2);'),
    'main.ts:2:34 E_CAPTURE captures T, which is changed at main.ts:1:16',
  ],
  'by Object.assign': [
    view('C.k', 'const C = { k: 1 }; Object.assign(C, { k: 2 });'),
    'main.ts:2:34 E_CAPTURE captures C, which is changed at main.ts:1:35',
  ],
  'by delete': [
    view('C.k', 'const C = { k: 1 }; delete C.k;'),
    'main.ts:2:34 E_CAPTURE captures C, which is changed at main.ts:1:28',
  ],
  'by a pattern': [
    view('C.k', 'const C = { k: 1 }; [C.k] = [2];'),
    'main.ts:2:34 E_CAPTURE captures C, which is changed at main.ts:1:22',
  ],
  'by a file that imports it': [
    {
      'main.ts': view('C.k', 'import { C } from "./c.js"; import "./setup.js";'),
      'c.ts': 'export const C = { k: 1 };',
      'setup.ts': 'import { C as D } from "./c.js";\nD.k = 2;',
    },
    'main.ts:2:34 E_CAPTURE captures C, which is changed at setup.ts:2:1',
  ],
  'through another constant': [
    view('T.a', 'const T = { a: 1 }; const u = T; u.a = 5;'),
    'main.ts:2:34 E_CAPTURE captures T, which is changed at main.ts:1:34',
  ],
  'through a constant for a part of it': [
    view('T.p.a', 'const T = { p: { a: 1 } }; const { p: u } = T; u.a = 5;'),
    'main.ts:2:34 E_CAPTURE captures T, which is changed at main.ts:1:48',
  ],
  'through a variable of a function': [
    view('T.a', 'const T = { a: 1 }; function setup() { const u = T; u.a = 5; } setup();'),
    'main.ts:2:34 E_CAPTURE captures T, which is changed at main.ts:1:53',
  ],
  'through the variable of a loop': [
    view('T[0].a', 'const T = [{ a: 1 }]; for (const row of T) row.a = 5;'),
    'main.ts:2:34 E_CAPTURE captures T, which is changed at main.ts:1:44',
  ],
  'through the parameter of a callback': [
    view('T[0].a', 'const T = [{ a: 1 }]; T.forEach((row) => { row.a = 5; });'),
    'main.ts:2:34 E_CAPTURE captures T, which is changed at main.ts:1:44',
  ],
  'by a function that it is passed to': [
    view('T[0]', 'const T = [1]; const fill = (n, list) => { const all = list; all.push(n); }; fill(2, T);'),
    'main.ts:2:34 E_CAPTURE captures T, which is changed at main.ts:1:86',
  ],
  'by a function of another file': [
    {
      'main.ts': view('T.a', 'import { set } from "./set.js"; const T = { a: 1 }; set(T);'),
      'set.ts': 'export function set(o) { o.a = 5; }',
    },
    'main.ts:2:34 E_CAPTURE captures T, which is changed at main.ts:1:57',
  ],
  'through the namespace of its file': [
    {
      'main.ts': view('C.k', 'import { C } from "./c.js"; import "./setup.js";'),
      'c.ts': 'export const C = { k: 1 };',
      'setup.ts': 'import * as c from "./c.js";\nc.C.k = 2;',
    },
    'main.ts:2:34 E_CAPTURE captures C, which is changed at setup.ts:2:1',
  ],
  'through an imported name': [
    {
      'main.ts': view('T.a', 'import { T } from "./t.js"; const u = T; u.a = 5;'),
      't.ts': 'export const T = { a: 1 };',
    },
    'main.ts:2:34 E_CAPTURE captures T, which is changed at main.ts:1:42',
  ],
  'through a list that holds it': [
    view('T.a', 'const T = { a: 1 }; const all = [T]; all[0].a = 5;'),
    'main.ts:2:34 E_CAPTURE captures T, which is changed at main.ts:1:38',
  ],
  'through a list of its parts': [
    view(
      'T.a[0]',
      'const T = { a: [1, 2] }; Object.values(T).filter(Array.isArray).map((l) => l.reverse());',
    ),
    'main.ts:2:34 E_CAPTURE captures T, which is changed at main.ts:1:76',
  ],
  'through a variable that is assigned': [
    view('T.a', 'const T = { a: 1 }; let u; u = T; u.a = 5;'),
    'main.ts:2:34 E_CAPTURE captures T, which is changed at main.ts:1:35',
  ],
  'through a function that returns it': [
    view('T.a', 'const T = { a: 1 }; const get = (all) => all.t; get({ t: T }).a = 5;'),
    'main.ts:2:34 E_CAPTURE captures T, which is changed at main.ts:1:49',
  ],
  'by a method of its own': [
    view('T.a', 'const T = { a: 1, to(v) { this.a = v; } }; T.to(5);'),
    'main.ts:2:34 E_CAPTURE captures T, which is changed at main.ts:1:44',
  ],
  'by a method of its class': [
    view('t.a', 'class B { to(v) { this.a = v; } } class C extends B { a = 1; } const t = new C(); t.to(5);'),
    'main.ts:2:34 E_CAPTURE captures t, which is changed at main.ts:1:83',
  ],
  'by a method of another object': [
    view('T[0]', 'const T = [1]; Array.prototype.push.call(T, 5);'),
    'main.ts:2:34 E_CAPTURE captures T, which is changed at main.ts:1:42',
  ],
  'by a method with a name by a constant': [
    view('T[0]', "const T = [1]; const method = 'splice'; T[method](0, 1, 5);"),
    'main.ts:2:34 E_CAPTURE captures T, which is changed at main.ts:1:41',
  ],
  'as a spread argument': [
    view('T.a', 'const T = { a: 1 }; Object.assign(...[T, { a: 5 }]);'),
    'main.ts:2:34 E_CAPTURE captures T, which is changed at main.ts:1:38',
  ],
  'by a class that keeps it': [
    view(
      'T.a',
      'const T = { a: 1 }; class K { #o; constructor(o) { this.#o = o; } set() { this.#o.a = 5; } } new K(T);',
    ),
    'main.ts:2:34 E_CAPTURE captures T, which is changed at main.ts:1:100',
  ],
  'by a method of a date': [
    view('D.getTime()', 'const D = new Date(0); D.setUTCFullYear(2000);'),
    'main.ts:2:34 E_CAPTURE captures D, which is changed at main.ts:1:24',
  ],
  'by a CommonJS file that another one requires': [
    {
      'main.ts': view('k.v', "import { k } from './b.cjs'; import './a.cjs';"),
      'a.cjs': "require('./c.cjs');",
      'b.cjs': 'exports.k = { v: 1 };',
      'c.cjs': "require('./b.cjs').k.v = 5;",
    },
    'main.ts:2:34 E_CAPTURE captures what b.cjs exports, which is changed at c.cjs:1:1',
  ],
  'by code that gets a CommonJS file': [
    {
      'main.ts': view('k.v', "import { k } from './b.cjs'; k.v = 5;"),
      'b.cjs': 'exports.k = { v: 1 };',
    },
    'main.ts:2:34 E_CAPTURE captures what b.cjs exports, which is changed at main.ts:1:30',
  ],
  'as a member of a function': [
    view('f()', 'function f() { return f.k; } f.k = 3;'),
    'main.ts:2:34 E_CAPTURE captures f, which is changed at main.ts:1:30',
  ],
  'as a member of a prototype': [
    view('new A().go()', 'class A { go() { return 1; } } A.prototype.go = () => 2;'),
    'main.ts:2:38 E_CAPTURE captures A, which is changed at main.ts:1:32',
  ],
};

test.each(Object.entries(changedConstants))(
  'compute is refused for a constant that is changed %s',
  (_name, [sources, ...expected]) => {
    expect(findingsOf(sources)).toEqual(expected);
    for (const { hint } of codeOf(sources).findings) expect(hint).not.toBe('');
  },
);

const counter = 'const counter = (() => { let n = 0; return () => (n += 1); })();';
const make =
  'const make = () => { let n = 0; const next = () => { n += 1; return n; }; return { next }; }; const c = make();';

/** Constants whose value depends on the order in which the program advances something. */
const advanced: Record<string, Refusal> = {
  'a counter': [
    view('b', `${counter} const a = counter(); const b = counter();`),
    'main.ts:1:97 E_CAPTURE captures counter, which is also advanced at main.ts:1:76 while the program is loaded',
  ],
  'a counter of an object': [
    view('a + b', `${make} const b = c.next(); const a = c.next();`),
    'main.ts:1:143 E_CAPTURE captures c, which is also advanced at main.ts:1:143 while the program is loaded',
  ],
  'a counter by a function': [
    view('b', `${counter} const next = () => counter() * 2; const a = next(); const b = next();`),
    'main.ts:1:85 E_CAPTURE captures counter, which is also advanced at main.ts:1:110 while the program is loaded',
  ],
  'a counter of another file': [
    {
      'main.ts': view('b', 'import { counter } from "./c.js"; import "./other.js"; const b = counter();'),
      'c.ts': `export ${counter}`,
      'other.ts': 'import { counter as c } from "./c.js";\nc();',
    },
    'main.ts:1:66 E_CAPTURE captures counter, which is also advanced at other.ts:2:1 while the program is loaded',
  ],
  'a bound function': [
    view('b()', 'const s = { n: 0 }; const b = function () { this.n += 1; return this.n; }.bind(s); b();'),
    'main.ts:2:34 E_CAPTURE captures b, which is also advanced at main.ts:1:84 while the program is loaded',
  ],
  'an iterator': [
    view('b', 'const it = [1, 2].values(); const [a] = it; const b = it.next().value;'),
    'main.ts:1:55 E_CAPTURE captures it, which is also advanced at main.ts:1:41 while the program is loaded',
  ],
  'a generator': [
    view(
      'b',
      'function* g() { yield 1; yield 2; } const it = g(); const a = it.next(); const b = it.next().value;',
    ),
    'main.ts:1:84 E_CAPTURE captures it, which is also advanced at main.ts:1:63 while the program is loaded',
  ],
  'a regular expression that remembers its place': [
    view('b ? 1 : 0', "const r = /a/g; const a = r.test('aa'); const b = r.test('aa');"),
    'main.ts:1:51 E_CAPTURE captures r, which is also advanced at main.ts:1:27 while the program is loaded',
  ],
  'an object with a private counter': [
    view(
      'b',
      'class C { #n = 0; next() { this.#n += 1; return this.#n; } } const c = new C(); const a = c.next(); const b = c.next();',
    ),
    'main.ts:1:111 E_CAPTURE captures c, which is also advanced at main.ts:1:91 while the program is loaded',
  ],
};

test.each(Object.entries(advanced))(
  'compute is refused for a constant that depends on the order of uses of %s',
  (_name, [sources, ...expected]) => {
    expect(findingsOf(sources)).toEqual(expected);
    for (const { hint } of codeOf(sources).findings) expect(hint).not.toBe('');
  },
);

test('compute is refused for a constant that may read a var of a cycle of files before it has a value', () => {
  const b = "import { a } from './main.js';\nexport const b = a ?? 7;";
  const of = (kind: string) =>
    findingsOf({ 'main.ts': view('b', `import { b } from './b.js'; export ${kind} a = 1;`), 'b.ts': b });
  expect(of('var')).toEqual([
    'b.ts:2:18 E_CAPTURE reads a, a var variable of a file that imports this one, maybe before it has its value',
  ]);
  expect(of('const')).toEqual([]);
});
