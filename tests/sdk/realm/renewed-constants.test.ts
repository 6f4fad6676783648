import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Sources, view } from '../code/code-fixture.js';
import { always, type Cases, execute } from './execution.js';

/** Constants of a module of which some are renewed for every bar. */
const graphs: Cases = {
  'a frozen table beside a counter': [
    view('T[3] + next()', 'const T = [1, 2, 3, 4]; const next = (() => { let n = 0; return () => ++n; })();'),
    always(5),
  ],
  'a frozen object with a counter': [
    view('S.next()', 'const next = (() => { let n = 0; return () => ++n; })(); const S = { next };'),
    always(1),
  ],
  'a function that calls a counter': [
    view('f()', 'const f = () => next(); const next = (() => { let n = 0; return () => ++n; })();'),
    always(1),
  ],
  'a value that a counter made': [
    view('K + next()', 'const next = (() => { let n = 0; return () => ++n; })(); const K = next();'),
    always(3),
  ],
  'an object that a closure keeps': [
    view(
      '{ const [o] = kept.all(); return (o.n = (o.n ?? 0) + 1); }',
      'const kept = (() => { const l = []; return { add: (o) => (l.push(o), o), all: () => l }; })(); const T = [kept.add({}), 1]; const U = kept;',
    ).replace('const [o] = kept.all()', 'void T; const [o] = kept.all()'),
    'main.ts:2:76 TypeError: Cannot add property n, object is not extensible',
  ],
  'an object that a closure was given before it was frozen': [
    view(
      '{ void T; return C.n(); }',
      'const C = (() => { let o; let n = 0; return { take: (it) => { o = it; return it; }, n: () => { n += 1; return n + (o.v ?? 0); } }; })(); const T = C.take({ v: 1 });',
    ),
    always(2),
  ],
  'closures over each other': [
    view(
      'a.next() + b.next()',
      'const a = (() => { let n = 0; return { next: (d = 3) => (d === 0 ? ++n : b.next(d - 1)) }; })(); const b = (() => { let n = 0; return { next: (d = 3) => (d === 0 ? ++n : a.next(d - 1)) }; })();',
    ),
    always(2),
  ],
  'the same function in a table and by its name': [
    view(
      'T[0] === f && T[0]() === 1 ? next() : 9',
      'const f = () => 1; const T = [f]; const next = (() => { let n = 0; return () => ++n; })();',
    ),
    always(1),
  ],
  'the same counter in a table and by its name': [
    view(
      'T[0] === next ? T[0]() + next() : 9',
      'const next = (() => { let n = 0; return () => ++n; })(); const T = [next];',
    ),
    always(3),
  ],
  'names of one pattern': [
    view('a() + b', 'const { a, b } = (() => { let n = 0; return { a: () => ++n, b: 5 }; })();'),
    always(6),
  ],
  'a later name of a pattern': [
    view(
      'f()',
      'const { b, a } = (() => { let n = 0; return { a: () => ++n, b: 5 }; })(); const f = () => a();',
    ),
    always(1),
  ],
  'a namespace with a counter': [
    {
      'main.ts': view('k.next() + T[0]', "import * as k from './k.js'; const T = [5];"),
      'k.ts': 'export const next = (() => { let n = 0; return () => ++n; })(); export const U = [1];',
    },
    always(6),
  ],
  'a class that names a counter in its field': [
    view('new A().n', 'const next = (() => { let n = 0; return () => ++n; })(); class A { n = next(); }'),
    always(1),
  ],
  'a class that extends one with state': [
    view(
      'B.next()',
      'const make = () => class { static #n = 0; static bump() { return ++this.#n; } }; const A = make(); class B extends A { static next() { return A.bump(); } }',
    ),
    always(1),
  ],
  'a weak map with a frozen object as key': [
    view(
      '{ W.set(K, (W.get(K) ?? 0) + 1); return W.get(K); }',
      'const K = { k: 1 }; const W = new WeakMap();',
    ),
    always(1),
  ],
  'a package beside a table': [
    {
      'main.ts': view('next() + T[0]', "import { next } from 'memo'; const T = [5];"),
      'node_modules/memo/package.json': '{"name":"memo","version":"1.0.0","main":"i.js"}',
      'node_modules/memo/i.js': 'let n = 0; exports.next = () => ++n;',
    },
    always(6),
  ],
};

