import { expect, test } from 'vitest';
import { findingsOf, type Sources, view } from '../code/code-fixture.js';
import { execute, executeLive } from './execution.js';

const c = 'view.price.close.at(-1)';

/** A package in CommonJS. */
const commonJs = (code: string, main: string): Sources => ({
  'main.ts': main,
  'node_modules/lib/package.json': '{"name":"lib","version":"1.0.0","main":"index.js"}',
  'node_modules/lib/index.js': code,
  'node_modules/lib/part.js': 'exports.two = 2;',
});

const json = (text: string, body: string): Sources => ({
  'main.ts': view(body, "import t from './t.json';"),
  't.json': text,
});

const modules: Record<string, Sources> = {
  'a namespace': {
    'main.ts': view('k.a + k.f(2) + Object.keys(k).length', "import * as k from './k.js';"),
    'k.ts': 'export const a = 1; export function f(x) { return x * a; } export default 5; export class C {}',
  },
  'a namespace by a computed name': {
    'main.ts': view("['a', 'b'].map((n) => k[n]).reduce((x, y) => x + y)", "import * as k from './k.js';"),
    'k.ts': 'export const a = 1; export const b = 2;',
  },
  'a name that a namespace lacks': {
    'main.ts': view('(k as any).nothing === undefined ? 1 : 0', "import * as k from './k.js';"),
    'k.ts': 'export const a = 1;',
  },
  'namespaces that import each other': {
    'main.ts': view('a.f(3) + b.g(2)', "import * as a from './a.js'; import * as b from './b.js';"),
    'a.ts':
      "import * as b from './b.js'; export const f = (n) => (n === 0 ? 1 : b.g(n - 1)); export const whole = () => b;",
    'b.ts':
      "import * as a from './a.js'; export const g = (n) => (n === 0 ? 10 : a.f(n - 1)); export const whole = () => a;",
  },
  'a namespace that a module re-exports': {
    'main.ts': view('all.k.a', "import * as all from './all.js';"),
    'all.ts': "export * as k from './k.js'; export { a as default } from './k.js';",
    'k.ts': 'export const a = 4;',
  },
  'the precedence of export *': {
    'main.ts': view('a + b', "import { a, b } from './all.js';"),
    'all.ts': "export * from './one.js'; export * from './two.js'; export const a = 100;",
    'one.ts': 'export const a = 1;',
    'two.ts': 'export const a = 2; export const b = 20;',
  },
  'export * of a namespace': {
    'main.ts': view('Object.keys(all).length * 100 + all.a', "import * as all from './all.js';"),
    'all.ts': "export * from './one.js'; export * from './one.js'; export const a = 7;",
    'one.ts': 'export const a = 1; export const b = 2; export default 3;',
  },
  'names in export * that are ambiguous': {
    'main.ts': view("'a' in all ? 1 : 2", "import * as all from './all.js';"),
    'all.ts': "export * from './one.js'; export * from './two.js';",
    'one.ts': 'export const a = 1;',
    'two.ts': 'export const a = 2;',
  },
  'export * in a circle': {
    'main.ts': view('x + y', "import { x, y } from './a.js';"),
    'a.ts': "export * from './b.js'; export const x = 1;",
    'b.ts': "export * from './a.js'; export const y = 2;",
  },
  'a default function': {
    'main.ts': view('f(2)', "import f from './f.js';"),
    'f.ts': 'export default function (x) { return x * 3; }',
  },
  'a default class': {
    'main.ts': view('new F().k', "import F from './f.js';"),
    'f.ts': 'export default class { k = 3; }',
  },
  'a default expression': {
    'main.ts': view('t[1]', "import t from './t.js';"),
    't.ts': 'export default [1, 2];',
  },
  'a named default function': {
    'main.ts': view('f(3)', "import f from './f.js';"),
    'f.ts': 'export default function g(n) { return n === 0 ? 1 : n * g(n - 1); }',
  },
  'exports under texts': {
    'main.ts': view('a', "import { 'x y' as a } from './k.js';"),
    'k.ts': "const a = 6; export { a as 'x y' };",
  },
  'constants of two files with one name': {
    'main.ts': view('K + L', "import { K as L } from './k.js'; const K = 1;"),
    'k.ts': 'export const K = 10;',
  },
  'a constant of another file that uses a constant': {
    'main.ts': view('K', "import { K } from './k.js';"),
    'k.ts': "import { base } from './base.js'; export const K = base * 2;",
    'base.ts': 'export const base = 21;',
  },
};

