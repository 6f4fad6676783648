import { expect, test } from 'vitest';
import { codeOf, findingsOf, type Refusal, view } from './code-fixture.js';

/** Impurities that the source shows; tests/sdk/realm/clock-and-locale.test.ts and code-text.test.ts execute the others. */
const impurities: Record<string, Refusal> = {
  'Date.now': [view('Date.now()'), 'main.ts:2:34 E_IMPURE_COMPUTE uses Date.now (the clock)'],
  'new Date without a time': [
    view('new Date().getTime()'),
    'main.ts:2:38 E_IMPURE_COMPUTE uses the clock: Date without a time',
  ],
  performance: [view('performance.now()'), 'main.ts:2:34 E_IMPURE_COMPUTE uses performance.now (the clock)'],
  'Math.random': [view('Math.random()'), 'main.ts:2:34 E_IMPURE_COMPUTE uses Math.random (randomness)'],
  'Math.random by text': [
    view("Math['random']()"),
    'main.ts:2:34 E_IMPURE_COMPUTE uses Math.random (randomness)',
  ],
  crypto: [
    view('crypto.randomUUID().length'),
    'main.ts:2:34 E_IMPURE_COMPUTE uses crypto.randomUUID (randomness)',
  ],
  fetch: [view("fetch('http://x')"), 'main.ts:2:34 E_IMPURE_COMPUTE uses fetch (the network)'],
  WebSocket: [view("new WebSocket('ws://x')"), 'main.ts:2:38 E_IMPURE_COMPUTE uses WebSocket (the network)'],
  'node:net': [
    view('connect(1)', "import { connect } from 'node:net';"),
    'main.ts:2:34 E_IMPURE_COMPUTE uses connect of the module node:net',
  ],
  'fs without its prefix': [
    view("fs.readFileSync('x')", "import fs from 'fs';"),
    'main.ts:2:34 E_IMPURE_COMPUTE uses fs of the module fs',
  ],
  'the environment': [view('process.env.K'), 'main.ts:2:34 E_IMPURE_COMPUTE uses process.env (the process)'],
  'an initialiser that reads the environment': [
    view('K', 'const K = Number(process.env.K);'),
    'main.ts:1:18 E_IMPURE_COMPUTE uses process.env (the process)',
  ],
  'an initialiser that reads the clock': [
    view('K', 'const K = Date.now();'),
    'main.ts:1:11 E_IMPURE_COMPUTE uses Date.now (the clock)',
  ],
  globalThis: [
    view('globalThis.Math.random()'),
    'main.ts:2:34 E_IMPURE_COMPUTE uses globalThis.Math (every global)',
  ],
  eval: [view("eval('1')"), 'main.ts:2:34 E_IMPURE_COMPUTE uses eval (code generated at run time)'],
  Function: [
    view("new Function('return 1')()"),
    'main.ts:2:38 E_IMPURE_COMPUTE uses Function (code generated at run time)',
  ],
  timers: [view('setTimeout(() => 1, 1)'), 'main.ts:2:34 E_IMPURE_COMPUTE uses setTimeout (a timer)'],
  console: [view('console.log(1)'), 'main.ts:2:34 E_IMPURE_COMPUTE uses console.log (the console)'],
  'an async function': [
    'export const compute = async (view) => 1;',
    'main.ts:1:24 E_IMPURE_COMPUTE is an async function',
  ],
  await: [
    'export const compute = async (view) => { await view.a; };',
    'main.ts:1:24 E_IMPURE_COMPUTE is an async function',
    'main.ts:1:42 E_IMPURE_COMPUTE uses await',
  ],
  'import()': [view("import('./x.js')"), 'main.ts:2:34 E_IMPURE_COMPUTE uses import()'],
  'import.meta': [view('import.meta.url.length'), 'main.ts:2:34 E_IMPURE_COMPUTE uses import.meta'],
  'a helper in another file': [
    {
      'main.ts': view('noisy(view.a)', 'import { noisy } from "./noise.js";'),
      'noise.ts': 'export function noisy(x: number) {\n  return x + Math.random();\n}',
    },
    'noise.ts:2:14 E_IMPURE_COMPUTE uses Math.random (randomness)',
  ],
  'Date as a function': [
    view('Date().length'),
    'main.ts:2:34 E_IMPURE_COMPUTE uses the clock: Date without a time',
  ],
  'arguments of an arrow function': [
    view('arguments.length'),
    'main.ts:2:34 E_IMPURE_COMPUTE uses arguments, which is neither declared in the project nor a known pure global',
  ],
  'this outside of a function': [view('this.k'), 'main.ts:2:34 E_CAPTURE uses this'],
  'the instance around it': [
    'class A { k = 2; make() { return { compute: (view) => this.k }; } }',
    'main.ts:1:55 E_CAPTURE uses this',
  ],
  'a private member of a class around it': [
    'class A { #k = 2; make(a) { return { compute: (view) => view.a.#k }; } }',
    'main.ts:1:64 E_CAPTURE uses a private member of a class around it',
  ],
  'the super class around it': [
    'class A extends Array { make() { return { compute: (view) => super.length }; } }',
    'main.ts:1:62 E_CAPTURE uses super',
  ],
  'the name of a function': [
    view('f.name.length', 'function f() {}'),
    'main.ts:2:34 E_IMPURE_COMPUTE reads the name of the function f, which is not part of its meaning',
  ],
  'the name of a class': [
    view('A.name.length', 'class A {}'),
    'main.ts:2:34 E_IMPURE_COMPUTE reads the name of the class A, which is not part of its meaning',
  ],
  'the name of a function in a constant': [
    view('f.name.length', 'const f = (x) => x;'),
    'main.ts:2:34 E_IMPURE_COMPUTE reads the name of the function f, which is not part of its meaning',
  ],
  'the name of a function by another name': [
    view('{ const h = f; return h.name.length; }', 'function g() {} const f = g;'),
    'main.ts:2:56 E_IMPURE_COMPUTE reads the name of the function h, which is not part of its meaning',
  ],
  'the name of a class expression': [
    view('A.name.length', 'const A = class {};'),
    'main.ts:2:34 E_IMPURE_COMPUTE reads the name of the class A, which is not part of its meaning',
  ],
  'the name of the class of an object': [
    view('new A().constructor.name.length', 'class A {}'),
    'main.ts:2:34 E_IMPURE_COMPUTE reads the name of the class of an object, which is not part of its meaning',
  ],
  'the name of the class of a static method': [
    view('A.label()', 'class A { static label() { return this.name.length; } }'),
    'main.ts:1:35 E_IMPURE_COMPUTE reads the name of its own class, which is not part of its meaning',
  ],
  'the name of the class that is created': [
    view('new A().n', 'class A { constructor() { this.n = new.target.name.length; } }'),
    'main.ts:1:36 E_IMPURE_COMPUTE reads the name of the class that is created, which is not part of its meaning',
  ],
  decorators: [
    view('new A().f()', 'const d = (f) => f; class A { @d f() { return 1; } }'),
    'main.ts:1:31 E_IMPURE_COMPUTE uses decorators',
  ],
  'decorators of a parameter': [
    view('new A(1).x', 'const d = () => {}; class A { constructor(@d x) { this.x = x; } }'),
    'main.ts:1:46 E_IMPURE_COMPUTE uses decorators',
  ],
  'decorators of a parameter that is a field': [
    view('new A(1).x', 'const d = () => {}; class A { constructor(@d readonly x) {} }'),
    'main.ts:1:43 E_IMPURE_COMPUTE uses decorators',
  ],
  'an accessor field': [
    view('new A().f', 'class A { accessor f = 1; }'),
    'main.ts:1:11 E_IMPURE_COMPUTE uses an accessor field',
  ],
  debugger: [view('{ debugger; return 1; }'), 'main.ts:2:36 E_IMPURE_COMPUTE uses debugger'],
  'a helper that is an async function': [
    view('f().a', 'async function f() {}'),
    'main.ts:1:1 E_IMPURE_COMPUTE is an async function',
  ],
  'the places of code': [
    view('{ Error.captureStackTrace({}); return Error.stackTraceLimit; }'),
    'main.ts:2:36 E_IMPURE_COMPUTE uses Error.captureStackTrace (the places of code)',
    'main.ts:2:72 E_IMPURE_COMPUTE uses Error.stackTraceLimit (the places of code)',
  ],
  Proxy: [
    view('new Proxy({}, {}).a'),
    'main.ts:2:38 E_IMPURE_COMPUTE uses Proxy (objects that cannot be frozen)',
  ],
  Intl: [
    view('new Intl.NumberFormat().format(1)'),
    'main.ts:2:38 E_IMPURE_COMPUTE uses Intl.NumberFormat (the locale of the machine)',
  ],
  WeakRef: [
    view('new WeakRef({}).deref()'),
    'main.ts:2:38 E_IMPURE_COMPUTE uses WeakRef (the garbage collector)',
  ],
  'several at once': [
    view('Math.random() + Date.now() + K', 'let K = 1; K = 2;'),
    'main.ts:2:34 E_IMPURE_COMPUTE uses Math.random (randomness)',
    'main.ts:2:50 E_IMPURE_COMPUTE uses Date.now (the clock)',
    'main.ts:2:63 E_CAPTURE captures K, a let variable that is assigned again',
  ],
};

test.each(Object.entries(impurities))('compute is refused for using %s', (_name, [sources, ...expected]) => {
  expect(findingsOf(sources)).toEqual(expected);
  for (const { hint } of codeOf(sources).findings) expect(hint).not.toBe('');
});
