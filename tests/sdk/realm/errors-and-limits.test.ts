import { expect, test } from 'vitest';
import { view } from '../code/code-fixture.js';
import { always, type Cases, execute } from './execution.js';

/** Errors that code throws and catches. */
const works: Cases = {
  'the stack of an error': [view("new Error('x').stack === '' ? 1 : 0"), always(1)],
  'the stack of a caught error': [
    view("{ try { null.x; } catch (e) { return e.stack === '' ? 1 : 0; } }"),
    always(1),
  ],
  'the stack of a deep error': [
    view(
      'f(5)',
      "function f(n) { if (n === 0) return new Error('x').stack === '' ? 1 : 0; return f(n - 1); }",
    ),
    always(1),
  ],
  'the message of an own error': [
    view(
      "{ try { throw new RangeError('own'); } catch (e) { return e.message === 'own' && e.name === 'RangeError' && e instanceof RangeError ? 1 : 0; } }",
    ),
    always(1),
  ],
  'an own error class': [
    view(
      "{ try { throw new Bad('own'); } catch (e) { return e.name === 'Bad' && e.code === 5 && e instanceof Bad && e instanceof Error ? 1 : 0; } }",
      "class Bad extends Error { code = 5; constructor(m) { super(m); this.name = 'Bad'; } }",
    ),
    always(1),
  ],
  'an own error class with a name field': [
    view(
      "{ try { throw new Bad('own'); } catch (e) { return e.name === 'Bad' ? 1 : 0; } }",
      "class Bad extends Error { name = 'Bad'; }",
    ),
    always(1),
  ],
  'an error with a cause': [
    view("{ try { throw new Error('a', { cause: 7 }); } catch (e) { return e.cause; } }"),
    always(7),
  ],
  'an aggregate error': [
    view("{ try { throw new AggregateError([1, 2], 'x'); } catch (e) { return e.errors.length; } }"),
    always(2),
  ],
  'the text of an error': [view("String(new TypeError('x')) === 'TypeError: x' ? 1 : 0"), always(1)],
  'an error with an own toString': [
    view("{ const e = new Error('x'); e.toString = () => 'mine'; return String(e) === 'mine' ? 1 : 0; }"),
    always(1),
  ],
  'a thrown number': [view('{ try { throw 7; } catch (e) { return e; } }'), always(7)],
  'a catch without a name': [view('{ try { throw 7; } catch { return 3; } }'), always(3)],
  'a destructured catch': [
    view('{ try { throw { a: 7, b: [8] }; } catch ({ a, b: [c] }) { return a + c; } }'),
    always(15),
  ],
  'a catch variable that is assigned': [
    view('{ try { throw 7; } catch (e) { e += 1; return e; } }'),
    always(8),
  ],
  'a finally block that ends normally': [
    view('{ let n = 0; try { n = 1; return n; } finally { n = 5; } }'),
    always(1),
  ],
  'a finally block after an error': [
    view('{ let n = 0; try { try { throw 1; } finally { n = 5; } } catch { return n; } return -1; }'),
    always(5),
  ],
  'a break out of a try block with a finally block': [
    view('{ let n = 0; for (;;) { try { break; } finally { n += 2; } } return n; }'),
    always(2),
  ],
  'a loop in a finally block': [
    view('{ let n = 0; try { n = 1; } finally { for (;;) { n += 1; if (n > 3) break; } } return n; }'),
    always(4),
  ],
  'recursion that is deep': [view('f(1000)', 'const f = (n) => (n === 0 ? 0 : 1 + f(n - 1));'), always(1000)],
  'a range error of its own': [
    view('{ try { [].length = -1; } catch (e) { return e instanceof RangeError ? 1 : 0; } }'),
    always(1),
  ],
  'a range error of toFixed': [
    view('{ try { (1).toFixed(101); } catch (e) { return e instanceof RangeError ? 1 : 0; } }'),
    always(1),
  ],
  'a range error of a column': [
    view('{ try { view.price.close.at(-9); } catch (e) { return e instanceof RangeError ? 1 : 0; } }'),
    always(1),
  ],
};

test.each(Object.entries(works))('compute may use %s', async (_name, [sources, expected]) => {
  expect(await execute(sources)).toEqual(expected);
});

