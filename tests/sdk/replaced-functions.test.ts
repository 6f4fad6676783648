import { describe, expect, test } from 'vitest';
import { SharedReferents, sharedMax } from '../../sdk/realm/shared-referents.js';
import { type Sources, view } from './code/code-fixture.js';
import { differs, load, problemsOf } from './comparison-fixture.js';

describe('a function that the program puts in the place of another', () => {
  const table = 'const C = { f: (n) => n, g: (n) => n + 1 };';
  const cases: Record<string, readonly [Sources, string]> = {
    'from the same file': [
      view('C.f(1)', `${table} const put = [(o) => { [o.f, o.g] = [o.g, o.f]; }]; put[0](C);`),
      differs('C', 'C.f is the function at main.ts:1:29'),
    ],
    'from another file': [
      {
        'main.ts': view('C.f(1)', 'import { C } from "./c.js"; import "./setup.js";'),
        'c.ts': 'export const C = { f: (n) => n };',
        'setup.ts': 'import { C } from "./c.js";\nconst put = [(o) => { o.f = (n) => n + 1; }]; put[0](C);',
      },
      differs('C', 'C.f is the function at setup.ts'),
    ],
    'as a method': [
      view(
        'c.f(1)',
        'class A { f(n) { return n; } } class B { f(n) { return n + 1; } } const put = [(o) => { o.f = B.prototype.f; }]; put[0](A.prototype); const c = new A();',
      ),
      differs('c', 'c.f is the function at main.ts:1:43'),
    ],
    'as a setter': [
      view(
        'C.g',
        "class A { set f(n) {} } const put = [(o) => Reflect.defineProperty(o, 'f', { set(n) {} })]; put[0](A.prototype); const C = new A();",
      ),
      differs('C', 'C.f is the function at main.ts:1:81'),
    ],
    'as the class that a class extends': [
      view(
        'T.f(1)',
        'class A { static f(n) { return n; } } class B { static f(n) { return n + 1; } } class T extends A {} const put = [(o) => Reflect.setPrototypeOf(o, B)]; put[0](T);',
      ),
      differs(
        'T',
        'T.prototype is an object in the program, and an object by its source: "another constructor" and "the constructor 1"',
      ),
    ],
    'bound to an argument': [
      view(
        'C.f(1)',
        'const add = (n, m) => n; const C = { f: (n) => n }; const put = [(o) => { o.f = add.bind(null, 1); }]; put[0](C);',
      ),
      differs('C', 'C.f is a bound function'),
    ],
    'in place of a bound one': [
      view(
        'C.f(1)',
        'const add = (n, m) => n; const C = { f: add.bind(null, 1) }; const put = [(o) => { o.f = add; }]; put[0](C);',
      ),
      differs('C', 'C.f is another function'),
    ],
    'that the language has': [
      view('C.f(1)', 'const C = { f: (n) => n }; const put = [(o) => { o.f = Math.floor; }]; put[0](C);'),
      differs('C', 'C.f is Math.floor of the language in the program, and a function by its source'),
    ],
    'in a variable of a closure': [
      view(
        'c.get(1)',
        'const fs = [(n) => n, (n) => n + 1]; const c = (() => { let [f] = fs; return { get: (n) => f(n), put: () => { f = fs[1]; } }; })(); [c].map((o) => o.put());',
      ),
      differs('c', 'a function that c keeps is the function at main.ts:1:23'),
    ],
  };

  test.each(Object.entries(cases))('%s', async (_name, [sources, expected]) => {
    expect(problemsOf(await load(sources))[0]).toBe(expected);
  });

  test('bound to another argument', async () => {
    const before =
      'const add = (n, m) => n; const C = { f: add.bind(null, 1) }; const put = [(o) => { o.f = add.bind(null, 2); }]; put[0](C);';
    expect(problemsOf(await load(view('C.f(1)', before)))[0]).toContain('keeps other variables');
  });

  test.each<[string, string]>([
    ['curried arrows', 'const C = { f: () => (n: number) => n * 2, g: () => () => () => 5 };'],
    [
      'classes with private members that extend another',
      'class A {} class C extends A { #n = 1; static f() { return () => 1; } }',
    ],
    [
      'classes that extend one of the language',
      'class C extends Map { #n = 1; static f() { return () => 1; } }',
    ],
    [
      'instances with private functions',
      'class A { #f = (n: number) => n; #g() { return this.#f; } f() { return () => this.#g()(1); } } const C = new A();',
    ],
    [
      'lists with private members',
      'class L extends Array { #n = 1; f() { return () => this.#n; } } const C = new L();',
    ],
    [
      'a map with its own way of iterating',
      "class M extends Map { values() { throw new Error('read'); } f() { return () => 1; } } const C = new M([['a', 1]]);",
    ],
    [
      'a map with functions as keys',
      "class K { static toString() { throw new Error('read'); } } const m = new Map([[K, 1]]); const C = { m, f: () => () => m.size };",
    ],
  ])('%s are not refused', async (_name, before) => {
    expect(problemsOf(await load(view('C.f()(1)', before)))).toEqual([]);
  });

  test.each<[string, string, string]>([
    [
      'a function around it',
      'C.f()',
      'const mk = () => () => 5; const C = { f: mk() }; const put = [(o) => { o.f = mk; }]; put[0](C);',
    ],
    [
      'what holds a member',
      'Object.keys(C.a).length',
      'const C = { a: {}, b: 1 }; const put = [(o) => { o.a.b = o.b; delete o.b; }]; put[0](C);',
    ],
    [
      'what holds an entry',
      'C.size',
      "const C = new Map([['a', new Map()], ['b', 1]]); const put = [(o) => { o.get('a').set('b', 1); o.delete('b'); }]; put[0](C);",
    ],
    [
      'a constructor that is a member',
      'C.constructor',
      'const C = { constructor: 1 }; const put = [(o) => { o.constructor = 2; }]; put[0](C);',
    ],
    [
      'the class of an instance',
      'Number(C.x instanceof A)',
      'class A {} class B {} const C = { x: new A() }; const put = [(o) => { o.x = new B(); }]; put[0](C);',
    ],
    [
      'a static member of the name length',
      'C.length',
      'class C { static length = 3; } const put = [(o) => { o.length = 4; }]; put[0](C);',
    ],
    [
      'whether a getter is listed',
      'Object.keys(C).length',
      "const C = { get a() { return 1; }, b: 1 }; const put = [(o) => Object.defineProperty(o, 'a', { enumerable: false })]; put[0](C);",
    ],
    [
      'a getter that became a member',
      'Number(C.a === 1)',
      "const C = { get a() { return 1; } }; const put = [(o) => { const { get } = Object.getOwnPropertyDescriptor(o, 'a'); Object.defineProperty(o, 'a', { value: get, enumerable: true }); }]; put[0](C);",
    ],
    [
      'an element of a typed array with its own way of iterating',
      'C[1]',
      'class T extends Float64Array { *[Symbol.iterator]() {} } const C = new T([1, 2]); const put = [(o) => { o[1] = 5; }]; put[0](C);',
    ],
    [
      'a private function',
      'C.f(1)',
      'const fs = [(n) => n, (n) => n + 1]; class A { #f = fs[0]; f(n) { return this.#f(n); } put() { this.#f = fs[1]; } } const C = new A(); [C].map((o) => o.put());',
    ],
    [
      'a private member of a list',
      'C.f()',
      'class L extends Array { #n = 0; f() { return this.#n; } put() { this.#n = 1; } } const C = new L(); [C].map((o) => o.put());',
    ],
    [
      'a private number and its text',
      'Number(C.f() === "NaN")',
      "class A { #n = NaN; f() { return this.#n; } put() { this.#n = 'NaN'; } } const C = new A(); [C].map((o) => o.put());",
    ],
  ])('%s is seen', async (_name, used, before) => {
    expect(problemsOf(await load(view(used, before)))[0]).toMatch(/^E_CAPTURE .* captures C,/);
  });

  test('a list of any length in code has a shape', async () => {
    const before = `const C = { f: () => [${'[0, 0.5], '.repeat(70_000)}] };`;
    expect(problemsOf(await load(view('C.f().length', before)))).toEqual([]);
  });

  test('made again by the same code is the same', async () => {
    const before =
      'const make = () => (n) => n; const C = { f: make() }; const put = [(o) => { o.f = make(); }]; put[0](C);';
    expect(problemsOf(await load(view('C.f(1)', before)))).toEqual([]);
  });
});

