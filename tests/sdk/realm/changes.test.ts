import { expect, test } from 'vitest';
import { view } from '../code/code-fixture.js';
import { always, type Cases, closes, execute } from './execution.js';

/** Changes of what is not its own, which the source does not show. */
const changes: Cases = {
  'a member of the view': [
    view('{ view.price = 1; return 1; }'),
    "main.ts:2:36 TypeError: Cannot assign to read only property 'price' of object '[object Object]'",
  ],
  'a part of the view': [
    view('{ view.price.close.length++; return 1; }'),
    "main.ts:2:36 TypeError: Cannot assign to read only property 'length' of object '[object Object]'",
  ],
  'the view by delete': [
    view('{ delete view.price; return 1; }'),
    "main.ts:2:36 TypeError: Cannot delete property 'price' of [object Object]",
  ],
  'the view by Object.assign': [
    view('{ Object.assign(view, { price: 1 }); return 1; }'),
    "main.ts:2:36 TypeError: Cannot assign to read only property 'price' of object '[object Object]'",
  ],
  'the view by a method': [
    view('view.price.close.sort()[0]'),
    'main.ts:2:34 TypeError: v1.price.close.sort is not a function',
  ],
  'the view by a tagged template': [
    view('view.price.close.push`x`'),
    'main.ts:2:34 TypeError: v1.price.close.push is not a function',
  ],
  'the view by a pattern': [
    view('{ [view.price] = [1]; return 1; }'),
    "main.ts:2:37 TypeError: Cannot assign to read only property 'price' of object '[object Object]'",
  ],
  'the view by a loop': [
    view('{ for (view.price of [1]); return 1; }'),
    "main.ts:2:41 TypeError: Cannot assign to read only property 'price' of object '[object Object]'",
  ],
  'the view through another name': [
    view('{ const a = view.price; a.k = 1; return 1; }'),
    'main.ts:2:58 TypeError: Cannot add property k, object is not extensible',
  ],
  'the view through a pattern': [
    view('{ const { params } = view; params.k = 1; return 1; }'),
    'main.ts:2:61 TypeError: Cannot add property k, object is not extensible',
  ],
  'the view in a helper': [
    view('f(view.params)', 'const f = (xs) => { xs.k = 1; return 1; };'),
    'main.ts:1:21 TypeError: Cannot add property k, object is not extensible',
  ],
  'an element that is not its own': [
    view('{ const xs = [view.price.close]; xs[0].length = 1; return 1; }'),
    "main.ts:2:67 TypeError: Cannot assign to read only property 'length' of object '[object Object]'",
  ],
  'a number of the window': [
    view('{ const xs = [...view.price.close]; xs[0].k = 1; return 1; }'),
    "main.ts:2:70 TypeError: Cannot create property 'k' on number '1'",
  ],
  'a part that was stored in its own object': [
    view('{ const o = { xs: [] }; o.xs = view.price; o.xs.close = 1; return 1; }'),
    "main.ts:2:77 TypeError: Cannot assign to read only property 'close' of object '[object Object]'",
  ],
  'the prototype of a column': [
    view('{ Object.getPrototypeOf(view.price.close).at = () => 1; return 1; }'),
    "main.ts:2:36 TypeError: Cannot assign to read only property 'at' of object '[object Object]'",
  ],
  'the class of a column': [
    view('{ view.price.close.constructor.k = 1; return 1; }'),
    'main.ts:2:36 TypeError: Cannot add property k, object is not extensible',
  ],
  'a captured map': [
    view('M.set(1, 2).size', 'const M = Object(new Map());'),
    'main.ts:2:34 TypeError: cannot change a Map that is frozen',
  ],
  'a captured set': [
    view('M.add(1).size', 'const M = Object(new Set());'),
    'main.ts:2:34 TypeError: cannot change a Set that is frozen',
  ],
  'a captured map by delete': [
    view('M.delete(1) ? 1 : 0', 'const M = Object(new Map([[1, 2]]));'),
    'main.ts:2:34 TypeError: cannot change a Map that is frozen',
  ],
  'a captured map by clear': [
    view('{ M.clear(); return 1; }', 'const M = Object(new Map([[1, 2]]));'),
    'main.ts:2:36 TypeError: cannot change a Map that is frozen',
  ],
  'a captured map by call': [
    view('{ Map.prototype.set.call(M, 1, 2); return 1; }', 'const M = new Map([[1, 2]]);'),
    'main.ts:2:36 TypeError: cannot change a Map that is frozen',
  ],
  'an imported map': [
    {
      'main.ts': view('M.set(1, 2).size', 'import { M } from "./m.js";'),
      'm.ts': 'export const M = new Map();',
    },
    'main.ts:2:34 TypeError: cannot change a Map that is frozen',
  ],
  'a captured array': [
    view('T.push(1)', 'const T = Object([]);'),
    'main.ts:2:34 TypeError: Cannot add property 0, object is not extensible',
  ],
  'a captured array by sort': [
    view('T.sort()[0]', 'const T = Object([2, 1]);'),
    "main.ts:2:34 TypeError: Cannot assign to read only property '0' of object '[object Array]'",
  ],
  'a nested array': [
    view('T.a[0].push(1)', 'const T = { a: [[]] };'),
    'main.ts:2:34 TypeError: Cannot add property 0, object is not extensible',
  ],
  'a captured date': [
    view('D.setUTCDate(3)', 'const D = new Date(0);'),
    'main.ts:2:34 TypeError: cannot change a Date that is frozen',
  ],
  'a captured instance by its method': [
    view('a.inc()', 'class A { n = 0; inc() { this.n += 1; return this.n; } } const a = new A();'),
    "main.ts:1:26 TypeError: Cannot assign to read only property 'n' of object '[object Object]'",
  ],
  'a static member through this': [
    view('A.inc()', 'class A { static s = [0]; static inc() { this.s[0] += 1; return 1; } }'),
    "main.ts:1:42 TypeError: Cannot assign to read only property '0' of object '[object Array]'",
  ],
  'a captured object through another name': [
    view('{ const o = S; o.n += 1; return o.n; }', 'const S = { n: 0 };'),
    "main.ts:2:49 TypeError: Cannot assign to read only property 'n' of object '[object Object]'",
  ],
};

