import { expect, test } from 'vitest';
import { codeOf, type Sources } from './code-fixture.js';

const view = (body: string, before = ''): string => `${before}\nexport const compute = (view) => ${body};`;
const twoFiles = (main: string, other: string): Sources => ({ 'main.ts': main, 'other.ts': other });
const importing = 'import { K } from "./other.js"; export const compute = (view) => view.a * K;';

/** Pairs of sources that look alike and differ in meaning. */
const pairs: Record<string, readonly [Sources, Sources]> = {
  'a constant': [view('view.a * K', 'const K = 2;'), view('view.a * K', 'const K = 3;')],
  'a literal': [view('view.a * 2'), view('view.a * 3')],
  'a constant in an imported file': [
    twoFiles(importing, 'export const K = 2;'),
    twoFiles(importing, 'export const K = 3;'),
  ],
  'a constant two files away': [
    { 'main.ts': importing, 'other.ts': 'export { K } from "./k.js";', 'k.ts': 'export const K = 2;' },
    { 'main.ts': importing, 'other.ts': 'export { K } from "./k.js";', 'k.ts': 'export const K = 3;' },
  ],
  'the target of a re-export': [
    twoFiles(importing, 'const A = 1; const B = 2; export { A as K, B };'),
    twoFiles(importing, 'const A = 1; const B = 2; export { A, B as K };'),
  ],
  'the imported name': [
    twoFiles(
      'import { A as K } from "./other.js"; export const compute = () => K;',
      'export const A = 1; export const B = 2;',
    ),
    twoFiles(
      'import { B as K } from "./other.js"; export const compute = () => K;',
      'export const A = 1; export const B = 2;',
    ),
  ],
  'a default export': [
    twoFiles('import K from "./other.js"; export const compute = () => K;', 'export default 1;'),
    twoFiles('import K from "./other.js"; export const compute = () => K;', 'export default 2;'),
  ],
  'a member of a namespace': [
    twoFiles(
      'import * as o from "./other.js"; export const compute = () => o.a();',
      'export const a = () => 1;',
    ),
    twoFiles(
      'import * as o from "./other.js"; export const compute = () => o.a();',
      'export const a = () => 2;',
    ),
  ],
  'the body of a function': [
    view('f(view.a)', 'function f(x) { return x + 1; }'),
    view('f(view.a)', 'function f(x) { return x - 1; }'),
  ],
  'a function called by a function': [
    view('f(1)', 'const g = (x) => x * 2; const f = (x) => g(x);'),
    view('f(1)', 'const g = (x) => x * 3; const f = (x) => g(x);'),
  ],
  'mutual recursion': [
    view(
      'even(4)',
      'const even = (n) => n === 0 ? 1 : odd(n - 1); const odd = (n) => n === 0 ? 0 : even(n - 1);',
    ),
    view(
      'even(4)',
      'const even = (n) => n === 0 ? 1 : odd(n - 1); const odd = (n) => n === 0 ? 2 : even(n - 1);',
    ),
  ],
  'a table': [view('T[0]', 'const T = [1, 2];'), view('T[0]', 'const T = [2, 1];')],
  'a member of an object': [view('C.k', 'const C = { k: 1 };'), view('C.k', 'const C = { k: 2 };')],
  'a getter': [
    view('C.k', 'const C = { get k() { return 1; } };'),
    view('C.k', 'const C = { get k() { return 2; } };'),
  ],
  'a method instead of a function value': [
    view('C.k', 'const C = { k() { return 1; } };'),
    view('C.k', 'const C = { k: function () { return 1; } };'),
  ],
  'spread order': [
    view('C.k', 'const A = { k: 1 }; const C = { k: 2, ...A };'),
    view('C.k', 'const A = { k: 1 }; const C = { ...A, k: 2 };'),
  ],
  'a class member': [
    view('new A().go()', 'class A { go() { return 1; } }'),
    view('new A().go()', 'class A { go() { return 2; } }'),
  ],
  'a field initialiser': [view('new A().x', 'class A { x = 1; }'), view('new A().x', 'class A { x = 2; }')],
  'a super class': [
    view('new A().x', 'class B { x = 1; } class C { x = 2; } class A extends B {}'),
    view('new A().x', 'class B { x = 1; } class C { x = 2; } class A extends C {}'),
  ],
  'a static member instead of an instance member': [
    view('A.x', 'class A { static x = 1; }'),
    view('A.x', 'class A { x = 1; }'),
  ],
  'a private name': [
    view('new A().g()', 'class A { #a = 1; #b = 2; g() { return this.#a; } }'),
    view('new A().g()', 'class A { #a = 1; #b = 2; g() { return this.#b; } }'),
  ],
  'an enum': [view('E.B', 'enum E { A, B }'), view('E.B', 'enum E { A = 1, B }')],
  'operator precedence': [view('(view.a + view.b) * 2'), view('view.a + view.b * 2')],
  associativity: [view('view.a - (view.b - view.c)'), view('view.a - view.b - view.c')],
  'the end of an optional chain': [view('(view?.a).b'), view('view?.a.b')],
  'optional access': [view('view?.a'), view('view.a')],
  'a logical default instead of a nullish one': [view('view.a ?? 1'), view('view.a || 1')],
  'a prefix instead of a postfix operator': [
    view('{ let i = 0; return i++; }'),
    view('{ let i = 0; return ++i; }'),
  ],
  'a negative zero': [view('0'), view('-0')],
  'a text instead of a number': [view('1'), view("'1'")],
  'a bigint instead of a number': [view('1'), view('1n')],
  'a text instead of null': [view('null'), view("'null'")],
  'infinity instead of a huge number': [view('1e308'), view('1e309')],
  'half of a surrogate pair': [view("'\\ud800'.length"), view("'\\ufffd'.length")],
  'a template': [view(`\`\${view.a}x\``), view(`\`\${view.a}y\``)],
  'a template expression': [view(`\`\${view.a}\``), view(`\`\${view.b}\``)],
  'a line break in a template': [view('`a\n`.length'), view('`a\\r\\n`.length')],
  'regular expression flags': [view("/a/.test('A') ? 1 : 0"), view("/a/i.test('A') ? 1 : 0")],
  'a regular expression': [view("/a/.test('A') ? 1 : 0"), view("/b/.test('A') ? 1 : 0")],
  'a default parameter': ['const compute = (view, k = 1) => k;', 'const compute = (view, k = 2) => k;'],
  'a captured default parameter': [
    'const K = 1; const compute = (view, k = K) => k;',
    'const K = 2; const compute = (view, k = K) => k;',
  ],
  'a constant in a default parameter, which a body variable does not hide,': [
    'const K = 1; function compute(view, k = K) { var K = 3; return k + K; }',
    'const K = 2; function compute(view, k = K) { var K = 3; return k + K; }',
  ],
  'a constant that a variable of an inner block does not hide': [
    view('{ { const K = 3; K; } return K; }', 'const K = 1;'),
    view('{ { const K = 3; K; } return K; }', 'const K = 2;'),
  ],
  'a constant in the head of a switch, which a case variable does not hide,': [
    view('{ switch (K) { case 1: { return 1; } default: const K = 3; return K; } }', 'const K = 1;'),
    view('{ switch (K) { case 1: { return 1; } default: const K = 3; return K; } }', 'const K = 2;'),
  ],
  'a constant in a try block, which the catch variable does not hide,': [
    view('{ try { return K; } catch (K) { return 0; } }', 'const K = 1;'),
    view('{ try { return K; } catch (K) { return 0; } }', 'const K = 2;'),
  ],
  'a local variable instead of a captured one': [
    view('{ const x = 1; return K; }', 'const K = 2;'),
    view('{ const K = 1; return K; }', 'const K = 2;'),
  ],
  'the value of a property with the same name': [
    view('({ K: K })', 'const K = 1;'),
    view('({ K: K })', 'const K = 2;'),
  ],
  'a shorthand property': [view('({ K })', 'const K = 1;'), view('({ K })', 'const K = 2;')],
  'a computed key': [view('({ [K]: 1 })', "const K = 'a';"), view('({ [K]: 1 })', "const K = 'b';")],
  'a destructured constant': [
    view('a', 'const { a, b } = { a: 1, b: 2 };'),
    view('a', 'const { a, b } = { a: 2, b: 2 };'),
  ],
  'the name taken from a pattern': [
    view('a', 'const { x: a, y: b } = { x: 1, y: 2 };'),
    view('b', 'const { x: a, y: b } = { x: 1, y: 2 };'),
  ],
  'a default in a pattern': [view('a', 'const { a = 1 } = {};'), view('a', 'const { a = 2 } = {};')],
  'destructuring of the view': [
    view('{ const { a: x } = view; return x; }'),
    view('{ const { b: x } = view; return x; }'),
  ],
  'array holes': [view('[1, , 2].length'), view('[1, 2].length')],
  'the label of a break': [
    view('{ a: for (;;) { b: for (;;) { break a; } } return 1; }'),
    view('{ a: for (;;) { b: for (;;) { break b; } } return 1; }'),
  ],
  'for in instead of for of': [
    view('{ for (const x of view.a) return x; return 0; }'),
    view('{ for (const x in view.a) return x; return 0; }'),
  ],
  'an else branch': [
    view('{ if (view.a) { return 1; } else return 2; }'),
    view('{ if (view.a) { return 1; } return 2; }'),
  ],
  'a tagged template': [view('String.raw`\\n`'), view('`\\n`')],
  'a construction instead of a call': [view('Array(3)'), view('new Array(3)')],
  'the order of arguments': [
    view('f(view.a, view.b)', 'const f = (x, y) => x - y;'),
    view('f(view.b, view.a)', 'const f = (x, y) => x - y;'),
  ],
  'a JSON file': [
    {
      'main.ts': "import t from './t.json' with { type: 'json' }; const compute = () => t.k;",
      't.json': '{"k":1}',
    },
    {
      'main.ts': "import t from './t.json' with { type: 'json' }; const compute = () => t.k;",
      't.json': '{"k":2}',
    },
  ],
  'a list instead of a comma expression': [view('(view.a, view.b)'), view('[view.a, view.b].length')],
  'an empty loop body': [
    view('{ for (const x of view.a); return 1; }'),
    view('{ for (const x of view.a) x; return 1; }'),
  ],
};

