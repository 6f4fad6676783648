import { expect, test } from 'vitest';
import { codeOf, findingsOf, type Sources, view } from '../code/code-fixture.js';
import { always, type Cases, execute } from './execution.js';

/** A package named `pkg` with one file, and a compute function that imports it. */
function using(body: string, imports: string, file: string, text: string, more: object = {}): Sources {
  const type = file.endsWith('.mjs') ? 'module' : 'commonjs';
  return {
    'main.ts': view(body, imports),
    'node_modules/pkg/package.json': JSON.stringify({
      name: 'pkg',
      version: '1.0.0',
      type,
      exports: `./${file}`,
    }),
    [`node_modules/pkg/${file}`]: text,
    ...more,
  };
}

const esm = (body: string, imports: string, text: string, more?: object) =>
  using(body, imports, 'index.mjs', text, more);
const cjs = (body: string, imports: string, text: string, more?: object) =>
  using(body, imports, 'index.js', text, more);

const accepted: Cases = {
  'a variable of a module that is assigned again': [
    esm(
      'next() + next()',
      "import { next } from 'pkg';",
      'let n = 0; export function next() { n += 1; return n; }',
    ),
    always(3),
  ],
  'a prototype that is filled after its class': [
    esm(
      'new Big(2).plus(3).n + Big.zero.n',
      "import { Big } from 'pkg';",
      'export function Big(n) { this.n = n; } const P = Big.prototype; P.plus = function (m) { return new Big(this.n + m); }; Big.zero = new Big(0);',
    ),
    always(5),
  ],
  'a function that is chosen while the file is loaded': [
    esm(
      'tagOf(3)',
      "import tagOf from 'pkg';",
      'var base = (x) => x; var tag = base; if (typeof Promise === "undefined" && tag(1) === 1) tag = (x) => base(x) * 2; export default tag;',
    ),
    always(6),
  ],
  'an unnamed function by default, in a file with state': [
    esm('f() + f()', "import f from 'pkg';", 'let n = 0; export default function () { n += 1; return n; }'),
    always(3),
  ],
  'an unnamed class by default, in a file with state': [
    esm(
      'new A().n + new A().n',
      "import A from 'pkg';",
      'let n = 0; export default class { constructor() { this.n = n += 1; } }',
    ),
    always(3),
  ],
  'an object by default, in a file with state': [
    esm('o.f() + o.f()', "import o from 'pkg';", 'let n = 0; export default { f: () => (n += 1) };'),
    always(3),
  ],
  'a live export': [
    esm(
      '{ add(); add(); return n; }',
      "import { add, n } from 'pkg';",
      'export let n = 0; export const add = () => { n += 1; };',
    ),
    always(2),
  ],
  'exports under other names and from other files': [
    esm(
      'all.plus() + all.default + all.other + all.again()',
      "import * as all from 'pkg';",
      "import { base } from './base.mjs'; let n = base; const f = () => (n += 1); export { f as plus, f as again, base as default }; export * from './base.mjs'; export { k as other } from './k.mjs';",
      {
        'node_modules/pkg/base.mjs': 'export const base = 10;',
        'node_modules/pkg/k.mjs': 'let k = 1; k = 2; export { k };',
      },
    ),
    always(11 + 10 + 2 + 12),
  ],
  'files that name each other': [
    esm(
      'even(4) ? 1 : 0',
      "import { even } from 'pkg';",
      "import { odd } from './odd.mjs'; export let calls = 0; export const even = (n) => { calls += 1; return n === 0 || odd(n - 1); };",
      {
        'node_modules/pkg/odd.mjs':
          "import { even } from './index.mjs'; export let calls = 0; export const odd = (n) => { calls += 1; return n !== 0 && even(n - 1); };",
      },
    ),
    always(1),
  ],
  'this outside of functions': [
    esm(
      'f()',
      "import { f } from 'pkg';",
      'let n = 1; n = 2; const self = this; export const f = () => (self === undefined ? n : 0);',
    ),
    always(2),
  ],
  'an enum that a compiler made': [
    esm(
      'E.B',
      "import { E } from 'pkg';",
      'export var E; (function (E) { E[E["A"] = 0] = "A"; E[E["B"] = 1] = "B"; })(E || (E = {}));',
    ),
    always(1),
  ],
  'the global object, as lodash looks for it': [
    cjs(
      'p.max(1, 2) + (p.root.Math === Math ? 1 : 0)',
      "import p from 'pkg';",
      "var freeGlobal = typeof global == 'object' && global && global.Object === Object && global; var freeSelf = typeof self == 'object' && self; var root = freeGlobal || freeSelf || Function('return this')(); exports.root = root; exports.max = root.Math.max;",
    ),
    always(3),
  ],
  'the global object that a function returns': [
    cjs(
      'p.same ? 1 : 0',
      "import p from 'pkg';",
      "exports.same = Function('return this')() === globalThis && new Function('return this')() === self && typeof window === 'undefined';",
    ),
    always(1),
  ],
  'an entry for each environment': [
    cjs(
      'k',
      "import { k } from 'pkg';",
      "if (process.env.NODE_ENV === 'production') module.exports = require('./a.js'); else module.exports = require('./b.js');",
      { 'node_modules/pkg/a.js': 'exports.k = 1;', 'node_modules/pkg/b.js': 'exports.k = 2;' },
    ),
    always(1),
  ],
  'the environment in an ES module': [
    esm('k', "import { k } from 'pkg';", "export const k = process.env.NODE_ENV !== 'production' ? 2 : 1;"),
    always(1),
  ],
  'members of a namespace of CommonJS': [
    cjs('p.f(3) + p.default.f(1)', "import * as p from 'pkg';", 'exports.f = (x) => x * 2;'),
    always(8),
  ],
  'a namespace of CommonJS as a value': [
    cjs('Object.keys([p][0]).length + [p][0].f(3)', "import * as p from 'pkg';", 'exports.f = (x) => x * 2;'),
    always(8),
  ],
  'a namespace of CommonJS in an ES module of the package': [
    esm(
      'twice(2)',
      "import { twice } from 'pkg';",
      "import * as all from './all.cjs'; export const twice = all.twice; export const whole = all;",
      {
        'node_modules/pkg/all.cjs': 'exports.twice = (x) => x * 2;',
      },
    ),
    always(4),
  ],
  'a clock and randomness, which are not numbers': [
    cjs(
      'Number.isNaN(p.now()) && Number.isNaN(p.random) ? 1 : 0',
      "import p from 'pkg';",
      'exports.now = Date.now; exports.random = Math.random();',
    ),
    always(1),
  ],
  'a search for what the realm lacks': [
    cjs(
      'p.found',
      "import p from 'pkg';",
      'var n = 0; try { new Proxy({}, {}); n += 1; } catch { n += 2; } exports.found = n + (typeof Proxy === "undefined" ? 4 : 0) + (typeof Function === "function" && exports.f instanceof Function ? 0 : 8);',
    ),
    always(14),
  ],
  'a method of functions that a function replaces': [
    cjs('p.bind', "import p from 'pkg';", 'function p() {} p.bind = 3; module.exports = p;'),
    always(3),
  ],
  'classes in a file of CommonJS that replace their methods': [
    cjs(
      'new p.A().go()',
      "import p from 'pkg';",
      'class A { constructor() { this.go = this.go.bind(this); } go() { return 2; } } exports.A = A;',
    ),
    always(2),
  ],
};

