import { expect, test } from 'vitest';
import { type Sources, view } from '../code/code-fixture.js';
import { execute } from './execution.js';

const terms = 5_000;
/** Longer sums are in tests/sdk/realm/edge-cases.test.ts. */
const few = 1_000;
const depth = 500;
const list = (count: number, item: (index: number) => string, separator = ','): string =>
  Array.from({ length: count }, (_, index) => item(index)).join(separator);
const nested = (open: string, inner: string, close: string): string =>
  open.repeat(depth) + inner + close.repeat(depth);

const largeJson = JSON.stringify(
  Array.from({ length: 25_000 }, (_, index) => ({ id: index, name: `n${index}`, w: index / 7 })),
);

const sizes: Record<string, readonly [Sources, number]> = {
  'a sum of 1,000 terms': [view(list(few, () => '1', '+')), few],
  'a sum of 1,000 products': [view(list(few, (i) => `1*${i % 3}`, '+')), 999],
  'a sum and difference of 1,000 terms': [view(list(few, (i) => `${i}`, '-')), -499_500],
  'a text of 1,000 parts': [view(`(${list(few, () => "'a'", '+')}).length`), few],
  'a product of 1,000 factors': [view(list(few, () => '1', '*')), 1],
  'a list of 5,000 elements': [view('T[4999]', `const T = [${list(terms, String)}];`), 4_999],
  'an object of 5,000 members': [view('T.k4999', `const T = {${list(terms, (i) => `k${i}:${i}`)}};`), 4_999],
  'an enum of 5,000 members': [view('E.k4999', `enum E {${list(terms, (i) => `k${i}`)}}`), 4_999],
  'a chain of 1,000 conditions': [view(list(few, () => '0', '||')), 0],
  'a chain of 1,000 choices': [view(`${list(few, () => '0?1:', '')}2`), 2],
  'a chain of 1,000 else branches': [
    view(`{ const x = 999; ${list(1_000, (i) => `if (x === ${i}) return ${i};`, ' else ')} return -1; }`),
    999,
  ],
  'a switch of 5,000 cases': [
    view(`{ switch (4999) { ${list(terms, (i) => `case ${i}: return ${i};`, '')} } }`),
    4_999,
  ],
  'a function of 5,000 statements': [
    view(`{ let n = 0; ${list(terms, () => 'n += 1;', '')} return n; }`),
    terms,
  ],
  'a module of 5,000 constants': [
    view('k4999', `const k0 = 0; ${list(terms - 1, (i) => `const k${i + 1} = k${i} + 1;`, ' ')}`),
    4_999,
  ],
  'a module of 5,000 functions': [
    view(
      'f0(1)',
      list(terms, (i) => `const f${i} = (x) => x + ${i};`, ' '),
    ),
    1,
  ],
  'brackets 500 deep': [view(nested('(', '1', ')')), 1],
  'signs 500 deep': [view(nested('- ', '1', '')), 1],
  'lists 500 deep': [view('T.length', `const T = ${nested('[', '1', ']')};`), 1],
  'objects 500 deep': [view('T.a.a.a === undefined ? 0 : 1', `const T = ${nested('{a:', '1', '}')};`), 1],
  'calls 500 deep': [view(nested('f(', '1', ')'), 'const f = (x) => x;'), 1],
  'functions 500 deep': [view(`(${nested('() => ', '1', '')}) === undefined ? 0 : 1`), 1],
  'blocks 500 deep': [view(`{ ${nested('{ ', 'return 1;', ' }')} }`), 1],
  'sums 500 deep to the right': [view(nested('1+(', '1', ')')), 501],
  'templates 500 deep': [view(`(${nested('`${', '1', '}`')}).length`), 1],
  'JSON of 1 MB': [
    { 'main.ts': view('t[24999].id', "import t from './t.json';"), 't.json': largeJson },
    24_999,
  ],
  'JSON 500 deep': [
    { 'main.ts': view('t.length', "import t from './t.json';"), 't.json': nested('[', '', ']') },
    1,
  ],
};

test('the JSON of this test is as large as it says', () => {
  expect(largeJson.length).toBeGreaterThan(1_000_000);
});

test.each(Object.entries(sizes))('compute may use %s', async (_name, [sources, expected]) => {
  expect(await execute(sources, { bars: 1 })).toEqual([expected]);
});
