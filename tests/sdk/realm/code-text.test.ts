import { expect, test } from 'vitest';
import { view } from '../code/code-fixture.js';
import { always, type Cases, execute } from './execution.js';

/** Ways to make code of text, and to read the text and the places of code. */
const refused: Cases = {
  'the constructor of a function': [
    view("(() => 1).constructor('return 1')()"),
    'main.ts:2:34 TypeError: the constructor of functions is not available to compute: compute reads its view, constants and functions of the project',
  ],
  'the constructor of a generator': [
    view("(function* () {}).constructor('yield 1')().next().value"),
    'main.ts:2:34 TypeError: the constructor of functions is not available to compute: compute reads its view, constants and functions of the project',
  ],
  'the constructor of a method': [
    view("({ f() {} }).f.constructor('return 1')()"),
    'main.ts:2:34 TypeError: the constructor of functions is not available to compute: compute reads its view, constants and functions of the project',
  ],
  'the constructor of a class': [
    view("new (class {}.constructor)('return 1')()"),
    'main.ts:2:34 TypeError: (intermediate value).constructor is not a constructor',
  ],
  'the constructor of a built-in function': [
    view("Math.max.constructor('return 1')()"),
    'main.ts:2:34 TypeError: the constructor of functions is not available to compute: compute reads its view, constants and functions of the project',
  ],
  'the constructor by the prototype': [
    view("Object.getPrototypeOf(() => 1).constructor('return 1')()"),
    'main.ts:2:34 TypeError: the constructor of functions is not available to compute: compute reads its view, constants and functions of the project',
  ],
  'the constructor by Reflect.construct': [
    view("Reflect.construct((() => 1).constructor, ['return 1'])()"),
    `main.ts:2:34 TypeError: function () { [native code] } is not a constructor`,
  ],
  'the constructor of a bound function': [
    view("(() => 1).bind().constructor('return 1')()"),
    'main.ts:2:34 TypeError: the constructor of functions is not available to compute: compute reads its view, constants and functions of the project',
  ],
  'a subclass of the constructor of functions': [
    view("new F('return 1')()", 'const C = (() => 1).constructor; class F extends C {}'),
    `main.ts:1:34 TypeError: Class extends value function () { [native code] } is not a constructor or null`,
  ],
  'the constructor of the view': [
    view("view.price.close.at.constructor('return 1')()"),
    'main.ts:2:34 TypeError: the constructor of functions is not available to compute: compute reads its view, constants and functions of the project',
  ],
  'code from a text in a package': [
    {
      'main.ts': view('f()', "import { f } from 'lib';"),
      'node_modules/lib/package.json': '{"name":"lib","version":"1.0.0","main":"i.js"}',
      'node_modules/lib/i.js': "exports.f = Function('return 1');",
    },
    'node_modules/lib/i.js:1:13 TypeError: the constructor of functions is not available to compute: compute reads its view, constants and functions of the project',
  ],
  'the caller of a function': [
    view('f()', 'function f() { return f.caller === null ? 1 : 2; }'),
    "main.ts:1:23 TypeError: 'caller', 'callee', and 'arguments' properties may not be accessed on strict mode functions or the arguments objects for calls to them",
  ],
  'the arguments of a function': [
    view('f()', 'function f() { return f.arguments === null ? 1 : 2; }'),
    "main.ts:1:23 TypeError: 'caller', 'callee', and 'arguments' properties may not be accessed on strict mode functions or the arguments objects for calls to them",
  ],
  'the callee of arguments': [
    view('f()', 'function f() { return arguments.callee === f ? 1 : 2; }'),
    "main.ts:1:23 TypeError: 'caller', 'callee', and 'arguments' properties may not be accessed on strict mode functions or the arguments objects for calls to them",
  ],
  'captureStackTrace by another name': [
    view('{ const o = {}; E.captureStackTrace(o); return o.stack.length; }', 'const E = Error;'),
    'main.ts:2:50 TypeError: d2.captureStackTrace is not a function',
  ],
  'prepareStackTrace of an own class': [
    view(
      '{ class X extends Error {} X.prepareStackTrace = (_, calls) => calls.length; return new X().stack; }',
    ),
    "main.ts:2:61 TypeError: Cannot assign to read only property 'prepareStackTrace' of function 'class v2 extends Error {}'",
  ],
  'a change of the limit of stack traces': [
    view("{ Reflect.get({ E }, 'E').stackTraceLimit = 0; return 1; }", 'const E = Error;'),
    "main.ts:2:36 TypeError: Cannot assign to read only property 'stackTraceLimit' of function 'function Error() { [native code] }'",
  ],
  'Array.fromAsync': [
    view('Array.fromAsync([1]).a'),
    'main.ts:2:34 TypeError: Array.fromAsync is not a function',
  ],
  'the compile method of a regular expression': [
    view("/a/.compile('b').test('b') ? 1 : 0"),
    'main.ts:2:34 TypeError: /a/.compile is not a function',
  ],
};