describe('equal constants that the program puts in the place of one another', () => {
  const cases: Record<string, string> = {
    objects: 'const a = { n: 1 }; const b = { n: 1 };',
    symbols: "const a = Symbol('k'); const b = Symbol('k');",
    functions: 'const make = () => (n) => n; const a = make(); const b = make();',
  };

  test.each(Object.entries(cases))('%s', async (_name, made) => {
    const put = 'const C = { is: a }; const put = [(o) => { o.is = b; }]; put[0](C);';
    const says = 'which has other objects in common with';
    const [problem] = problemsOf(
      await load(view('Number(C.is === a) + Number(C.is === b)', `${made} ${put}`)),
    );
    expect(problem).toContain(says);
    expect(problemsOf(await load(view('Number(C.is === a)', `${made} const C = { is: a };`)))).toEqual([]);
  });

  test('up to sharedMax of them', () => {
    expect(sharedMax).toBe(10_000);
    const objects = Array.from({ length: sharedMax + 1 }, () => ({}));
    const referents = new SharedReferents();
    for (const value of [0, 1]) objects.forEach(referents.of(value));
    expect(referents.shared).toHaveLength(sharedMax);
    expect(referents.shared.at(-1)).toEqual([1, sharedMax - 1, 0, sharedMax - 1]);
  });
});
