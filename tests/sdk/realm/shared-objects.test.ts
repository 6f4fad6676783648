import { expect, test } from 'vitest';
import { view } from '../code/code-fixture.js';
import { always, type Cases, execute } from './execution.js';

/** Objects that all bars share. */
const refused: Cases = {
  'a field of Object.prototype': [
    view('{ Object.prototype.k = 1; return 1; }'),
    'main.ts:2:36 TypeError: Cannot add property k, object is not extensible',
  ],
  'a field of Array.prototype': [
    view('{ Array.prototype.k = 1; return 1; }'),
    'main.ts:2:36 TypeError: Cannot add property k, object is not extensible',
  ],
  'a field of the prototype of functions': [
    view('{ Object.getPrototypeOf(() => 1).k = 1; return 1; }'),
    'main.ts:2:36 TypeError: Cannot add property k, object is not extensible',
  ],
  'a field of the prototype of generators': [
    view('{ Object.getPrototypeOf(function* () {}).k = 1; return 1; }'),
    'main.ts:2:36 TypeError: Cannot add property k, object is not extensible',
  ],
  'a field of the prototype of array iterators': [
    view('{ Object.getPrototypeOf([].values()).k = 1; return 1; }'),
    'main.ts:2:36 TypeError: Cannot add property k, object is not extensible',
  ],
  'a field of the prototype of map iterators': [
    view('{ Object.getPrototypeOf(new Map().keys()).k = 1; return 1; }'),
    'main.ts:2:36 TypeError: Cannot add property k, object is not extensible',
  ],
  'a field of the prototype of set iterators': [
    view('{ Object.getPrototypeOf(new Set().keys()).k = 1; return 1; }'),
    'main.ts:2:36 TypeError: Cannot add property k, object is not extensible',
  ],
  'a field of the prototype of text iterators': [
    view("{ Object.getPrototypeOf(''[Symbol.iterator]()).k = 1; return 1; }"),
    'main.ts:2:36 TypeError: Cannot add property k, object is not extensible',
  ],
  'a field of the prototype of regexp iterators': [
    view("{ Object.getPrototypeOf('a'.matchAll(/a/g)).k = 1; return 1; }"),
    'main.ts:2:36 TypeError: Cannot add property k, object is not extensible',
  ],
  'a field of the prototype of iterators': [
    view('{ Object.getPrototypeOf(Object.getPrototypeOf([].values())).k = 1; return 1; }'),
    'main.ts:2:36 TypeError: Cannot add property k, object is not extensible',
  ],
  'a field of a global function': [
    view('{ P.k = 1; return 1; }', 'const Q = { P: parseInt }; const { P } = Q;').replace(
      'P.k = 1',
      "Reflect.get({ P }, 'P').k = 1",
    ),
    'main.ts:2:36 TypeError: Cannot add property k, object is not extensible',
  ],
  'a field of Math': [
    view('{ const m = [Math][0]; m.k = 1; return 1; }'),
    'main.ts:2:57 TypeError: Cannot add property k, object is not extensible',
  ],
  'a field of JSON': [
    view('{ const m = [JSON][0]; m.k = 1; return 1; }'),
    'main.ts:2:57 TypeError: Cannot add property k, object is not extensible',
  ],
  'a static field of Array': [
    view('{ const m = [Array][0]; m.k = 1; return 1; }'),
    'main.ts:2:58 TypeError: Cannot add property k, object is not extensible',
  ],
  'a static field of Date': [
    view('{ const m = [Date][0]; m.k = 1; return 1; }'),
    'main.ts:2:57 TypeError: Cannot add property k, object is not extensible',
  ],
  'a static field of RegExp': [
    view('{ const m = [RegExp][0]; m.k = 1; return 1; }'),
    'main.ts:2:59 TypeError: Cannot add property k, object is not extensible',
  ],
  'a static field of Error': [
    view('{ const m = [Error][0]; m.k = 1; return 1; }'),
    'main.ts:2:58 TypeError: Cannot add property k, object is not extensible',
  ],
  'a method of Array that is replaced': [
    view('{ Array.prototype.push = () => 7; return [].push(1); }'),
    "main.ts:2:36 TypeError: Cannot assign to read only property 'push' of object '[object Array]'",
  ],
  'Object.assign to a prototype': [
    view('{ Object.assign(Array.prototype, { k: 1 }); return 1; }'),
    'main.ts:2:36 TypeError: Cannot add property k, object is not extensible',
  ],
  'Object.defineProperty of a prototype': [
    view("{ Object.defineProperty(Map.prototype, 'k', { value: 1 }); return 1; }"),
    'main.ts:2:36 TypeError: Cannot define property k, object is not extensible',
  ],
  'Object.setPrototypeOf of a prototype': [
    view('{ Object.setPrototypeOf(Array.prototype, {}); return 1; }'),
    'main.ts:2:36 TypeError: [object Array] is not extensible',
  ],
  'the prototype by __proto__': [
    view('{ [].__proto__.k = 1; return 1; }'),
    'main.ts:2:36 TypeError: Cannot add property k, object is not extensible',
  ],
  'the prototype of a prototype by __proto__': [
    view('{ Array.prototype.__proto__ = {}; return 1; }'),
    'main.ts:2:36 TypeError: [object Array] is not extensible',
  ],
  'a getter of a prototype by __defineGetter__': [
    view("{ Array.prototype.__defineGetter__('k', () => 1); return 1; }"),
    'main.ts:2:36 TypeError: Cannot define property k, object is not extensible',
  ],
  'a getter by its descriptor': [
    view("{ Object.getOwnPropertyDescriptor(RegExp.prototype, 'flags').get.k = 1; return 1; }"),
    'main.ts:2:36 TypeError: Cannot add property k, object is not extensible',
  ],
  'constructor of Object.prototype': [
    view('{ Object.prototype.constructor = 1; return 1; }'),
    'main.ts:2:36 TypeError: constructor belongs to the language and cannot be changed',
  ],
  'toString of Object.prototype': [
    view("{ Object.prototype.toString = () => 'x'; return 1; }"),
    'main.ts:2:36 TypeError: toString belongs to the language and cannot be changed',
  ],
  'the name of Error.prototype': [
    view("{ Error.prototype.name = 'x'; return 1; }"),
    'main.ts:2:36 TypeError: name belongs to the language and cannot be changed',
  ],
  'reduce with Object.assign onto a prototype': [
    view('{ [{ k: 1 }].reduce(Object.assign, Array.prototype); return 1; }'),
    'main.ts:2:36 TypeError: Cannot add property k, object is not extensible',
  ],
  'reduce with Object.assign onto a constant': [
    view('{ [{ k: 1 }].reduce(Object.assign, S); return S.k; }', 'const S = {};'),
    'main.ts:2:36 TypeError: Cannot add property k, object is not extensible',
  ],
  'a callback with a constant as this': [
    view('{ [1].forEach(function (x) { this.k = x; }, S); return S.k; }', 'const S = {};'),
    'main.ts:2:63 TypeError: Cannot add property k, object is not extensible',
  ],
  'map with Map.prototype.set': [
    view('{ [1].forEach(Map.prototype.set, M); return M.size; }', 'const M = new Map();'),
    'main.ts:2:36 TypeError: cannot change a Map that is frozen',
  ],
  'a bound push': [
    view('{ push(1); return T.length; }', 'const T = []; const push = [].push.bind(T);'),
    'main.ts:2:36 TypeError: Cannot add property 0, object is not extensible',
  ],
  'Array.prototype.push.apply of a constant': [
    view('{ [].push.apply(T, [1]); return T.length; }', 'const T = [];'),
    'main.ts:2:36 TypeError: Cannot add property 0, object is not extensible',
  ],
  'a setter of a constant': [
    view(
      '{ S.set(view.time); return S.get(); }',
      'const S = { n: 0, set(x) { this.n = x; }, get() { return this.n; } };',
    ),
    "main.ts:1:28 TypeError: Cannot assign to read only property 'n' of object '[object Object]'",
  ],
  'a getter that keeps a value': [
    view('S.next', 'const S = { n: 0, get next() { return ++this.n; } };'),
    "main.ts:1:41 TypeError: Cannot assign to read only property 'n' of object '[object Object]'",
  ],
  'a key of a constant by its symbol': [
    view('{ S[K] = 1; return 1; }', 'const K = Symbol(); const R = [{}]; const [S] = R;').replace(
      'S[K] = 1',
      'Object.assign(S, { [K]: 1 })',
    ),
    'main.ts:2:36 TypeError: Cannot add property Symbol(), object is not extensible',
  ],
  'a frozen object in a map': [
    view('{ M.get(1).k = 2; return 1; }', 'const M = new Map([[1, {}]]);').replace(
      'M.get(1).k = 2',
      'const o = M.get(1); o.k = 2',
    ),
    'main.ts:2:56 TypeError: Cannot add property k, object is not extensible',
  ],
  'an object in a set': [
    view('{ for (const o of M) o.k = 2; return 1; }', 'const M = new Set([{}]);'),
    'main.ts:2:55 TypeError: Cannot add property k, object is not extensible',
  ],
  'a key object of a map': [
    view('{ for (const [o] of M) o.k = 2; return 1; }', 'const M = new Map([[{}, 1]]);'),
    'main.ts:2:57 TypeError: Cannot add property k, object is not extensible',
  ],
  'a class with a static field through this': [
    view('A.next()', 'class A { static n = 0; static next() { return ++this.n; } }'),
    "main.ts:1:50 TypeError: Cannot assign to read only property 'n' of function 'class {\\n    static n = 0;\\n    static next() {\\n      return ++this.n;\\n    }\\n  }'",
  ],
  'a static field by a static block': [
    view('A.next()', 'class A { static s = { n: 0 }; static next() { return ++this.s.n; } }'),
    "main.ts:1:57 TypeError: Cannot assign to read only property 'n' of object '[object Object]'",
  ],
  'a field of a prototype of a class': [
    view('{ const p = Object.getPrototypeOf(new A()); p.n = 1; return 1; }', 'class A {}'),
    'main.ts:2:78 TypeError: Cannot add property n, object is not extensible',
  ],
  'a field of a function': [
    view('{ const g = [f][0]; g.n = 1; return 1; }', 'function f() {}'),
    'main.ts:2:54 TypeError: Cannot add property n, object is not extensible',
  ],
  'the prototype of a function': [
    view('{ const g = [f][0].prototype; g.n = 1; return 1; }', 'function f() {}'),
    'main.ts:2:64 TypeError: Cannot add property n, object is not extensible',
  ],
  'a field of an arrow function': [
    view('{ const g = [f][0]; g.n = 1; return 1; }', 'const f = () => 1;'),
    'main.ts:2:54 TypeError: Cannot add property n, object is not extensible',
  ],
  'a field of compute': [
    view('{ const g = [compute][0]; g.n = (g.n ?? 0) + 1; return g.n; }'),
    'main.ts:2:60 TypeError: Cannot add property n, object is not extensible',
  ],
  'a field of an enum': [
    view('{ const g = [E][0]; g.A = 5; return E.A; }', 'enum E { A }'),
    "main.ts:2:54 TypeError: Cannot assign to read only property 'A' of object '[object Object]'",
  ],
  'a member of a JSON file': [
    {
      'main.ts': view(
        '{ const g = [t][0]; g.k = 5; return t.k; }',
        "import t from './t.json' with { type: 'json' };",
      ),
      't.json': '{"k":1}',
    },
    "main.ts:2:54 TypeError: Cannot assign to read only property 'k' of object '[object Object]'",
  ],
  'a namespace': [
    {
      'main.ts': view('{ const g = [k][0]; g.a = 5; return k.a; }', "import * as k from './k.js';"),
      'k.ts': 'export const a = 1;',
    },
    'main.ts:2:54 TypeError: Cannot set property a of [object Object] which has only a getter',
  ],
  'the template object of a tag': [
    view('{ const s = tag`x`; s.n = 1; return 1; }', 'const tag = (s) => s;'),
    'main.ts:2:54 TypeError: Cannot add property n, object is not extensible',
  ],
  'the raw texts of a template object': [
    view('{ const s = tag`x`; s.raw.n = 1; return 1; }', 'const tag = (s) => s;'),
    'main.ts:2:54 TypeError: Cannot add property n, object is not extensible',
  ],
  'the species of an array': [
    view('{ Object.defineProperty(Array, Symbol.species, { value: Map }); return 1; }'),
    'main.ts:2:36 TypeError: Cannot redefine property: Symbol(Symbol.species)',
  ],
  'the registry of symbols': [
    view("{ Symbol.for('k').k = 1; return 1; }"),
    "main.ts:2:36 TypeError: Cannot create property 'k' on symbol 'Symbol(k)'",
  ],
  'the buffer of a typed array': [
    view('new Float64Array(1).buffer.byteLength'),
    'main.ts:2:34 TypeError: the buffer of a typed array is not available to compute: create an ArrayBuffer, and read it through a DataView',
  ],
  'the buffer by the prototype': [
    view(
      "Reflect.get(Object.getPrototypeOf(Float64Array.prototype), 'buffer', new Float64Array(1)).byteLength",
    ),
    'main.ts:2:34 TypeError: the buffer of a typed array is not available to compute: create an ArrayBuffer, and read it through a DataView',
  ],
};

