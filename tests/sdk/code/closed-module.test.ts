import { expect, test } from 'vitest';
import { closedModuleFault, helperNames } from '../../../sdk/code/closed-module.js';
import { isRealmGlobal } from '../../../sdk/code/known-globals.js';
import { moduleHead } from '../../../sdk/code/module-text.js';
import { moduleHelpers } from '../../../sdk/realm/module-helpers.js';
import { codeOf, view } from './code-fixture.js';

const module = (text: string): string => `${moduleHead}${text}\n`;
const body = (text: string): string => module(`({Math, harden}) => { ${text} return v1 => v1.a; }`);

test('a printed module is a closed module', () => {
  const sources = [
    view('view.a'),
    view(
      'Math.max(f(1), new A().b(), E.X)',
      'function f(a) { return arguments.length + a; } class A { #k = 1; b() { return this.#k; } } enum E { X = 1 }',
    ),
    view(
      'f()',
      "function f() { try { return [...'ab'].map((x) => x.length)[0]; } catch { return 'ab'.length; } }",
    ),
    view(
      'T.k + g().next().value',
      "const T = { k: 1, ['__proto__']: null }; function* g() { yield 1; } l: for (;;) break l;",
    ),
  ];
  for (const source of sources) {
    const { text, findings } = codeOf(source);
    expect(findings).toEqual([]);
    expect(closedModuleFault(text)).toBeUndefined();
  }
});

test.each<[what: string, text: string, says: RegExp]>([
  ['another head', "// qmtl node 1\n'use strict';\n({}) => v1 => 1;\n", /it begins with "\/\/ qmtl node 1"/],
  ['a name of the process', body('process.exit(1);'), /it names process/],
  [
    'a name of the process in a function',
    body('const d1 = () => globalThis.process;'),
    /it names globalThis/,
  ],
  ['eval', body("eval('1');"), /it names eval/],
  ['require', body("require('node:fs');"), /it names require/],
  ['this of the script', body('const d1 = this;'), /it uses this outside of a function/],
  ['this of a field key', body('class A { [this.process] = 1; }'), /it uses this outside of a function/],
  ['import()', body("import('node:fs');"), /it uses ImportExpression/],
  ['arguments of the script', body('const d1 = arguments;'), /it names arguments/],
  ['a parameter that the realm lacks', module('({process}) => v1 => 1;'), /it asks for process/],
  ['a renamed parameter', module('({Math: process}) => v1 => 1;'), /not one function of globals and helpers/],
  ['a default', module('({Math = process}) => v1 => 1;'), /not one function of globals and helpers/],
  ['a rest', module('({...rest}) => v1 => 1;'), /not one function of globals and helpers/],
  [
    'a second statement',
    module('({}) => v1 => 1; process.exit();'),
    /not one function of globals and helpers/,
  ],
  [
    'a statement before',
    module('process.exit(); ({}) => v1 => 1;'),
    /not one function of globals and helpers/,
  ],
  ['a call', module('(({}) => v1 => 1)();'), /not one function of globals and helpers/],
  ['an import', module("import 'node:fs'; ({}) => v1 => 1;"), /not one function of globals and helpers/],
  ['broken syntax', module('({}) => {'), /it cannot be parsed/],
  ['escape sequences of a terminal', body("const d1 = '\u001b[31m';"), /control characters/],
  ['text that runs backwards', body('/* \u202e */'), /control characters/],
])('a text with %s is not a closed module', (_what, text, says) => {
  expect(closedModuleFault(text)).toMatch(says);
});

test('the helpers of a closed module are those of the realm', () => {
  const given = moduleHelpers(Object.create(null), { harden: () => 0, renew: () => 0 });
  const names = Object.keys(given).filter((name) => !isRealmGlobal(name));
  expect(new Set(names)).toEqual(helperNames);
});
