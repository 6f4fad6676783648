import { expect, test } from 'vitest';
import { codeOf, findingsOf, type Refusal, view } from './code-fixture.js';

const impurities: Record<string, Refusal> = {
  'Date.now': [view('Date.now()'), 'main.ts:2:34 E_IMPURE_COMPUTE uses Date.now (the clock)'],
  'new Date without a time': [
    view('new Date().getTime()'),
    'main.ts:2:34 E_IMPURE_COMPUTE uses new Date (the clock or the time zone of the machine)',
  ],
  'new Date of a text': [
    view("new Date('2020-01-01 10:00').getTime()"),
    'main.ts:2:34 E_IMPURE_COMPUTE uses new Date (the clock or the time zone of the machine)',
  ],
  'the local time zone': [
    view('new Date(view.time).getHours()'),
    'main.ts:2:34 E_IMPURE_COMPUTE uses .getHours (the time zone of the machine)',
  ],
  performance: [view('performance.now()'), 'main.ts:2:34 E_IMPURE_COMPUTE uses performance.now (the clock)'],
  'Math.random': [view('Math.random()'), 'main.ts:2:34 E_IMPURE_COMPUTE uses Math.random (randomness)'],
  'Math.random by text': [
    view("Math['random']()"),
    'main.ts:2:34 E_IMPURE_COMPUTE uses Math.random (randomness)',
  ],
  'Math by a computed name': [
    view('Math[view.a]()'),
    'main.ts:2:34 E_IMPURE_COMPUTE uses Math, which is not one of the pure members of Math',
  ],
  'a destructured Math': [
    view('{ const { random } = Math; return random(); }'),
    'main.ts:2:55 E_IMPURE_COMPUTE uses Math, which is not one of the pure members of Math',
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
  'the constructor of a function': [
    view("(() => 1).constructor('return 1')()"),
    'main.ts:2:34 E_IMPURE_COMPUTE uses .constructor (the internals of other objects)',
  ],
  timers: [view('setTimeout(() => 1, 1)'), 'main.ts:2:34 E_IMPURE_COMPUTE uses setTimeout (a timer)'],
  console: [view('console.log(1)'), 'main.ts:2:34 E_IMPURE_COMPUTE uses console.log (the console)'],
  'the locale': [
    view("'a'.localeCompare('b')"),
    'main.ts:2:34 E_IMPURE_COMPUTE uses .localeCompare (the locale of the machine)',
  ],
  'an async function': [
    'export const compute = async (view) => 1;',
    'main.ts:1:24 E_IMPURE_COMPUTE is an async function',
  ],
  await: [
    'export const compute = async (view) => { await view.a; };',
    'main.ts:1:24 E_IMPURE_COMPUTE is an async function',
    'main.ts:1:42 E_IMPURE_COMPUTE uses await',
  ],
  'a generator': [
    'export function* compute(view) { yield 1; }',
    'main.ts:1:8 E_IMPURE_COMPUTE is a generator function',
    'main.ts:1:34 E_IMPURE_COMPUTE uses yield',
  ],
  'import()': [view("import('./x.js')"), 'main.ts:2:34 E_IMPURE_COMPUTE uses import()'],
  'import.meta': [view('import.meta.url.length'), 'main.ts:2:34 E_IMPURE_COMPUTE uses import.meta'],
  'this of an object': [
    view('o.f()', 'const o = { k: 1, f() { return this.k; } };'),
    'main.ts:1:32 E_IMPURE_COMPUTE uses this',
  ],
  'this of a class': [
    view('A.f()', 'class A { static f() { return this; } }'),
    'main.ts:1:31 E_IMPURE_COMPUTE uses this',
  ],
  arguments: [
    'export function compute() { return arguments[0]; }',
    'main.ts:1:36 E_IMPURE_COMPUTE uses arguments, which is neither declared in the project nor a known pure global',
  ],
  'a helper in another file': [
    {
      'main.ts': view('noisy(view.a)', 'import { noisy } from "./noise.js";'),
      'noise.ts': 'export function noisy(x: number) {\n  return x + Math.random();\n}',
    },
    'noise.ts:2:14 E_IMPURE_COMPUTE uses Math.random (randomness)',
  ],
  'several at once': [
    view('Math.random() + Date.now() + K', 'let K = 1;'),
    'main.ts:2:63 E_CAPTURE captures K, a let variable, which can change',
    'main.ts:2:34 E_IMPURE_COMPUTE uses Math.random (randomness)',
    'main.ts:2:50 E_IMPURE_COMPUTE uses Date.now (the clock)',
  ],
};

test.each(Object.entries(impurities))('compute is refused for using %s', (_name, [sources, ...expected]) => {
  expect(findingsOf(sources)).toEqual(expected);
  for (const { hint } of codeOf(sources).findings) expect(hint).not.toBe('');
});
