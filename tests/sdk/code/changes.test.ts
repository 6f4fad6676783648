import { expect, test } from 'vitest';
import { codeOf, findingsOf, type Refusal, view } from './code-fixture.js';

const changes: Record<string, Refusal> = {
  'a member of the view': [
    view('{ view.a = 1; return 1; }'),
    'main.ts:2:36 E_IMPURE_COMPUTE changes its argument view',
  ],
  'a part of the view': [
    view('{ view.a.b.c++; return 1; }'),
    'main.ts:2:36 E_IMPURE_COMPUTE changes its argument view',
  ],
  'the view by delete': [
    view('{ delete view.a; return 1; }'),
    'main.ts:2:36 E_IMPURE_COMPUTE changes its argument view',
  ],
  'the view by Object.assign': [
    view('{ Object.assign(view, { a: 1 }); return 1; }'),
    'main.ts:2:36 E_IMPURE_COMPUTE changes its argument view',
  ],
  'the view by a method': [
    view('view.a.sort()[0]'),
    'main.ts:2:34 E_IMPURE_COMPUTE changes its argument view',
  ],
  'the view by a tagged template': [
    view('view.a.push`x`'),
    'main.ts:2:34 E_IMPURE_COMPUTE changes its argument view',
  ],
  'the view by a pattern': [
    view('{ [view.a] = [1]; return 1; }'),
    'main.ts:2:36 E_IMPURE_COMPUTE changes its argument view',
  ],
  'the view by a loop': [
    view('{ for (view.a of [1]); return 1; }'),
    'main.ts:2:36 E_IMPURE_COMPUTE changes its argument view',
  ],
  'the view through another name': [
    view('{ const a = view.a; a.k = 1; return 1; }'),
    'main.ts:2:54 E_IMPURE_COMPUTE changes a, which may hold an object it did not make',
  ],
  'the view through a pattern': [
    view('{ const { a } = view; a.push(1); return 1; }'),
    'main.ts:2:56 E_IMPURE_COMPUTE changes a, which may hold an object it did not make',
  ],
  'the view in a helper': [
    view('f(view.a)', 'const f = (xs) => xs.reverse()[0];'),
    'main.ts:1:19 E_IMPURE_COMPUTE changes its argument xs',
  ],
  'an element that is not its own': [
    view('{ const xs = [...view.a]; xs[0].k = 1; return 1; }'),
    'main.ts:2:60 E_IMPURE_COMPUTE changes xs, which may hold an object it did not make',
  ],
  'a part that was stored in it': [
    view('{ const o = { xs: [] }; o.xs = view.a; o.xs.push(1); return 1; }'),
    'main.ts:2:73 E_IMPURE_COMPUTE changes o, which may hold an object it did not make',
  ],
  'a captured variable': [
    view('{ k += 1; return k; }', 'let k = 0;'),
    'main.ts:2:36 E_CAPTURE captures k, a let variable, which can change',
    'main.ts:2:36 E_IMPURE_COMPUTE assigns k, which it captures',
  ],
  'a captured object': [
    view('{ s.n += 1; return s.n; }', 'const s = { n: 0 };'),
    'main.ts:2:36 E_IMPURE_COMPUTE changes s, which it captures',
  ],
  'a captured map': [
    view('M.set(1, 2).size', 'const M = new Map();'),
    'main.ts:2:34 E_IMPURE_COMPUTE changes M, which it captures',
  ],
  'an imported map': [
    {
      'main.ts': view('M.set(1, 2).size', 'import { M } from "./m.js";'),
      'm.ts': 'export const M = new Map();',
    },
    'main.ts:2:34 E_IMPURE_COMPUTE changes M, which it captures',
  ],
  'an undeclared variable': [
    view('{ total = 1; return 1; }'),
    'main.ts:2:36 E_IMPURE_COMPUTE assigns the global total',
    'main.ts:2:36 E_IMPURE_COMPUTE uses total, which is neither declared in the project nor a known pure global',
  ],
  'a member of a function': [
    view('f()', 'function f() { f.n = 1; return 1; }'),
    'main.ts:1:16 E_IMPURE_COMPUTE changes f, which it captures',
  ],
  'a static member': [
    view('A.next()', 'class A { static n = 0; static next() { A.n += 1; return A.n; } }'),
    'main.ts:1:41 E_IMPURE_COMPUTE changes A, which it captures',
  ],
  'an instance outside its constructor': [
    view('new A().inc()', 'class A { n = 0; inc() { this.n += 1; return this.n; } }'),
    'main.ts:1:26 E_IMPURE_COMPUTE changes this outside its constructor',
  ],
  'a counter in a closure': [
    view('next()', 'const make = () => { let n = 0; return () => ++n; }; const next = make();'),
    'main.ts:1:46 E_IMPURE_COMPUTE changes n from an inner function, which may be kept',
  ],
  'a counter in an object in a closure': [
    view('next()', 'const next = (() => { const s = { n: 0 }; return () => ++s.n; })();'),
    'main.ts:1:56 E_IMPURE_COMPUTE changes s from an inner function, which may be kept',
  ],
  'a kept iterator': [
    view('[...I].length', 'const I = [1, 2].values();'),
    'main.ts:1:11 E_IMPURE_COMPUTE keeps the iterator of .values()',
  ],
  'a kept regular expression': [
    view("R.test('a') ? 1 : 0", 'const R = /a/g;'),
    'main.ts:1:11 E_IMPURE_COMPUTE keeps the regular expression /a/g',
  ],
};

test.each(Object.entries(changes))('compute is refused for changing %s', (_name, [sources, ...expected]) => {
  expect(findingsOf(sources)).toEqual(expected);
  for (const { hint } of codeOf(sources).findings) expect(hint).not.toBe('');
});