const commonJsFiles: Record<string, Sources> = {
  'a CommonJS package': commonJs(
    'exports.f = (x) => x * 2; exports.K = 3;',
    view(`f(${c}) + K`, "import { f, K } from 'lib';"),
  ),
  'a CommonJS package as its default': commonJs(
    'module.exports = { f: (x) => x * 2 };',
    view('lib.f(4)', "import lib from 'lib';"),
  ),
  'a CommonJS package that is a function': commonJs(
    'module.exports = function (x) { return x + 1; }; module.exports.K = 5;',
    view('lib(4) + lib.K', "import lib from 'lib';"),
  ),
  'a CommonJS package in parts': commonJs(
    "const { two } = require('./part'); exports.f = (x) => x * two;",
    view('f(4)', "import { f } from 'lib';"),
  ),
  'a package in UMD': commonJs(
    "(function (root, factory) { if (typeof define === 'function' && define.amd) { define([], factory); } else if (typeof module === 'object' && module.exports) { module.exports = factory(); } else { root.lib = factory(); } })(typeof self !== 'undefined' ? self : this, function () { 'use strict'; return { f: function (x) { return x * 7; } }; });",
    view('lib.f(2)', "import lib from 'lib';"),
  ),
  'a package in UMD of TypeScript': commonJs(
    "(function (factory) { if (typeof module === 'object' && typeof module.exports === 'object') { var v = factory(require, exports); if (v !== undefined) module.exports = v; } })(function (require, exports) { 'use strict'; Object.defineProperty(exports, '__esModule', { value: true }); exports.f = (x) => x * 7; });",
    view('lib.f(2)', "import * as libs from 'lib'; import lib from 'lib';").replace(
      "import * as libs from 'lib'; ",
      '',
    ),
  ),
  'a package that looks for globals': commonJs(
    "var root = typeof globalThis !== 'undefined' ? globalThis : typeof window !== 'undefined' ? window : {}; exports.f = () => (typeof root === 'object' ? 1 : 0);",
    view('f()', "import { f } from 'lib';"),
  ),
  'a package that checks its environment': commonJs(
    "var isNode = typeof process2 !== 'undefined'; exports.f = () => (isNode ? 1 : 2);",
    view('f()', "import { f } from 'lib';"),
  ),
  'a package compiled from modules': commonJs(
    "'use strict'; Object.defineProperty(exports, '__esModule', { value: true }); exports.f = void 0; const f = (x) => x * 3; exports.f = f; var __importDefault = (this && this.__importDefault) || function (m) { return m; }; exports.g = () => (0, exports.f)(2);",
    view('g()', "import { g } from 'lib';"),
  ),
  'a package with old classes': commonJs(
    'function Vec(x) { if (!(this instanceof Vec)) return new Vec(x); this.x = x; } Vec.prototype.twice = function () { return this.x * 2; }; Vec.prototype.constructor = Vec; Vec.of = function (x) { return new Vec(x); }; module.exports = Vec;',
    view('Vec.of(3).twice() + new Vec(1).x + Vec(5).x', "import Vec from 'lib';"),
  ),
  'a package with inheritance by util': commonJs(
    "function A() {} A.prototype.f = function () { return 1; }; function B() { A.call(this); this.k = 5; } B.prototype = Object.create(A.prototype, { constructor: { value: B } }); B.prototype.toString = function () { return 'b'; }; exports.B = B;",
    view('new B().f() + new B().k + String(new B()).length', "import { B } from 'lib';"),
  ),
  'a package whose module variable is assigned': commonJs(
    'var n = 1; n = n + 1; exports.n = n;',
    view('n', "import { n } from 'lib';"),
  ),
};

const jsonFiles: Record<string, Sources> = {
  'negative zero in JSON': json('{"a":-0,"b":[-0.0]}', 'Object.is(t.a, -0) && Object.is(t.b[0], -0) ? 1 : 0'),
  'infinite numbers in JSON': json('{"a":1e999,"b":-1e999}', 't.a === 1e999 && t.b === -1e999 ? 1 : 0'),
  'texts in JSON': json('{"a":"\\u2028\\"\\\\\\n😀</script>"}', 't.a.length * 100000 + t.a.charCodeAt(4)'),
  'the order of the keys of JSON': json('{"b":1,"a":2,"1":3}', "Object.keys(t).join('') === '1ba' ? 1 : 0"),
  'a list in JSON': json('[1,[2,{"a":3}],null,true]', 't[0] + t[1][1].a + t.length'),
  'a number as JSON': json('5', 't * 2'),
  'null as JSON': json('null', 't === null ? 1 : 0'),
};

const all = { ...modules, ...commonJsFiles, ...jsonFiles };

test.each(Object.entries(all))('%s: the thread returns what Node returns', async (_name, sources) => {
  expect(findingsOf(sources)).toEqual([]);
  const live = await executeLive(sources);
  expect(live.every((one) => typeof one === 'number')).toBe(true);
  expect(await execute(sources)).toEqual(live);
});

test.each([
  [
    '__proto__ in JSON',
    json('{"__proto__":{"k":1},"a":2}', "(Object.hasOwn(t, '__proto__') ? 10 : 0) + t.a"),
    12,
  ],
  ['a lone surrogate in JSON', json('{"a":"\\ud800"}', 't.a.charCodeAt(0)'), 0xd800],
  [
    'the order of the names of a namespace',
    {
      'main.ts': view("Object.keys(k).join('') === 'Baz' ? 1 : 0", "import * as k from './k.js';"),
      'k.ts': 'export const z = 1; export const B = 2; export const a = 3;',
    },
    1,
  ],
  ['JSON with a byte order mark', json('\uFEFF{"a":2}', 't.a'), 2],
])('%s is the data that its text says', async (_name, sources, expected) => {
  expect(await execute(sources, { bars: 1 })).toEqual([expected]);
});
