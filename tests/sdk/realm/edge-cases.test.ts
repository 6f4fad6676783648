import { expect, test } from 'vitest';
import { canonicalTree } from '../../../sdk/code/canonical-tree.js';
import type { CodeDefinition } from '../../../sdk/code/definitions.js';
import { resolveScopes } from '../../../sdk/code/scope.js';
import { parseSource } from '../../../sdk/code/syntax.js';
import { codeOf, findingsOf, type Sources, view } from '../code/code-fixture.js';
import { always, type Cases, execute } from './execution.js';

/** Code that runs after the bars that are computed twice. */
const late = (statements: string, before?: string): string =>
  view(`{ if (view.time < 17 * 86_400) return 1; ${statements} }`, before);

/** Counts the calls in a field of an object, if it takes one. */
const countIn = (object: string, before?: string): string =>
  late(`const s = ${object}; try { s.k = (s.k ?? 0) + 1; } catch { return 1; } return s.k;`, before);

const stamping =
  'class B { constructor(o) { return o; } } class X extends B { #k = 1; static has(o) { return #k in o; } }';
const stampOn = (object: string, before = ''): string =>
  late(
    `if (X.has(${object})) return 2; try { new X(${object}); } catch {} return 1;`,
    `${stamping} ${before}`,
  );

const shared: Record<string, Sources> = {
  'the setter of a replaced member': countIn(
    "Object.getOwnPropertyDescriptor(Object.prototype, 'constructor').set",
  ),
  'the getter of a replaced member': countIn("Object.getOwnPropertyDescriptor(Error.prototype, 'name').get"),
  'the getter of the time of the view': countIn("Object.getOwnPropertyDescriptor(view, 'time').get"),
  'the class of the error of structuredClone': countIn(
    '(() => { try { structuredClone(() => 1); } catch (e) { return e.constructor; } })()',
  ),
  'the prototype of the error of structuredClone': countIn(
    '(() => { try { structuredClone(() => 1); } catch (e) { return Object.getPrototypeOf(e); } })()',
  ),
  'a private member on the view': stampOn('view'),
  'a private member on a frozen constant': stampOn('S', 'const S = {};'),
  'a private member on a prototype of the language': stampOn('Array.prototype'),
  'a private member on a function': stampOn('f', 'const f = () => 1;'),
  'a global regular expression': late("return R.test('aa') ? 1 : 0;", 'const R = /a/g;'),
  'a sticky regular expression': late("return R.test('aa') ? 1 : 0;", 'const R = /a/y;'),
  'the last index of a regular expression that is passed on': late(
    'return next(R);',
    'const R = /a/; const next = (r) => { try { r.lastIndex += 1; } catch { return 1; } return r.lastIndex; };',
  ),
};

test.each(Object.entries(shared))('no bar learns of another one through %s', async (_name, sources) => {
  expect(await execute(sources)).toEqual(always(1));
});

/** The depth of the stack, which differs between machines, in a result. */
const depths: Record<string, Sources> = {
  'a finally block that throws': view(
    '{ let n = 0; const f = () => { n += 1; f(); }; try { try { f(); } finally { throw 7; } } catch { return n; } }',
  ),
  'a finally block that calls what throws': view(
    '{ let n = 0; const f = () => { n += 1; f(); }; try { try { f(); } finally { t(); } } catch { return n; } }',
    'const t = () => { throw 7; };',
  ),
  'a finally block of a generator that yields': view(
    '{ let n = 0; const f = () => { n += 1; f(); }; function* g() { try { f(); } finally { yield 1; } } for (const x of g()) break; return n; }',
  ),
};

test.each(Object.entries(depths))(
  'compute cannot learn the depth of the stack by %s',
  async (_name, sources) => {
    const findings = findingsOf(sources);
    const outcome = findings.length > 0 ? findings.join() : await execute(sources);
    expect(outcome).toMatch(/RangeError: Maximum call stack size exceeded|E_IMPURE_COMPUTE/);
  },
);

/** The engine reads these in local time: they are not ISO 8601. */
test.each(['-000000-01-01', '+2020-01-01', '12020-01-01', '012020-01-01'])(
  'the date %s, which the engine reads in local time, is refused',
  async (text) => {
    expect(await execute(view(`new Date('${text}').getTime()`))).toMatch(
      /TypeError: the date '.*' names no offset/,
    );
  },
);

test('a finally block may leave the function when there is no such error', async () => {
  expect(
    await execute(view('{ try { return f(); } finally { return 2; } }', 'const f = () => { throw 1; };')),
  ).toEqual(always(2));
});

test('a generator does not return a row', async () => {
  expect(await execute('export function* compute() { yield 1; }')).toMatch(/returned undefined for field/);
});

const differences: Cases = {
  'a time by Symbol.toPrimitive': [view('new Date({ [Symbol.toPrimitive]: () => 5 }).getTime()'), always(5)],
  'a date of another date that overrides getTime': [
    view('new Date(new Day(3)).getTime()', 'class Day extends Date { getTime() { return 7; } }'),
    always(3),
  ],
  'a date of a bigint': [
    view('{ try { return new Date(5n).getTime(); } catch (e) { return e instanceof TypeError ? 1 : 2; } }'),
    always(1),
  ],
};

test.each(Object.entries(differences))(
  '%s is made as the language says',
  async (_name, [sources, expected]) => {
    expect(await execute(sources)).toEqual(expected);
  },
);