test.each(Object.entries(accepted))('a package may use %s', async (_name, [sources, expected]) => {
  expect(findingsOf(sources)).toEqual([]);
  expect(await execute(sources)).toEqual(expected);
});

test('a package that needs what the realm lacks fails with its name and a way out', async () => {
  const sources = esm(
    'f()',
    "import { f } from 'pkg';",
    'export const f = () => Proxy.revocable({}, {}).proxy;',
  );
  expect(await execute(sources)).toBe(
    'node_modules/pkg/index.mjs:1:24 TypeError: the package pkg uses Proxy, which is not available to compute: import only the function that is needed, or use another package',
  );
});

test('a package that cannot be a closed module is refused with its name and a way out', () => {
  const sources = esm('f()', "import { f } from 'pkg';", 'export const f = () => import.meta.url.length;');
  expect(codeOf(sources).findings.map(({ message, hint }) => [message, hint])).toEqual([
    [
      'uses import.meta, in the package pkg',
      'import only the function that is needed, by its file if the package has one, or copy it into the project, or use another package',
    ],
  ]);
});

test('a function of a package that keeps nothing is printed without the rest of its file', () => {
  const text = 'let n = 0; export const next = () => (n += 1); export const twice = (x) => x * 2;';
  const [one, all] = ['twice(1)', 'twice(next())'].map(
    (body) => codeOf(esm(body, "import { next, twice } from 'pkg';", text)).text,
  );
  expect(one).not.toContain('commonJs');
  expect(all).toContain('commonJs');
});

test('code of the project may not name the global object', () => {
  expect(findingsOf(view('globalThis.Math.max(1)'))).toEqual([
    'main.ts:2:34 E_IMPURE_COMPUTE uses globalThis.Math (every global)',
  ]);
});
