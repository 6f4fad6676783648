import { expect, test } from 'vitest';
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
  'a static member': [
    view('A.next()', 'class A { static n = 0; static next() { A.n += 1; return A.n; } }'),
    'main.ts:1:41 E_IMPURE_COMPUTE changes A, which is shared by all bars',
  ],
};

test.each(Object.entries(changes))('compute is refused for changing %s', (_name, [sources, ...expected]) => {
  expect(findingsOf(sources)).toEqual(expected);
  for (const { hint } of codeOf(sources).findings) expect(hint).not.toBe('');
});
