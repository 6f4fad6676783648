import { transformSync } from '@swc/core';
import { expect, test } from 'vitest';
import { codeOf, type Sources } from './code-fixture.js';

const enumSource =
  "export enum E { A, B, C = -2, D, 'x y' = 7, F = 'text' } const compute = (view) => E[view.a];";
const enumBody =
  '{ E[E["A"] = 0] = "A"; E[E["B"] = 1] = "B"; E[E["C"] = -2] = "C"; E[E["D"] = -1] = "D"; E[E["x y"] = 7] = "x y"; E["F"] = "text"; }';

/** Pairs of sources with the same meaning. */
const pairs: Record<string, readonly [Sources, Sources]> = {
  'an enum and what the TypeScript compiler makes of it': [
    enumSource,
    `export var E; (function (E) ${enumBody})(E || (E = {})); const compute = (view) => E[view.a];`,
  ],
  'an enum and what esbuild makes of it': [
    enumSource,
    `var E = /* @__PURE__ */ ((E2) => ${enumBody.replaceAll('E[', 'E2[').replace(/ }$/, ' return E2; }')})(E || {}); const compute = (view) => E[view.a];`,
  ],
  'white space and line breaks': [
    'const compute = (view) => view.a.at(-1) * 2;',
    'const compute =\n\n  (view)   =>\n\tview . a\n .at( - 1 )*2',
  ],
  'line endings': ['const compute = (view) => `a\nb`.length;', 'const compute = (view) => `a\r\nb`.length;'],
  comments: [
    'const compute = (view) => view.a.at(-1);',
    '/** doc */ const compute = (view) => /* why */ view.a.at(-1); // end',
  ],
  'type annotations': [
    'const compute = (view) => { const x = view.a; return x.at(-1); };',
    'const compute = (view: { a: number[] }): number => { const x: number[] = view.a; return x.at(-1)! as number; };',
  ],
  'type assertions, satisfies and generics': [
    'const K = { w: 2 }; const id = (x) => x; const compute = (view) => id(view.a.at(-1)) * K.w;',
    'const K = { w: 2 } as const satisfies object; const id = <T,>(x: T): T => x;\nconst compute = (view: any) => id<number>((<any>view).a.at(-1)) * K.w;',
  ],
  'type declarations in between': [
    'const K = 2; const compute = (view) => view.a.at(-1) * K;',
    'import type { Q } from "q"; interface V { a: Q } type W = V; declare const z: W;\nconst K = 2; const compute = (view: W) => view.a.at(-1) * K;',
  ],
  'overload signatures': [
    'function f(x) { return x; } const compute = (view) => f(view.a.at(-1));',
    'function f(x: number): number; function f(x: string): string; function f(x: any) { return x; }\nconst compute = (view) => f(view.a.at(-1));',
  ],
  'type-only members of classes': [
    'class A { x = 1; } const compute = () => new A().x;',
    'class A { declare z: string; private readonly x: number = 1; [k: string]: unknown; go(): void; } const compute = () => new A().x;',
  ],
  'parentheses that change nothing': [
    'const compute = (view) => view.a.at(-1) + view.b.at(-1) * 2;',
    'const compute = view => ((view.a).at((-1)) + ((view.b.at(-1) * (2))));',
  ],
  'semicolons and empty statements': [
    'const compute = (view) => { const x = 1; return x; };',
    'const compute = (view) => { const x = 1;;; return x }',
  ],
  quotes: [
    'const compute = (view) => view["a"].at(-1) + "it\'s".length;',
    "const compute = (view) => view['a'].at(-1) + 'it\\'s'.length;",
  ],
  'escapes in strings': [
    "const compute = () => 'é\\n'.length;",
    "const compute = () => '\\u00e9\\x0a'.length;",
  ],
  'trailing commas': [
    'const compute = (view) => Math.max(view.a.at(-1), [1, 2].length, { k: 1 }.k);',
    'const compute = (view,) => Math.max(view.a.at(-1,), [1, 2,].length, { k: 1, }.k,);',
  ],
  'spellings of a number': [
    'const compute = () => 1 + 0.5 + 1000000 + 255;',
    'const compute = () => 1.0 + .5 + 1_000_000 + 0xFF;',
  ],
  'spellings of a member': ['const compute = (view) => view.a;', "const compute = (view) => view['a'];"],
  'spellings of a key': [
    'const compute = (view) => ({ value: view.a, b: 1 });',
    "const compute = (view) => ({ 'value': view.a, ['b']: 1 });",
  ],
  'shorthand properties': [
    'const compute = (view) => { const value = view.a; return { value }; };',
    'const compute = (view) => { const value = view.a; return { value: value }; };',
  ],
  'the code around the function': [
    'const compute = (view) => view.a.at(-1);',
    'import fs from "node:fs"; export const other = () => fs.readFileSync("x"); export const compute = (view) => view.a.at(-1);',
  ],
  'the name of a constant': [
    'const K = 2; const compute = (view) => view.a.at(-1) * K;',
    'const FACTOR = 2; const compute = (view) => view.a.at(-1) * FACTOR;',
  ],
  'a constant in this file and in another': [
    'const K = 2; const compute = (view) => view.a.at(-1) * K;',
    {
      'main.ts': "import { K } from './k.js'; const compute = (view) => view.a.at(-1) * K;",
      'k.ts': 'export const K = 2;',
    },
  ],
  'an import alias': [
    { 'main.ts': "import { K } from './k.js'; const compute = () => K;", 'k.ts': 'export const K = 2;' },
    { 'main.ts': "import { K as L } from './k.js'; const compute = () => L;", 'k.ts': 'export const K = 2;' },
  ],
  'a namespace import': [
    {
      'main.ts': "import { f } from './k.js'; const compute = () => f(1);",
      'k.ts': 'export const f = (x) => x;',
    },
    {
      'main.ts': "import * as k from './k.js'; const compute = () => k.f(1);",
      'k.ts': 'export const f = (x) => x;',
    },
  ],
  're-exports': [
    { 'main.ts': "import { K } from './k.js'; const compute = () => K;", 'k.ts': 'export const K = 2;' },
    {
      'main.ts': "import all, { L } from './index.js'; const compute = () => L;",
      'index.ts': "export { default } from './k.js'; export * from './more.js';",
      'more.ts': "import { K } from './k.js'; export { K as L };",
      'k.ts': 'export const K = 2; export default 1;',
    },
  ],
  'a default export': [
    { 'main.ts': "import { K } from './k.js'; const compute = () => K;", 'k.ts': 'export const K = 2;' },
    {
      'main.ts': "import K from './k.js'; const compute = () => K;",
      'k.ts': 'const K = 2; export default K;',
    },
  ],
  'the folder of an imported file': [
    { 'main.ts': "import { K } from './k.js'; const compute = () => K;", 'k.ts': 'export const K = 2;' },
    {
      'main.ts': "import { K } from './a/b'; const compute = () => K;",
      'a/b/index.ts': 'export const K = 2;',
    },
  ],
  'the order of imports and declarations': [
    {
      'main.ts': "import { a } from './a.js'; import { b } from './b.js'; const compute = () => a - b;",
      'a.ts': 'export const a = 1;',
      'b.ts': 'export const b = 2;',
    },
    {
      'main.ts': "const compute = () => a - b; import { b } from './b.js'; import { a } from './a.js';",
      'a.ts': 'export const a = 1;',
      'b.ts': 'export const b = 2;',
    },
  ],
  'hoisted functions': [
    'function f(x) { return x + 1; } const compute = (view) => f(view.a);',
    'const compute = (view) => f(view.a); function f(x) { return x + 1; }',
  ],
  'a JSON file': [
    {
      'main.ts': "import t from './t.json' with { type: 'json' }; const compute = () => t.k;",
      't.json': '{"k":1,"l":[1,2]}',
    },
    {
      'main.ts': "import t from './t.json' with { type: 'json' }; const compute = () => t.k;",
      't.json': '{\n  "k": 1.0,\n  "l": [1, 2]\n}\n',
    },
  ],
  'TypeScript and the JavaScript built from it': [
    {
      'main.ts': "import { K } from './k.js'; const compute = (view: { a: number }): number => view.a * K;",
      'k.ts': 'export const K: number = 2;',
    },
    {
      'main.js': "import { K } from './k.js';\nconst compute = (view) => view.a * K;\n",
      'k.js': 'export const K = 2;\n',
    },
  ],
};

test.each(Object.entries(pairs))('the code hash does not depend on %s', (_name, [a, b]) => {
  expect(codeOf(b).digest).toBe(codeOf(a).digest);
  expect(codeOf(b).findings).toEqual(codeOf(a).findings);
});

test('code printed by another compiler has the same code hash', () => {
  for (const [a] of Object.values(pairs)) {
    if (typeof a !== 'string') continue;
    const { code } = transformSync(a, {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      isModule: true,
    });
    expect(codeOf({ 'main.js': code }).digest).toBe(codeOf(a).digest);
  }
});

test('the code hash of a known function never changes', () => {
  const code = codeOf('const K = 252; const compute = (view) => view.returns.value.std() * Math.sqrt(K);');
  expect(code.text).toBe(`// qmtl node 2, columns qmtl-column/1
'use strict';
({Math, harden}) => {
  const d1 = harden(1, () => v1 => v1.returns.value.std() * Math.sqrt(d2), [2]);
  const d2 = 252;
  return d1;
}
`);
  expect(code.digest).toBe('blake3:215458ee9e8713ab2b93fd9e961569d38b05b461e3e9b9fdf75ea1d2fb272166');
  expect(code.findings).toEqual([]);
});