test.each(Object.entries(refused))('compute fails when it changes %s', async (_name, [sources, expected]) => {
  expect(await execute(sources)).toEqual(expected);
});

/** Attempts that report their failure by their result. */
const ineffective: Cases = {
  'Reflect.set of a prototype': [view("Reflect.set(Array.prototype, 'k', 1) ? 1 : 0"), always(0)],
  'Reflect.defineProperty of a prototype': [
    view("Reflect.defineProperty(Array.prototype, 'k', { value: 1 }) ? 1 : 0"),
    always(0),
  ],
  'Reflect.setPrototypeOf of a prototype': [
    view('Reflect.setPrototypeOf(Array.prototype, {}) ? 1 : 0'),
    always(0),
  ],
  'Reflect.set with a constant as receiver': [
    view("Reflect.set({}, 'k', 1, S) ? S.k : 0", 'const S = {};'),
    always(0),
  ],
  'a private member of a frozen instance': [
    view('a.next()', 'class A { #n = 0; next() { return ++this.#n; } } const a = Object.freeze(new A());'),
    always(1),
  ],
  'structuredClone with a transfer': [
    view('{ const b = new ArrayBuffer(8); structuredClone(b, { transfer: [b] }); return b.byteLength; }'),
    always(8),
  ],
  'the last match of RegExp': [
    view(
      "{ /a/.test('a'); const R = [RegExp][0]; return R.lastMatch === undefined && R.$1 === undefined && R['$&'] === undefined && R.input === undefined ? 1 : 2; }",
    ),
    always(1),
  ],
};

test.each(Object.entries(ineffective))(
  'compute changes nothing by %s',
  async (_name, [sources, expected]) => {
    expect(await execute(sources)).toEqual(expected);
  },
);