test.each(Object.entries(changes))('compute fails when it changes %s', async (_name, [sources, expected]) => {
  expect(await execute(sources)).toEqual(expected);
});

/** Code that the analysis once refused, and that keeps nothing from bar to bar. */
const accepted: Cases = {
  'an instance that its method changes': [
    view('new A().inc()', 'class A { n = 0; inc() { this.n += 1; return this.n; } }'),
    always(1),
  ],
  'this of an object': [view('o.f()', 'const o = { k: 1, f() { return this.k; } };'), always(1)],
  'this of a class': [view('A.f() === A ? 1 : 0', 'class A { static f() { return this; } }'), always(1)],
  'arguments of a function': [
    'export function compute() { return arguments[0].price.close.at(-1); }',
    closes(),
  ],
  'a let variable that keeps its value': [view('K', 'let K = 2;'), always(2)],
  'a var variable that keeps its value': [view('K', 'var K = 2;'), always(2)],
  'a let variable of an imported file': [
    { 'main.ts': view('K', 'import { K } from "./k.js";'), 'k.ts': 'export let K = 2;' },
    always(2),
  ],
  'a whole module': [
    {
      'main.ts': view("k['abc'[view.time % 1]]", 'import * as k from "./k.js";'),
      'k.ts': 'export const a = 1;',
    },
    always(1),
  ],
  'an object created by a package': [
    {
      'main.ts': view(
        'random()',
        'import { seeded } from "rng"; const make = () => seeded(1); const random = make();',
      ),
      'node_modules/rng/package.json': '{"name":"rng","version":"1.0.0","type":"module","exports":"./i.js"}',
      'node_modules/rng/i.js':
        'export const seeded = (seed) => { let s = seed; return () => (s = (s * 16807) % 2147483647); };',
    },
    always(16807),
  ],
};

test.each(Object.entries(accepted))('compute may use %s', async (_name, [sources, expected]) => {
  expect(await execute(sources)).toEqual(expected);
});
