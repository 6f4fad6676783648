import { expect, test } from 'vitest';
import { flowDepthMax } from '../../../sdk/code/value-flow.js';
import { codeOf, findingsOf, type Refusal, view } from './code-fixture.js';

/** Changes that the source shows; tests/sdk/realm/changes.test.ts executes the others. */
const changes: Record<string, Refusal> = {
  'a captured variable': [
    view('{ k += 1; return k; }', 'let k = 0;'),
    'main.ts:2:36 E_CAPTURE captures k, a let variable that is assigned again',
  ],
  'a captured object': [
    view('{ s.n += 1; return s.n; }', 'const s = { n: 0 };'),
    'main.ts:2:36 E_IMPURE_COMPUTE changes s, which is shared by all bars',
  ],
  'an undeclared variable': [
    view('{ total = 1; return 1; }'),
    'main.ts:2:36 E_IMPURE_COMPUTE uses total, which is neither declared in the project nor a known pure global',
  ],
  'a member of a function': [
    view('f()', 'function f() { f.n = 1; return 1; }'),
    'main.ts:1:16 E_IMPURE_COMPUTE changes f, which is shared by all bars',
  ],
  'a captured array by sort': [
    view('L.sort()[0]', 'const L = [3, 1];'),
    'main.ts:2:34 E_IMPURE_COMPUTE changes L, which is shared by all bars',
  ],
  'a captured array by push': [
    view('f(L)', 'const L = []; const f = () => L.push(1);'),
    'main.ts:1:31 E_IMPURE_COMPUTE changes L, which is shared by all bars',
  ],
  'a captured map': [
    view('{ if (!M.has(1)) M.set(1, 2); return M.get(1); }', 'const M = new Map();'),
    'main.ts:2:51 E_IMPURE_COMPUTE changes M, which is shared by all bars',
  ],
  'a captured set': [
    view('S.add(1).size', 'const S = new Set();'),
    'main.ts:2:34 E_IMPURE_COMPUTE changes S, which is shared by all bars',
  ],
  'a static member': [
    view('A.next()', 'class A { static n = 0; static next() { A.n += 1; return A.n; } }'),
    'main.ts:1:41 E_IMPURE_COMPUTE changes A, which is shared by all bars',
  ],
};

test.each(Object.entries(changes))('compute is refused for changing %s', (_name, [sources, ...expected]) => {
  expect(findingsOf(sources)).toEqual(expected);
  for (const { hint } of codeOf(sources).findings) expect(hint).not.toBe('');
});

test.each([
  ['L.sort()[0]', 'const L = [3, 1];', 'sort a copy: [...L].sort(…) or L.toSorted(…)'],
  ['L.push(1)', 'const L = [3, 1];', 'change a copy: [...L].push(…)'],
  [
    'M.set(1, 2).size',
    'const M = new Map();',
    'create it inside compute: nothing is kept from bar to bar, so a memo is filled again for every bar',
  ],
])('the hint for %s is a way out', (body, before, hint) => {
  expect(codeOf(view(body, before)).findings.map((one) => one.hint)).toEqual([hint]);
});

test.each([
  ['a sorted copy', view('[...L].sort()[0] + L.toSorted()[0]', 'const L = [3, 1];')],
  ['a map of its own', view('{ const M = new Map(); M.set(1, 2); return M.size; }')],
  [
    'a local name that hides a constant',
    view('{ const L = [2]; L.push(1); return L.length; }', 'const L = [];'),
  ],
  [
    'a map of weights that are kept for one bar',
    view('{ W.set(L, 1); return 1; }', 'const L = []; const W = new WeakMap();'),
  ],
])('compute may change %s', (_name, sources) => {
  expect(findingsOf(sources)).toEqual([]);
});

test('a chain of helpers of any length is followed as far as flowDepthMax, without an error', () => {
  expect(flowDepthMax).toBe(200);
  const lines = [
    'const f0 = (o) => o;',
    ...Array.from({ length: 3_000 }, (_, at) => `const f${at + 1} = (o) => f${at}(o);`),
  ];
  expect(findingsOf(view('f3000(view.time)', lines.join(' ')))).toEqual([]);
});
