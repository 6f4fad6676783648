import { afterEach, describe, expect, test } from 'vitest';
import { objectsAskedMax } from '../../sdk/realm/hidden-variables.js';
import { constantsAtOnce, constantsMs } from '../../sdk/realm/realm-threads.js';
import { type Sources, view } from './code/code-fixture.js';
import { differs, load, problemsOf } from './comparison-fixture.js';

describe('a constant that the program changes in a way that the analysis does not see', () => {
  const cases: Record<string, readonly [Sources, string]> = {
    'through a list': [
      view('C.k', 'const C = { k: 1 }; const D = []; D.push(C); D[0].k = 2;'),
      differs('C', 'C.k is 2 in the program, and 1 by its source'),
    ],
    'through a part': [
      view('C.a.k[0]', 'const C = { a: { k: [1] } }; const D = []; D.push(C.a); D[0].k[0] = 2;'),
      differs('C', 'C.a.k[0] is 2 in the program, and 1 by its source'),
    ],
    'by a function it is passed to': [
      view("C['a b']", "const C = { 'a b': 1 }; const set = [(o) => { o['a b'] = 2; }]; set[0](C);"),
      differs('C', 'C["a b"] is 2 in the program, and 1 by its source'),
    ],
    'by a method of its own': [
      view(
        'S.get()',
        'const S = { n: 1, get() { return this.n; }, put(n) { this.n = n; } }; const put = S.put.bind(S); put(2);',
      ),
      differs('S', 'S.n is 2 in the program, and 1 by its source'),
    ],
    'in a map': [
      view(
        "M.get('a').k",
        "const M = new Map([['a', { k: 1 }]]); for (const one of [...M.values()]) [one].map((o) => Reflect.apply(Reflect.set, null, [o, 'k', 2]));",
      ),
      differs('M', 'M.get("a").k is 2 in the program, and 1 by its source'),
    ],
    'in a set': [
      view('S.size', "const S = new Set(['a']); Reflect.apply(Set.prototype.add, S, ['b']);"),
      differs('S', 'S, value 2 is "b" in the program, and its source makes nothing there'),
    ],
    'by taking a member away': [
      view('C.a.k', "const C = { a: { k: 1 } }; const D = []; D.push(C); Reflect.deleteProperty(D[0], 'a');"),
      differs('C', 'C ends in the program, and its source makes the member a, an object there'),
    ],
    'as a member of a function': [
      view(
        'T(1)',
        'function T(x) { return x + (T.k ?? 1); } Reflect.apply(Object.assign, null, [T, { k: 3 }]);',
      ),
      differs('T', 'T.k is 3 in the program, and its source makes nothing there'),
    ],
    'by another file': [
      {
        'main.ts': view('C.k', 'import { C } from "./c.js"; import "./setup.js";'),
        'c.ts': 'export const C = { k: 1 };',
        'setup.ts': 'import * as c from "./c.js";\nconst all = [];\nall.push(c);\nall[0].C.k = 2;',
      },
      differs('C', 'C.k is 2 in the program, and 1 by its source'),
    ],
    'that a file does not export': [
      {
        'main.ts': view(
          'get()',
          'import { get, all } from "./c.js"; Reflect.apply(Object.assign, null, [all[0], { k: 2 }]);',
        ),
        'c.ts': 'const C = { k: 1 };\nexport const get = () => C.k;\nexport const all = [C];',
      },
      differs('C', 'C.k is 2 in the program, and 1 by its source', 'c.ts:2:26'),
    ],
    'in CommonJS': [
      {
        'main.cjs':
          'const C = { k: 1 };\nReflect.apply(Object.assign, null, [C, { k: 2 }]);\nexports.compute = () => C.k;',
      },
      differs('C', 'C.k is 2 in the program, and 1 by its source', 'main.cjs:3:25'),
    ],
  };

  test.each(Object.entries(cases))('%s', async (_name, [sources, expected]) => {
    expect(problemsOf(await load(sources))[0]).toBe(expected);
  });
});

describe('what functions and instances keep', () => {
  const keeps = (name: string, says: string) => [
    `E_CAPTURE main.ts:2:34: captures ${name}, which keeps other variables or private members in the program than its source gives it: ${says}`,
  ];
  const counted = 'n is 1 in the program, and 0 by its source';
  const counter =
    'const c = (() => { let n = 0; const o = { k: 1 }; return { get: () => n + o.k, inc: () => { n += 1; }, put: () => { o.k = 2; } }; })();';
  const instance =
    "class A { #n = 0; #list = [1]; #text = 'a'; get() { return this.#n + this.#list[0]; } inc() { this.#n += 1; } put() { this.#list[0] = 2; } } const c = new A();";

  test.each<[string, Sources, readonly string[]]>([
    ['a variable', view('c.get()', `${counter} [c].map((o) => o.inc());`), keeps('c', counted)],
    [
      'a part of a variable',
      view('c.get()', `${counter} [c].map((o) => o.put());`),
      keeps('c', 'o.k is 2 in the program, and 1 by its source'),
    ],
    ['a private member', view('c.get()', `${instance} [c].map((o) => o.inc());`), keeps('c', `#${counted}`)],
    [
      'a part of a private member',
      view('c.get()', `${instance} [c].map((o) => o.put());`),
      keeps('c', '#list[0] is 2 in the program, and 1 by its source'),
    ],
    [
      'a memo that was filled',
      view(
        'f(2)',
        'const f = (() => { const memo = new Map(); return (n) => { if (!memo.has(n)) memo.set(n, n * n); return memo.get(n); }; })(); [f].map((one) => one(7));',
      ),
      keeps('f', 'memo, key 1 is 7 in the program, and its source makes nothing there'),
    ],
    [
      'a variable of a function in a list',
      view('L[0].get()', `${counter} const L = [c]; [c].map((o) => o.inc());`),
      keeps('L', counted),
    ],
    ['nothing that was changed', view('c.get()', counter), []],
    ['no private member that was changed', view('c.get()', instance), []],
    [
      'what another one changes',
      view('d.get()', `${instance} const d = new A(); [c].map((o) => o.inc());`),
      [],
    ],
  ])('is compared: %s', async (_what, sources, expected) => {
    expect(problemsOf(await load(sources))).toEqual(expected);
  });

  test('for no more than objectsAskedMax of them', async () => {
    expect(objectsAskedMax).toBe(500);
    const many =
      'const L = Array.from({ length: 600 }, () => { let n = 0; return { get: () => n, inc: () => { n += 1; } }; });';
    const first = view('L[0].get()', `${many} [(list) => list[0].inc()].map((f) => f(L));`);
    expect(problemsOf(await load(first))).toEqual(keeps('L', counted));
    const last = view('L[599].get()', `${many} [(list) => list[599].inc()].map((f) => f(L));`);
    expect(problemsOf(await load(last))).toEqual([]);
  });
});