/** Limits of the engine: code that catches one could tell machines apart. */
const limits: Cases = {
  'the stack depth by an iterator that throws when it is closed': [
    view(
      '{ let n = 0; const it = { [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }), get return() { throw 7; } }) }; const f = () => { n += 1; f(); }; try { for (const x of it) f(); } catch (e) { return n; } return 0; }',
    ),
    'RangeError: Maximum call stack size exceeded',
  ],
  'the stack depth by catch': [
    view('{ let n = 0; const f = () => { n += 1; f(); }; try { f(); } catch { return n; } return 0; }'),
    'RangeError: Maximum call stack size exceeded',
  ],
  'the stack depth by catch in every call': [
    view('f()', 'const f = () => { try { return 1 + f(); } catch { return 0; } };'),
    'RangeError: Maximum call stack size exceeded',
  ],
  'the stack depth by finally': [
    view('{ let n = 0; const f = () => { n += 1; try { f(); } finally { n += 1; } }; f(); return n; }'),
    'RangeError: Maximum call stack size exceeded',
  ],
  'the stack depth by finally in a generator': [
    view(
      '{ let n = 0; function* g() { try { yield 1; } finally { n += 1; } } const f = () => { for (const x of g()) f(); }; f(); return n; }',
    ),
    'RangeError: Maximum call stack size exceeded',
  ],
  'the stack depth by a return method': [
    view(
      '{ let n = 0; const it = { [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }), return() { n += 1; throw 7; } }) }; const f = () => { for (const x of it) f(); }; try { f(); } catch (e) { return n; } return 0; }',
    ),
    'RangeError: Maximum call stack size exceeded',
  ],
  'the stack depth by a getter in a catch': [
    view(
      '{ const f = () => { try { f(); } catch (e) { throw new Error("other"); } }; try { f(); } catch (e) { return 5; } return 0; }',
    ),
    'RangeError: Maximum call stack size exceeded',
  ],
  'the stack depth by a nested class field': [
    view('{ let n = 0; class A { x = (n += 1, new A()); } try { new A(); } catch { return n; } return 0; }'),
    'RangeError: Maximum call stack size exceeded',
  ],
  'the stack depth by sort': [
    view('{ const f = () => [1, 2].sort(() => f()); try { f(); } catch { return 1; } return 0; }'),
    'RangeError: Maximum call stack size exceeded',
  ],
  'the longest string': [
    view("{ try { return 'a'.repeat(2 ** 29 + 24).length; } catch { return 1; } }"),
    'RangeError: Invalid string length',
  ],
  'the longest string by repeat': [
    view("{ try { return 'a'.repeat(2 ** 40).length; } catch { return 1; } }"),
    'RangeError: Invalid string length',
  ],
  'the longest string by padding': [
    view("{ try { return 'a'.padEnd(2 ** 40).length; } catch { return 1; } }"),
    'RangeError: Invalid string length',
  ],
  'the longest string by a template': [
    view(`{ let s = 'a'.repeat(2 ** 28); try { return \`\${s}\${s}\${s}\`.length; } catch { return 1; } }`),
    'RangeError: Invalid string length',
  ],
  'too many arguments': [
    view('{ try { return Math.max(...new Array(1e7).fill(1)); } catch { return 3; } }'),
    'RangeError: Maximum call stack size exceeded',
  ],
  'too many arguments by apply': [
    view('{ try { return Math.max.apply(null, { length: 2 ** 25 }); } catch { return 3; } }'),
    'RangeError: Maximum call stack size exceeded',
  ],
};

test.each(Object.entries(limits))(
  'compute cannot go on after it has reached %s',
  async (_name, [sources, expected]) => {
    expect(String(await execute(sources)).replace(/^\S+ /, '')).toBe(expected);
  },
);

/** Limits that the language sets, and ends of code that is too long. */
const sameEverywhere: Cases = {
  'the stack depth by JSON.parse': [
    view(
      "{ try { JSON.parse('['.repeat(1e6)); } catch (e) { return e instanceof SyntaxError ? 2 : 1; } return 0; }",
    ),
    always(2),
  ],
  'the stack depth by a regular expression': [
    view("{ try { return /^(?:a|b)*c/.test('ab'.repeat(1e4)) ? 1 : 2; } catch { return 3; } }"),
    always(2),
  ],
  'the longest array': [view('{ try { return new Array(2 ** 32).length; } catch { return 1; } }'), always(1)],
  'the longest buffer': [
    view('{ try { return new ArrayBuffer(2 ** 53).byteLength; } catch { return 1; } }'),
    always(1),
  ],
  'the largest bigint': [view('{ try { 2n ** (2n ** 40n); return 0; } catch { return 1; } }'), always(1)],
  'a typed array of negative length': [
    view(
      '{ try { return new Float64Array(-1).length; } catch (e) { return e instanceof RangeError ? 1 : 0; } }',
    ),
    always(1),
  ],
};

test.each(Object.entries(sameEverywhere))(
  'compute may catch the error at %s',
  async (_name, [sources, expected]) => {
    expect(await execute(sources)).toEqual(expected);
  },
);

/** Which length is refused, and with which error, depends on the release of Node. */
test.each([
  'new Float64Array(2 ** 42)',
  'new Uint8Array(2 ** 45 + 1)',
  'new Float64Array(2 ** 53)',
  'new (class extends Int8Array {})(2 ** 45)',
])('a typed array that is too long fails the bar though its error is caught: %s', async (made) => {
  const outputs = await execute(view(`{ try { return ${made}.length; } catch { return 1; } }`));
  expect(outputs).toMatch(
    /^main\.ts:2:\d+ RangeError: (?:Invalid typed array length: \d+|Array buffer allocation failed)$/,
  );
});