test.each(Object.entries(pairs))('%s changes the code hash', (_name, [a, b]) => {
  expect(codeOf(b).digest).not.toBe(codeOf(a).digest);
});

/** Code of a package, which uses another one. */
const packages = (version: string, factor: number): Sources => ({
  'main.ts': "import { mean } from 'stats'; export const compute = (view) => mean(view.a);",
  'node_modules/stats/package.json': JSON.stringify({
    name: 'stats',
    version,
    type: 'module',
    exports: './index.js',
  }),
  'node_modules/stats/index.js':
    "import { sum } from 'sums';\nexport const mean = (x) => sum(x) / x.length;\n",
  'node_modules/sums/package.json': JSON.stringify({
    name: 'sums',
    version,
    type: 'module',
    exports: './index.js',
  }),
  'node_modules/sums/index.js': `export const sum = (x) => ${factor} * [...x].reduce((a, b) => a + b, 0);\n`,
});

test('the code of a package counts in the code hash, and its version does not', () => {
  const [first, released, changed] = [packages('1.0.0', 1), packages('2.0.0', 1), packages('1.0.0', 2)].map(
    codeOf,
  );
  expect(first?.findings).toEqual([]);
  expect(released?.digest).toBe(first?.digest);
  expect(changed?.digest).not.toBe(first?.digest);
});