test('a constant that can only be computed by changing another is refused', async () => {
  const before = 'const counter = { n: 0, valueOf() { return ++this.n; } }; const first = +counter;';
  expect(problemsOf(await load(view('first', before)))).toEqual([
    "E_CAPTURE main.ts:1:46: a constant of compute cannot be computed by itself: Cannot assign to read only property 'n' of object '[object Object]'",
  ]);
});

test('constants of every kind agree', async () => {
  const before = `
    class Money { static zero = 0; unit = 'c'; constructor(by) { this.by = by; } get() { return this.by; } }
    const C = {
      list: [1, , NaN, -0], map: new Map([['a', { x: 1 }]]), set: new Set([1]), day: new Date(0), word: /a+/i,
      table: new Float64Array([1, 2]), money: new Money(3), [Symbol.for('by')]: 5, big: 5n, get twice() { return 2; },
      bare: Object.assign(Object.create(null), { a: 1 }), error: new RangeError('no'), boxed: Object(1), max: Math.max,
      self: Array.prototype, nothing: undefined, none: null, it: [1].values(),
    };`.replaceAll('\n', ' ');
  expect(problemsOf(await load(view('C.list.length + C.money.get() + Money.zero', before)))).toEqual([]);
});

test.each([
  [
    'methods of the language that instances may replace',
    'const C = { has: Object.prototype.hasOwnProperty, text: Error.prototype.toString };',
  ],
  ['a list of 300,000', 'const C = Array.from({ length: 300_000 }, (_, at) => at);'],
  [
    'a map and a set of 300,000',
    'const L = Array.from({ length: 300_000 }, (_, at) => at); const C = [new Set(L), new Map(L.map((at) => [at, at]))];',
  ],
  [
    'an object of 200,000 members',
    'const C = Object.fromEntries(Array.from({ length: 200_000 }, (_, at) => ["k" + at, at]));',
  ],
  ['a typed array of a million', 'const C = Float64Array.from({ length: 1_000_000 }, (_, at) => at);'],
])('constants agree: %s', async (_what, before) => {
  expect(problemsOf(await load(view('Object(C) === C ? 1 : 0', before)))).toEqual([]);
});

test('what a run leaves in the memory of a function is not taken for a change', async () => {
  const sources = view(
    '{ const w = [T][0]; w[0] = 3; return w[0]; }',
    'export const T = new Float64Array(1);',
  );
  const loaded = await load(sources);
  expect(problemsOf(loaded)).toEqual([]);
  Reflect.set(Object(Reflect.get(loaded, 'T')), '0', 3);
  expect(problemsOf(loaded)).toEqual([]);
});

describe('a member of the language that the program changes', () => {
  const { hypot } = Math;
  afterEach(() => {
    Math.hypot = hypot;
    Reflect.deleteProperty(Array.prototype, 'last');
  });
  const uses = (path: string) => [
    `E_CAPTURE main.ts:2:24: uses ${path}, which the program has replaced or added`,
  ];

  test.each<[string, Sources, readonly string[]]>([
    ['one that is replaced', view('Math.hypot(3, 4)', 'Math.hypot = () => 55;'), uses('Math.hypot')],
    [
      'one that is added',
      view('[1].last()', 'Array.prototype.last = function () { return this.at(-1); };'),
      uses('Array.prototype.last'),
    ],
    ['one that compute does not use', view('Math.sqrt(4)', 'Math.hypot = () => 55;'), []],
    ['none', view('Math.hypot(3, 4)'), []],
  ])('%s', async (_what, sources, expected) => {
    expect(problemsOf(await load(sources))).toEqual(expected);
  });
});

test('a getter is not called to be compared', async () => {
  const before = "const C = { p: 1, get g() { throw new Error('read'); } };";
  expect(problemsOf(await load(view('C.p', before)))).toEqual([]);
});

test('constants that take longer than constantsMs are given up', () => {
  expect(constantsMs).toBe(60_000);
  const endless = '// qmtl\n({}) => { for (;;) {} }';
  expect(constantsAtOnce([{ text: endless }], 300)).toBeUndefined();
  // The thread that did not answer is not given to the next one.
  const values = [
    { shape: ['', 1], hidden: [] },
    { shape: ['', 'text', 'a'], hidden: [] },
  ];
  const computed = { kind: 'computed', values, shared: [], renewed: [] };
  expect(constantsAtOnce([{ text: '() => [[1, "a"], [], [], []]' }])).toEqual([computed]);
});
