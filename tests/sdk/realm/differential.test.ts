import { expect, test } from 'vitest';
import { findingsOf, type Sources, view } from '../code/code-fixture.js';
import { execute, executeLive } from './execution.js';

const c = 'view.price.close.at(-1)';

const enums: Record<string, Sources> = {
  'an enum': view(`E.B + E.A * ${c}`, 'enum E { A, B }'),
  'names of an enum by number': view("E[1] === 'B' ? E[E.B].length : 0", 'enum E { A, B }'),
  'an enum with negative members': view('E.A + E.B * 10 + E.C * 100', 'enum E { A = -2, B, C }'),
  'an enum with fractions': view('E.A + E.B', 'enum E { A = 0.5, B }'),
  'an enum with computed members': view(
    'E.B + E.C + E.D',
    "enum E { A = 1 << 3, B = A | 1, C = 'abc'.length, D = Math.max(A, 20) }",
  ),
  'an enum of texts': view("E.A.length + (E['x y'] === 'z' ? 1 : 0)", "enum E { A = 'abc', 'x y' = 'z' }"),
  'an enum of texts and numbers': view('Object.keys(E).length * 10 + E.C', "enum E { A = 'a', B = 5, C }"),
  'an enum that names itself': view('E.B + E.C', 'enum E { A = 3, B = E.A + 1, C = E["B"] * 2 }'),
  'an enum with a constant of the module': view('E.A + E.B', 'const K = 7; enum E { A = K, B = A + K }'),
  'an enum whose member hides a constant': view('E.B', 'const A = 100; enum E { A = 1, B = A + 1 }'),
  'a const enum': view('E.B', 'const enum E { A = 2, B }'),
  'an enum that begins with Infinity': view('1 / E.A + E.B', 'enum E { A = 1 / 0, B = -0 }'),
  'an enum with equal values': view('E[0].length', 'enum E { A, BB = 0 }'),
  'an enum of another file': {
    'main.ts': view('E.A', "import { E } from './e.js';"),
    'e.ts': 'export enum E { A = 9 }',
  },
};

const classes: Record<string, Sources> = {
  'parameter properties': view(
    'new A(2, 3).sum()',
    'class A { constructor(private a: number, readonly b: number, c = 1) { this.a += c; } sum() { return this.a * this.b; } }',
  ),
  'parameter properties with a default': view('new A().a', 'class A { constructor(public a = 4) {} }'),
  'parameter properties of a subclass': view(
    'new B(5).k',
    'class A { k = 1; } class B extends A { constructor(public a: number) { super(); this.k += this.a; } }',
  ),
  'parameter properties beside fields': view(
    'new A(5).b',
    'class A { b = 1; constructor(public a: number) { this.b += a; } }',
  ),
  'parameter properties after a directive': view(
    'new A(5).a',
    "class A { constructor(public a: number) { 'use strict'; this.a += 1; } }",
  ),
  'a field that reads a parameter property': view(
    'new A(5).b',
    'class A { b = this.a; constructor(public a = 3) {} }',
  ).replace('this.a;', '(this.a ?? 8);'),
  'private members': view(
    'new A(3).twice() + A.make().k',
    'class A { #k; constructor(k) { this.#k = k; } get k() { return this.#k; } set k(x) { this.#k = x; } #two() { return 2; } twice() { return this.#k * this.#two(); } static make() { const a = new A(1); a.k = 9; return a; } }',
  ),
  'static private members': view('A.get()', 'class A { static #k = 4; static get() { return A.#k; } }'),
  'nested classes with equal private names': view(
    'new A().f()',
    'class A { #k = 1; f() { const o = this; class B { #k = 2; g() { return this.#k * 10 + o.h(); } } return new B().g(); } h() { return this.#k; } }',
  ),
  'a private name of the class around it': view(
    'new A().f()',
    'class A { #k = 1; f() { const o = this; return new (class { #j = 2; g() { return this.#j * 10 + o.#k; } })().g(); } }',
  ),
  'a private member check': view(
    'A.is(new A()) && !A.is({}) ? 1 : 2',
    'class A { #k; static is(o) { return #k in o; } }',
  ),
  'a static field that names its class': view('A.b', 'class A { static a = 2; static b = A.a * 3; }'),
  'a static block with variables': view(
    'A.n',
    'class A { static n; static { var x = 2; let y = 3; this.n = x * y; } }',
  ),
  'a class expression that names itself': view(
    'A.make().k',
    'const A = class Own { k = 3; static make() { return new Own(); } };',
  ),
  'a class that makes itself in a static field': view('A.one.k', 'class A { k = 6; static one = new A(); }'),
  'computed members': view(
    "new A()[K]() + new A()['x' + 1]",
    "const K = 'key'; class A { [K]() { return 2; } ['x' + 1] = 3; }",
  ),
  'a member named constructor in brackets': view(
    "new A()['constructor']()",
    "class A { ['constructor']() { return 5; } }",
  ),
  'a static member named prototype in an object': view(
    "o['prototype'] + o.constructor",
    "const o = { 'prototype': 1, ['constructor']: 2 };",
  ),
  'accessors and generators': view(
    '[...new A().g()].length + A.s',
    'class A { *g() { yield 1; yield* [2, 3]; } static get s() { return 7; } }',
  ),
  'inheritance of statics and super': view(
    'new C().f() + C.s()',
    'class A { f() { return 1; } static s() { return 10; } } class B extends A { f() { return super.f() + 1; } } class C extends B { static s() { return super.s() * 2; } f() { return super["f"]() * 3; } }',
  ),
  'a class of a call': view(
    'new A().k',
    'const mix = (B) => class extends B { k = 3; }; class Base {} class A extends mix(Base) {}',
  ),
  'an abstract class': view(
    'new B().f()',
    'abstract class A { abstract g(): number; f() { return this.g() + 1; } } class B extends A { g() { return 1; } }',
  ),
  'a class hoisted over its use in a function': view(
    'f()',
    'function f() { return new A().k; } class A { k = 2; }',
  ),
  'new.target': view(
    'new B().k',
    'class A { k; constructor() { this.k = new.target === B ? 1 : 2; } } class B extends A {}',
  ),
  'instanceof and the constructor of an instance': view(
    'new A() instanceof A && new A().constructor === A ? 1 : 0',
    'class A {}',
  ),
};

