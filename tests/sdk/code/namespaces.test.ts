import { expect, test } from 'vitest';
import { closedModuleFault } from '../../../sdk/code/closed-module.js';
import { codeOf, findingsOf, type Refusal, type Sources, view } from './code-fixture.js';

const withNamespace = (before: string, body: string): string => view(body, before);

test('members of a namespace are definitions like those of a file', () => {
  const { text, findings } = codeOf(
    withNamespace(
      'namespace N { const h = [2]; export function f(a: number) { return a * h[0]; } export const other = 1; }',
      'N.f(view.a)',
    ),
  );
  expect(findings).toEqual([]);
  expect(text.split('\n').slice(2)).toEqual([
    '({harden}) => {',
    '  const d1 = harden(1, () => function (v1) {',
    '    return v1 * d3[0];',
    '  }, [3]);',
    '  const d2 = harden(2, () => v1 => d1(v1.a), [1]);',
    '  const d3 = harden(3, () => [2], []);',
    '  return d2;',
    '}',
    '',
  ]);
});

test('a namespace as a whole is an object of its members, and a class has those of its namespace', () => {
  const { text, findings } = codeOf(
    withNamespace(
      'namespace N { export const b = 1; export const a = 2; } class C {} namespace C { export const k = 3; }',
      'g(N, C)',
    ).concat(' const g = (n, c) => n.a + c.k;'),
  );
  expect(findings).toEqual([]);
  expect(text).toMatch(/\{\s+get \["b"\]\(\) \{\s+return d\d;\s+\},\s+get \["a"\]\(\)/);
  expect(text).toMatch(/merged\(class \{\}, \{\s+get \["k"\]\(\)/);
  expect(closedModuleFault(text)).toBeUndefined();
});

const refused: Record<string, Refusal> = {
  'a member that a statement assigns': [
    withNamespace('namespace N { export let n = 1; } N.n = 2;', 'N.n'),
    'main.ts:2:34 E_CAPTURE captures n, which is changed at main.ts:1:35',
  ],
  'a member that a file assigns which imports it': [
    {
      'main.ts': view('N.n', "import { N } from './n.js'; import './setup.js';"),
      'n.ts': 'export namespace N { export let n = 1; }',
      'setup.ts': "import * as all from './n.js';\nall.N.n = 2;",
    },
    'main.ts:2:34 E_CAPTURE captures n, which is changed at setup.ts:2:1',
  ],
  'a member that a function of the namespace assigns': [
    withNamespace('namespace N { export let n = 1; export const up = () => { n += 1; }; }', 'N.n'),
    'main.ts:2:34 E_CAPTURE captures n, a let variable that is assigned again',
  ],
  'a table that a statement of the namespace changes': [
    withNamespace('namespace N { export const t = [1]; t.push(2); }', 'N.t[1]'),
    'main.ts:2:34 E_CAPTURE captures t, which is changed at main.ts:1:37',
  ],
  'a namespace that is changed as a whole': [
    withNamespace('namespace N { export const t = [1]; } Object.assign(N, { t: [] });', 'N.t[1]'),
    'main.ts:2:34 E_CAPTURE captures N, which is changed at main.ts:1:53',
  ],
  'a member that compute assigns': [
    withNamespace('namespace N { export let n = 1; }', '{ N.n += 1; return 1; }'),
    'main.ts:2:36 E_IMPURE_COMPUTE changes N, which is shared by all bars',
  ],
  'the name of a function of a namespace': [
    withNamespace('namespace N { export function f() { return 1; } }', 'N.f.name'),
    'main.ts:2:34 E_IMPURE_COMPUTE reads the name of the function of a namespace, which is not part of its meaning',
  ],
  'a namespace of the name of a constant': [
    withNamespace('const N = 1; namespace N { export const k = 1; }', 'N.k'),
    'main.ts:2:34 E_CAPTURE captures N, declared in a way that has no single definition',
  ],
  'an alias before its namespace': [
    withNamespace('import K = N.M; namespace N { export namespace M { export const k = 1; } }', 'K.k'),
    'main.ts:2:34 E_CAPTURE uses K, but it is an alias of what no namespace before it declares',
  ],
  'an alias of itself': [
    withNamespace('import A = B.a; import B = A.b;', 'A.k'),
    'main.ts:2:34 E_CAPTURE uses A, but it is an alias of what no namespace before it declares',
  ],
  'import = require': [
    withNamespace("import k = require('./k.js');", 'k.k'),
    'main.ts:2:34 E_CAPTURE captures k, declared in a way that has no single definition',
  ],
  'a member that is read before it has its value': [
    withNamespace('namespace N { export const a = b ?? 3; export const b = 5; }', 'N.a'),
    'main.ts:1:32 E_CAPTURE reads b, a member of a namespace, before it has its whole value',
  ],
  'a member that a call reads too early': [
    withNamespace('const f = () => N.b; namespace N { export const a = f(); export const b = 5; }', 'N.a'),
    'main.ts:1:17 E_CAPTURE reads b, a member of a namespace, before it has its whole value',
  ],
  'a function of another part that is read too early': [
    withNamespace(
      'namespace N { export const a = f?.(); } namespace N { export function f() { return 1; } }',
      'N.a',
    ),
    'main.ts:1:32 E_CAPTURE reads f, a member of a namespace, before it has its whole value',
  ],
  'a namespace that is read before it is complete': [
    withNamespace('namespace N { export const n = Object.keys(N).length; export const b = 5; }', 'N.n'),
    'main.ts:1:44 E_CAPTURE reads N, a namespace, before it has its whole value',
  ],
  'a namespace that its class reads while it is defined': [
    withNamespace('class C { static y = C.k; } namespace C { export const k = 4; }', 'C.y'),
    'main.ts:1:22 E_CAPTURE reads k, a member of a namespace, before it has its whole value',
  ],
  'an enum that is read between its parts': [
    withNamespace('enum E { A } const n = Object.keys(E).length; enum E { B = 1 }', 'n'),
    'main.ts:1:36 E_CAPTURE reads E, an enum with several declarations, before it has its whole value',
  ],
  'a var that is read before it has its value': [
    withNamespace('var b = f(); var c = 3; function f() { return c; }', 'b'),
    'main.ts:1:47 E_CAPTURE reads c, a var variable, before it has its whole value',
  ],
  'a var of a block': [
    withNamespace('if (on()) { var q = 5; } const on = () => true;', 'q'),
    'main.ts:2:34 E_CAPTURE captures q, a var variable of a block, whose value depends on what runs',
  ],
  'an iterator of a namespace that two constants advance': [
    withNamespace(
      'namespace N { export const i = [1, 2].values(); } const a = N.i.next(); const b = N.i.next();',
      'a.value',
    ),
    'main.ts:1:61 E_CAPTURE captures i, which is also advanced at main.ts:1:83 while the program is loaded',
  ],
};

test.each(Object.entries(refused))('compute is refused for %s', (_name, [sources, ...expected]) => {
  expect(findingsOf(sources)).toEqual(expected);
  for (const { hint } of codeOf(sources).findings) expect(hint).not.toBe('');
});

const accepted: Record<string, Sources> = {
  'a hoisted function': withNamespace(
    'namespace N { export const a = f(); export function f() { return 1; } }',
    'N.a',
  ),
  'a var that a later function reads': withNamespace('const f = () => c; var c = 3; const d = f();', 'd'),
  'a member that only methods of an earlier class read': withNamespace(
    'class C { static t = [1].map((a) => a); of() { return C.k; } } namespace C { export const k = 1; }',
    'new C().of() + C.t[0]',
  ),
  'a let member that nothing assigns': withNamespace('namespace N { export let k = 1; }', 'N.k'),
  'a namespace of types': withNamespace(
    'namespace T { export type X = 1; export namespace U { export interface V {} } } const T = { k: 1 };',
    'T.k',
  ),
  'a statement that assigns another member': withNamespace(
    'namespace N { export let n = 1; export const k = 2; } N.n = 3;',
    'N.k',
  ),
};

test.each(Object.entries(accepted))('compute may use %s', (_name, sources) => {
  expect(findingsOf(sources)).toEqual([]);
});

test('a compute function has the members of its own namespace', () => {
  const of = (k: number) =>
    codeOf(
      `export function compute(view) { return f(compute); } const f = (c) => c.k; namespace compute { export const k = ${k}; }`,
    );
  expect(of(1).findings).toEqual([]);
  expect(of(1).text).toContain('merged(function');
  expect(of(2).digest).not.toBe(of(1).digest);
});

test('compute may be a member of a namespace', () => {
  expect(
    codeOf('namespace S { export const k = [2]; export const compute = (view) => view.a * k[0]; }').digest,
  ).toBe(codeOf('const k = [2]; export const compute = (view) => view.a * k[0];').digest);
});

test('a namespace in a function is refused', () => {
  expect(
    findingsOf('function f() { namespace N { export const k = 1; } return 1; } const compute = () => f();'),
  ).toEqual(['main.ts:1:16 E_IMPURE_COMPUTE declares a namespace in other code']);
});

const same: Record<string, readonly [Sources, Sources]> = {
  'a member and a constant': [
    withNamespace('namespace N { export const k = [2]; }', 'N.k[0]'),
    view('k[0]', 'const k = [2];'),
  ],
  'one part and several': [
    withNamespace('namespace N { export const a = 1; } namespace N { export const b = a; }', 'f(N)').concat(
      ' const f = (n) => n.b;',
    ),
    withNamespace('namespace N { export const a = 1; export const b = a; }', 'f(N)').concat(
      ' const f = (n) => n.b;',
    ),
  ],
  'a path and namespaces in each other': [
    withNamespace('namespace A.B { export const k = [3]; }', 'A.B.k[0]'),
    withNamespace('namespace A { export namespace B { export const k = [3]; } }', 'A.B.k[0]'),
  ],
  'an enum in one part and in two': [
    view('E[view.a]', 'enum E { A = 1 } enum E { B = 2, C }'),
    view('E[view.a]', 'enum E { A = 1, B, C }'.replace('B,', 'B = 2,')),
  ],
};

test.each(Object.entries(same))('%s have one code hash', (_name, [a, b]) => {
  expect(codeOf(a).findings).toEqual([]);
  expect(codeOf(b).digest).toBe(codeOf(a).digest);
});

const different: Record<string, readonly [Sources, Sources]> = {
  'another constant': [
    withNamespace('namespace N { export const k = 2; export const f = () => k; }', 'N.f()'),
    withNamespace('namespace N { export const k = 3; export const f = () => k; }', 'N.f()'),
  ],
  'another order of members that can be listed': [
    withNamespace('namespace N { export const a = 1; export const b = 2; }', 'Object.keys(N)[0]'),
    withNamespace('namespace N { export const b = 2; export const a = 1; }', 'Object.keys(N)[0]'),
  ],
  'a second part that begins with 0': [
    view('E[view.a]', 'enum E { A = 4 } enum E { B }'),
    view('E[view.a]', 'enum E { A = 4, B }'),
  ],
  'another member of the namespace of a class': [
    view('f(C)', 'class C {} namespace C { export const k = 1; } const f = (c) => c.k;'),
    view('f(C)', 'class C {} namespace C { export const k = 2; } const f = (c) => c.k;'),
  ],
};

test.each(Object.entries(different))('%s changes the code hash', (_name, [a, b]) => {
  expect(codeOf(a).findings).toEqual([]);
  expect(codeOf(b).findings).toEqual([]);
  expect(codeOf(b).digest).not.toBe(codeOf(a).digest);
});