test('the text of a function is not in the error of structuredClone', async () => {
  const cloned = view(
    '{ try { structuredClone(() => 12345); } catch (e) { return /12345/.test(e.message) ? 1 : 0; } }',
  );
  expect(await execute(cloned)).toEqual(always(0));
});

test('a DataView writes one NaN, whichever it is given', async () => {
  const bits = view(
    '{ const v = new DataView(new ArrayBuffer(8)); v.setFloat64(0, Math.sqrt(-view.time - 1)); return v.getUint16(0); }',
  );
  expect(await execute(bits)).toEqual(always(0x7ff8));
});

test('two typed arrays on one buffer do not show the bits of NaN', async () => {
  const bits = view(
    '{ const b = new ArrayBuffer(8); const f = new Float64Array(b); f[0] = Math.sqrt(-view.time - 1); return new Uint8Array(b)[7]; }',
  );
  expect(await execute(bits)).toMatch(/TypeError: a typed array cannot be created on a buffer/);
});

test('a constant changed under another name is reported by the name that compute uses', () => {
  const sources = {
    'main.ts': view('C.k', 'import { C } from "./c.js"; import "./setup.js";'),
    'c.ts': 'export const C = { k: 1 };',
    'setup.ts': 'import { C as D } from "./c.js";\nD.k = 2;',
  };
  expect(findingsOf(sources)).toEqual([
    'main.ts:2:34 E_CAPTURE captures C, which is changed at setup.ts:2:1',
  ]);
  expect(codeOf(sources).text).toBe('');
});

test.each([
  ['NaN', view('Object.is(NaN, 0 / 0) ? 1 : 0')],
  ['Infinity', view('Infinity === 1 / 0 ? 1 : 0')],
  ['an enum in a function', view('f()', 'function f() { enum E { A, B } return E.B; }')],
  ['an enum member of a quoted name', view('E.B', "enum E { 'A', B = A + 1 }")],
  ['a static block that sets a field of its class', view('A.n', 'class A { static n; static { A.n = 1; } }')],
  [
    'a method of its own named add, called by the module',
    view('K', 'const ops = { add: (x, y) => x + y }; const K = ops.add(0, 1);'),
  ],
  [
    'a method of its own named set, called outside of the closed module',
    view('ops.set(1)', 'const ops = { set: (x) => x }; export const two = ops.set(2);'),
  ],
  [
    'CommonJS files that require each other',
    {
      'main.ts': view('f()', "import { f } from 'lib';"),
      'node_modules/lib/package.json': '{"name":"lib","version":"1.0.0","main":"index.js"}',
      'node_modules/lib/index.js':
        "exports.one = 1; const part = require('./part.js'); exports.f = () => part.self.one;",
      'node_modules/lib/part.js': "exports.self = require('./index.js');",
    },
  ],
  [
    'a text of JSON that looks like a marker',
    {
      'main.ts': view("t.a === '\\u0001-0' ? 1 : 0", "import t from './t.json';"),
      't.json': String.raw`{"a":"\u0001-0"}`,
    },
  ],
])('%s is executed as Node executes it', async (_name, sources) => {
  expect(findingsOf(sources)).toEqual([]);
  expect(await execute(sources)).toEqual(always(1));
});

test('a chain of calls is rewritten once, however long it is', () => {
  const length = 12;
  const file = parseSource('chain.js', `(x) => x${'.f(Math)'.repeat(length)}`);
  if (!file.ok) throw new TypeError(file.fault.message);
  const { program } = file.file;
  const [statement] = program.body;
  if (statement?.type !== 'ExpressionStatement') throw new TypeError('not an expression');
  const scopes = resolveScopes(program);
  const module = { file: file.file, isPackage: false, scopes, exports: new Map(), stars: [], imports: [] };
  const definition = {
    kind: 'code' as const,
    module,
    node: statement.expression,
    binding: undefined,
    names: new Map(),
    members: new Map(),
    uses: new Map(),
    mayKeepState: false,
    findings: [],
    isNode: false,
    wholeFiles: new Set(),
  } satisfies CodeDefinition;
  let named = 0;
  canonicalTree(definition, {
    useOf: () => undefined,
    global: () => {
      named += 1;
    },
    ownName: () => undefined,
  });
  expect(named).toBe(length);
});

const terms = 5_000;
const list = (item: (index: number) => string, separator: string): string =>
  Array.from({ length: terms }, (_, index) => item(index)).join(separator);

const sizes: Record<string, readonly [Sources, number]> = {
  'a sum of 5,000 terms': [view(list(() => '1', '+')), terms],
  'a sum of 5,000 products': [view(list((i) => `1*${i % 3}`, '+')), 4_999],
  'a sum and difference of 5,000 terms': [view(list((i) => `${i}`, '-')), -12_497_500],
  'a text of 5,000 parts': [view(`(${list(() => "'a'", '+')}).length`), terms],
  'a product of 5,000 factors': [view(list(() => '1', '*')), 1],
  'a chain of 5,000 conditions': [view(list(() => '0', '||')), 0],
  'a chain of 5,000 choices': [view(`${list(() => '0?1:', '')}2`), 2],
};

test.each(Object.entries(sizes))('compute may use %s', async (_name, [sources, expected]) => {
  expect(await execute(sources, { bars: 1 })).toEqual([expected]);
});