test.each(Object.entries(refused))('compute fails when it uses %s', async (_name, [sources, expected]) => {
  expect(await execute(sources)).toEqual(expected);
});

test.each([
  ...['Object.groupBy', 'Map.groupBy', 'Array.fromAsync', 'JSON.rawJSON', 'Math.f16round', 'RegExp.escape'],
  ...[
    'new Set().union',
    'new Set().isSubsetOf',
    '[].values().map',
    'new Map().keys().toArray',
    'Error.isError',
  ],
  ...['(function* () {})().filter', 'new DataView(new ArrayBuffer(8)).getFloat16', 'new Map().getOrInsert'],
])('compute has no %s, on every release of Node', async (member) => {
  expect(await execute(view(`(${member} as unknown) === undefined ? 1 : 2`))).toEqual(always(1));
});

test('the prototype of iterators has the same members on every release of Node', async () => {
  const prototype = 'Object.getPrototypeOf(Object.getPrototypeOf([].values()))';
  expect(await execute(view(`Reflect.ownKeys(${prototype}).length`))).toEqual(always(1));
});

/** Ways to globals and places that lead nowhere. */
const harmless: Cases = {
  'the text of a function': [view('String(() => 1).length'), always(29)],
  'the text of a function by toString': [view('(() => 1).toString().length'), always(29)],
  'the text of a function in a template': [view(`\`\${() => 1}\`.length`), always(29)],
  'the text of a class': [view('String(class {}).length'), always(29)],
  'the text of a function that is added': [view("((() => 1) + '').length"), always(29)],
  'the text of a function by its prototype': [
    view('Object.getPrototypeOf(() => 1).toString.call(view.price.close.at).length'),
    always(29),
  ],
  'the text of a function as a key': [view('Object.keys({ [() => 1]: 1 })[0].length'), always(29)],
  'the text of functions in an array': [view('[() => 1].join().length'), always(29)],
  'the text of functions of the language': [
    view("String(Math.max) === String(() => 1) && Array + '' === 'function () { [native code] }' ? 1 : 2"),
    always(1),
  ],
  'a check for functions of the language, as packages have it': [
    {
      'main.ts': view('isNative(Map) && isNative(Object.keys) ? 1 : 2', "import { isNative } from 'lib';"),
      'node_modules/lib/package.json': '{"name":"lib","version":"1.0.0","main":"i.js"}',
      'node_modules/lib/i.js':
        'const root = Function("return this")(); const text = Function.prototype.toString; const native = text.call(root.Object.prototype.hasOwnProperty); exports.isNative = (f) => f instanceof Function && text.call(f) === native;',
    },
    always(1),
  ],
  'the text of what is not a function': [
    view('{ try { (() => 1).toString.call({}); } catch (e) { return e instanceof TypeError ? 1 : 2; } }'),
    always(1),
  ],
  'prepareStackTrace by name': [
    view("Error['prepare' + 'StackTrace'](new Error('x'), []).length"),
    always(0),
  ],
  'the limit of stack traces': [
    view('{ const { stackTraceLimit } = Error; return stackTraceLimit; }'),
    always(50),
  ],
  'globals by this of a plain function': [
    view('f() === undefined ? 1 : 2', 'function f() { return this; }'),
    always(1),
  ],
  'globals by this of a callback': [
    view('{ let t = 1; [0].forEach(function () { t = this; }); return t === undefined ? 1 : 2; }'),
    always(1),
  ],
  'globals by this of a sort': [
    view('{ let t = 1; [2, 1].sort(function () { t = this; return 0; }); return t === undefined ? 1 : 2; }'),
    always(1),
  ],
  'globals by this of a reviver': [
    view(
      "{ let t; JSON.parse('1', function (k, v) { t = this; return v; }); return Object.keys(t).length; }",
    ),
    always(1),
  ],
  'globals by this of a replacer': [
    view(
      "{ let t = 1; 'a'.replace(/a/, function () { t = this; return ''; }); return t === undefined ? 1 : 2; }",
    ),
    always(1),
  ],
  'globals by a bound function': [
    view(
      'f.call(undefined) === undefined && f.apply(null) === null && f.bind()() === undefined ? 1 : 2',
      'function f() { return this; }',
    ),
    always(1),
  ],
  'globals by a getter': [view('o.g === o ? 1 : 2', 'const o = { get g() { return this; } };'), always(1)],
  'globals by this of a getter of a primitive': [view("typeof (5).me === 'undefined' ? 1 : 2"), always(1)],
};

test.each(Object.entries(harmless))(
  'compute learns nothing of its machine by %s',
  async (_name, [sources, expected]) => {
    expect(await execute(sources)).toEqual(expected);
  },
);