const syntax: Record<string, Sources> = {
  labels: view(
    '{ let n = 0; a: for (let i = 0; i < 4; i += 1) { b: for (;;) { n += 1; if (n % 2) continue a; if (n > 5) break a; break b; } n += 10; } return n; }',
  ),
  'equal labels one after another': view(
    '{ let n = 0; a: { n += 1; break a; } a: { a2: { n += 2; break a2; } break a; } return n; }',
  ),
  'optional chains with brackets': view(
    '{ const o: any = { a: { b: 3 } }, u: any = undefined; let n = (o?.a).b + (o?.a.b ?? 0) + (u?.a.b.c ?? 5) + (o.f?.() ?? 2) + o?.["a"]?.["b"]; try { (u?.a).b; } catch { n += 100; } try { (u?.f)(); } catch { n += 1000; } return n; }',
  ),
  'optional calls keep this': view(
    '{ const o = { k: 4, f() { return this?.k ?? -1; } }; return o?.f() + o.f?.() + (o?.f)() + (0, o.f)(); }',
  ),
  'an optional chain that ends in a template': view(
    '{ const o = { k: (s) => s.length }; return (o?.k)`a`; }',
  ),
  'a prototype in an object': view(
    "{ const p = { k: 2 }; const o = { __proto__: p }, q = { ['__proto__']: p }, r = { '__proto__': p }; const __proto__ = p; const s = { __proto__ }; return [o, q, r, s].map((x: any) => (Object.hasOwn(x, '__proto__') ? 10 : 1) + (x.k ?? 0)).reduce((a, b) => a * 100 + b, 0); }",
  ),
  'a method named __proto__': view(
    "{ const o = { __proto__() { return 3; } }; return Object.hasOwn(o, '__proto__') ? (o as any)['__proto__']() : 0; }",
  ),
  'a pattern with __proto__': view("{ const { ['__proto__']: p } = { ['__proto__']: 4 } as any; return p; }"),
  generators: view(
    '{ function* g(n) { const x = yield n; yield* [x, x + 1]; return 9; } const i = g(2); return i.next().value * 100 + i.next(5).value * 10 + i.next().value; }',
  ),
  'destructured constants': view(
    'a + b + c2 + d.length + e + f',
    'const { x: a, y: { z: b = 2 } = { z: undefined }, ...rest } = { x: 1 } as any; const [c2, , ...d] = [3, 4, 5, 6]; const { e, f = e + 1 } = { e: 7 } as any;',
  ),
  'a destructured constant of a call': view(
    'a + b',
    'const make = () => ({ a: 1, b: 2 }); const { a, b } = make();',
  ),
  'destructured constants that use each other': view('b', 'const { a } = { a: 3 }, { b } = { b: a * 2 };'),
  recursion: view(
    'fib(10) + even(7)',
    'const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2)); function even(n) { return n === 0 ? 1 : odd(n - 1); } function odd(n) { return n === 0 ? 0 : even(n - 1); }',
  ),
  'a function expression that calls itself': view(
    'f(4)',
    'const f = function g(n) { return n === 0 ? 1 : n * g(n - 1); };',
  ),
  'exponents and signs': view('(-2) ** 2 + 2 ** -1 + (2 ** 3) ** 2 + 2 ** 3 ** 0 + (-(2 ** 2))'),
  'signs one after another': view(
    '{ let x = 3; return - -x + + +x - (-x) + -(-1) + (x++ + ++x) - (x-- - --x) + ~~x + +!x; }',
  ),
  'nullish mixed with logical': view(
    '{ const n = null, z: any = 0; return (n ?? z) || (z && n) || ((n ?? (z || 4)) ? ((n || z) ?? 5) + 6 : 7); }',
  ),
  'assignments of every kind': view(
    '{ let a: any = 1; a += 2; a -= 1; a *= 6; a /= 3; a %= 3; a **= 3; a <<= 2; a >>= 1; a >>>= 0; a |= 8; a &= 12; a ^= 5; let b: any = null; b ??= a; b ||= 3; b &&= b + 1; return a * 100 + b; }',
  ),
  commas: view(
    '{ let n = 0; for (let i = 0, j = 5; i < j; i++, j--) n += (n++, i * j); return (n++, n), n; }',
  ),
  'in inside of a for statement': view(
    "{ let n = 0; for (let i = ('a' in { a: 1 }) ? 1 : 0; i < 3; i += 1) n += i; for (var k = (() => 'x' in { x: 1 })() ? 2 : 0; k < 3; k += 1) n += 10; return n; }",
  ),
  'in in arrow functions of a for head': view(
    "{ let n = 0; for (const f = (x) => { return (x in { b: 1 }); }; n < 2; n += 1) { if (!f('b')) break; } return n; }",
  ),
  'for in and for of': view(
    "{ let s = ''; for (const k in { a: 1, b: 2 }) s += k; for (const [x, y = 1] of [[1], [2, 3]]) s += x + y; let z; for (z of [7, 8]); for (z in { q: 1 }) s += z; return s.length * 100 + s.charCodeAt(3); }",
  ),
  'do, while and switch': view(
    '{ let n = 0; do n += 1; while (n < 3); while (n < 6) { n += 2; } switch (n) { case 1: n = 0; case 7: n += 10; default: n += 100; case 8: n += 1000; break; case 9: n = 0; } return n; }',
  ),
  'if and else without blocks': view(
    '{ let n = 0; if (n) if (n > 1) n = 5; else n = 6; else n = 7; return n; }',
  ),
  'a lexical variable of a switch': view(
    '{ switch (1 as number) { case 0: let x = 1; return x; case 1: x = 5; return x; } }',
  ).replace('case 0: let x = 1; return x; case 1: x = 5; return x;', 'case 1: { let x = 5; return x; }'),
  'regular expressions': view(
    "{ const s = 'a/b\\\\c\\n😀é'; return s.replace(/[/\\\\]/g, '-').length + (/\\u{1f600}/u.test(s) ? 100 : 0) + (/^.$/ms.test(s) ? 1 : 0) + ('ab'.match(/(?<x>a)(?=b)/)?.groups?.x === 'a' ? 1000 : 0) + s.split(/\\//).length; }",
  ),
  'a regular expression after a keyword': view(
    "{ const f = () => { return /=/.test('a=b') ? 1 : 0; }; return f() / 2 / /b/.source.length; }",
  ),
  bigints: view('Number(0x1fn + 1_000n * -3n + 2n ** 70n % 97n + BigInt(5)) + (typeof 1n).length'),
  numbers: view(
    '0x1f + 0b11 + 0o17 + 1e21 + 1e-7 + .5 + 5. + 1_000.5 + 0.1 + 5e-324 + 1.7976931348623157e308 * 0 + (1).toFixed(1).length + 1..toString().length',
  ),
  'infinity and negative zero': view(
    '1 / -0 === -1e999 && 1e999 === 1 / 0 && -1e999 < 0 && Object.is([-0][0], -0) ? 1 : 0',
  ),
  texts: view(
    "'\\0\\x41\\u0042\\u{1F600}\\'\"\\\n`${'.length * 1000 + 'é\\u2028\\u2029\\ud800'.charCodeAt(3) + '\\b\\f\\v\\t\\r'.length",
  ),
  templates: view(`\`a\${1 + 1}\\\`\\\${}$\${\`n\${3}\`}\\n\\\\\`.length * 1000 + \`x\r\ny\\\nz\`.length`),
  'tagged templates': view(
    `{ const t = (s, ...v) => s.raw.join("|").length * 1000 + s.join("|").length * 10 + v.length; return t\`a\\n\${1}\\u0041\\\${x}\${2}\`; }`,
  ),
  'a tagged template with an escape that is none': view(
    '{ const t = (s) => (s[0] === undefined ? s.raw[0].length : 0); return t`\\unicode`; }',
  ),
  'a tagged template of a member': view(
    '{ const o = { k: 3, t() { return this.k; } }; const u = (s) => (x) => x[0].length; return o.t`x` + String.raw`\\n`.length + u`a``bc`; }',
  ),
  'patterns in every place': view(
    "{ const f = ({ a, b: [c2 = 2, ...d] = [], ...r }: any = {}, [x, , y = x]: any = [4], ...z: any[]) => [a, c2, d.length, Object.keys(r).length, x, y, z.length]; let p: any, q: any; [p, q] = [1, 2]; [p, q] = [q, p]; ({ p, k: q = 9 } = { p: 5 } as any); return Number([...f({ a: 1, b: [undefined, 7, 8], e: 1 }, undefined, 3), ...f(), p, q].filter((v) => v !== undefined).join('')); }",
  ),
  'default parameters that see each other': view(
    '{ const f = (a: any, b = a + 1, c2 = () => a + b) => c2(); return f(1) * 10 + f(1, 5); }',
  ),
  'a variable that hides a parameter': view(
    'f(1)',
    'function f(x, g = () => x) { var x; x = 5; return x * 10 + g(); }',
  ),
  'variables that are hoisted': view(
    'f()',
    'function f() { x = 3; var x; { function g() { return 4; } x += g(); } return x + h(); function h() { return 100; } }',
  ),
  'names in inner scopes': view(
    '{ const x = 1; let n = 0; { const x = 2; n += x; { const x = 3; n += x; } } for (const x of [10]) n += x; try { throw 100; } catch (x) { n += x; } const f = (x) => x; const g = function x() { return x === undefined ? 0 : 1; }; return n + x + f(1000) + g(); }',
  ),
  'closures of a loop': view(
    '{ const fs: any[] = []; for (let i = 0; i < 3; i += 1) fs.push(() => i); for (var j = 0; j < 3; j += 1) fs.push(() => j); return Number(fs.map((f) => f()).join("")); }',
  ),
  spread: view(
    "{ const f = (...xs) => xs.length; const o = { ...{ a: 1 }, ...null, ...'hi' }; return f(...[1, 2], 3, ...'ab') * 10 + Object.keys(o).length + [...[1], , 2].length; }",
  ),
  'getters and setters': view(
    `{ const o = { n: 1, get v() { return this.n; }, set v(x) { this.n = x * 2; }, get [\`a\${1}\`]() { return 7; } }; o.v = 4; return o.v + o.a1; }`,
  ),
  'keys of every kind': view(
    "{ const o: any = { 1: 1, 'b-c': 2, 0x10: 3, 1e3: 4, .5: 5, [6]: 6, ['x' + 7]: 7, class: 8, 'é': 9, 123456789012: 10, '01': 11, async: 12, get: 13, set: 14, static: 15, '': 16 }; return o[1] + o['b-c'] + o[16] + o[1000] + o['0.5'] + o['6'] + o.x7 + o.class + o.é + o['123456789012'] + o['01'] + o.async + o.get + o.set + o.static + o[''] + Object.keys(o).length * 1000 + Object.keys(o).indexOf('6'); }",
  ),
  'new and calls': view(
    '{ function A(this: any, k?: any) { this.k = k ?? 5; } (A as any).B = A; const make = () => A; return new (A as any)().k + new (A as any).B(2).k + new (make() as any)(3).k + new (make as any)().prototype.constructor.length; }',
  ).replace('new (make as any)().prototype.constructor.length', '(make() as any).length'),
  'arrow functions that return objects': view(
    '{ const f = () => ({ k: 2 }); const g = () => ({}); const h = () => { k: 3; }; return f().k + Object.keys(g()).length + (h() === undefined ? 10 : 0); }',
  ),
  'arrow functions as operands': view(
    '((x) => x)(3) + (() => 4)() + [(x) => x * 2].map((f) => f(5))[0] + ((true as boolean) ? (() => 1) : (() => 2))()',
  ),
  'functions called in place': view(
    '{ !function () { return 1; }(); const n = (function () { return 5; })(); void 0; return n + typeof undefined.toString === "x" ? 0 : n; }',
  ).replace('n + typeof undefined.toString === "x" ? 0 : n', 'n'),
  'typeof, void, delete and in': view(
    "{ const o: any = { a: 1, b: 2 }; delete o.a; return (typeof o).length + ('a' in o ? 1 : 0) + (void 0 === undefined ? 10 : 0) + (typeof (() => 1)).length; }",
  ),
  'equality and comparison': view(
    "(1 == ('1' as any) ? 1 : 0) + (null == undefined ? 2 : 0) + (0 / 0 !== 0 / 0 ? 4 : 0) + ('a' < 'b' ? 8 : 0) + (1 < 2 === true ? 16 : 0)",
  ),
  'bits and shifts': view('((5 & 3) | (1 << 4) ^ 7) + (-1 >>> 28) + (-16 >> 2) + ~5'),
  'differences and quotients': view(
    `${c} - (1 - 2) - 3 / (4 / 5) / (6 % 4) * (7 - (8 + 9)) % (5 * 2) - (3 - 1 + (2 - 5))`,
  ),
  'a text as an expression': view("{ 'not a directive'; ('use strict'); return 1; }"),
  'satisfies, as and !': view('{ const o = { k: 2 } satisfies object; return (o as any)!.k! + (<any>o).k; }'),
  'a namespace of types': view(
    'K',
    'namespace T { export type A = number; export interface B { a: A } } const K: T.A = 5;',
  ),
  'this of a plain function': view('f() === undefined ? 1 : 2', 'function f() { return this; }'),
  arguments: view(
    'f(1, 2, 3)',
    'function f() { const g = () => arguments.length; return g() * 10 + arguments[1]; }',
  ),
  'undefined as a variable': view(
    'f()',
    'function f(undefined2?: any) { return undefined2 === undefined ? 1 : 2; }',
  ),
  'names that modules use': view(
    'd1 + v1 + self + harden + error + caught',
    'const d1 = 1; const v1 = 2; const self = 3; const harden = 4; const error = 5; const caught = 6;',
  ),
  'local names that modules use': view(
    '{ const d1 = 1, v1 = 2, self = 3, harden = 4, renew = 5, JSON = 6, undefined1 = 7; return d1 + v1 + self + harden + renew + JSON + undefined1 + K[0]; }',
    'const K = [8];',
  ),
  'names in the language of the author': view('ñ + 변수 + $ + _', 'const ñ = 1, 변수 = 2, $ = 3, _ = 4;'),
  'a name that hides a global': view(
    'Math.max(1) + Number',
    'const Math = { max: (x) => x + 5 }; const Number = 3;',
  ),
};

const all = { ...enums, ...classes, ...syntax };

test.each(Object.entries(all))('%s: the thread returns what Node returns', async (_name, sources) => {
  expect(findingsOf(sources)).toEqual([]);
  const live = await executeLive(sources);
  expect(live.every((one) => typeof one === 'number')).toBe(true);
  expect(await execute(sources)).toEqual(live);
});