test.each(Object.entries(graphs))(
  'compute begins every bar without a trace of another, with %s',
  async (_name, [sources, expected]) => {
    expect(await execute(sources)).toEqual(expected);
  },
);

/** One constant: `refs` are names of constants that it holds, calls or is given to. */
type Kind = (refs: string) => string;

const kinds: Readonly<Record<string, Kind>> = {
  table: (refs) => `[[0], ${refs}]`,
  object: (refs) => `({ v: [0], refs: [${refs}] })`,
  map: (refs) => `new Map([[0, [${refs}]], [1, { v: [0] }]])`,
  set: (refs) => `new Set([${refs}])`,
  counter: (refs) => `(() => { let n = 0; return { next: () => ++n, refs: [${refs}] }; })()`,
  keeper: (refs) =>
    `(() => { const kept = []; return { next: () => kept.length, take: (o) => { kept.push(o); return o; }, refs: [${refs}] }; })()`,
  typed: () => 'new Float64Array(2)',
  weak: (refs) =>
    `(() => { const keys = [{}]; const w = new WeakMap(); return { next: () => { const n = (w.get(keys[0]) ?? 0) + 1; w.set(keys[0], n); return n; }, refs: [${refs}] }; })()`,
  private: (refs) => `new Kept([${refs}])`,
  generator: () => '(function* () { let n = 0; for (;;) yield ++n; })()',
  reader: (refs) => `(() => [${refs}])`,
  given: (refs) => `given([${refs}], { v: [0] })`,
  made: (refs) => `[[${refs}].map((one) => touch(one, 2))]`,
};

/** Visits what a value holds, changes all that can be changed, and says what it saw. */
const visiting = `
class Kept { #n = 0; refs; constructor(refs) { this.refs = refs; } next() { return ++this.#n; } }
const given = (refs, own) => { for (const one of refs) if (typeof one?.take === 'function') one.take(own); return own; };
const attempt = (f) => { try { return f(); } catch (e) { return e instanceof TypeError ? 0 : 100; } };
const change = (o) => {
  let seen = 0;
  if (Array.isArray(o)) seen += attempt(() => o.push(1));
  if (o instanceof Float64Array) seen += ++o[0];
  if (typeof o?.next === 'function') { const n = attempt(() => o.next()); seen += n?.value ?? n; }
  if (typeof o?.take === 'function') attempt(() => o.take({}));
  if (o instanceof Map) seen += attempt(() => o.set(9, 9).size);
  if (o instanceof Set) seen += attempt(() => o.add(9).size);
  attempt(() => { o.added = (o.added ?? 0) + 1; seen += o.added; });
  return seen;
};
const parts = (o) => {
  if (typeof o === 'function') return attempt(() => [o()].flat());
  if (o instanceof Map) return [...o.keys(), ...o.values()];
  if (o instanceof Set) return [...o];
  return Array.isArray(o) ? o : Object.values(o);
};
const touch = (o, depth) => {
  if (o === null || (typeof o !== 'object' && typeof o !== 'function') || depth === 0) return typeof o === 'number' ? o : 0;
  return [parts(o)].flat().reduce((sum, one) => sum + touch(one, depth - 1), change(o));
};`;

/** Constants that name constants before them, in any way, and a function that visits the last of them. */
const modules = fc
  .array(fc.tuple(fc.constantFrom(...Object.keys(kinds)), fc.array(fc.nat(), { maxLength: 3 })), {
    minLength: 1,
    maxLength: 9,
  })
  .map((constants): Sources => {
    const lines = constants.map(([kind, refs], index) => {
      const names = index === 0 ? [] : refs.map((ref) => `c${ref % index}`);
      return `const c${index} = ${kinds[kind]?.(names.join(', ')) ?? '0'};`;
    });
    const names = constants.map((_, index) => `c${index}`);
    // Functions that name constants after them.
    const before = 'const late = () => touch(c0, 2); const both = [late, late];';
    return view(
      `[late, both, ${names.join(', ')}].reduce((sum, one) => sum + touch(one, 4), 0)`,
      `${visiting}\n${before}\n${lines.join('\n')}`,
    );
  });

test('no graph of constants keeps anything from bar to bar', async () => {
  await fc.assert(
    fc.asyncProperty(modules, async (sources) => {
      const outputs = await execute(sources);
      expect(outputs).toEqual(Array.isArray(outputs) ? always(outputs[0] ?? 0) : 'outputs of every bar');
    }),
    { numRuns: 150 },
  );
});
