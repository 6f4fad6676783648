import { expect, test } from 'vitest';
import { describeDifference, differingToken, shownCharsMax } from '../../../sdk/realm/shape-difference.js';
import { type KnownObjects, partInShape } from '../../../sdk/realm/value-shape.js';
import { shapeOf } from './shape-of.js';

const known: KnownObjects = {
  intrinsics: new Map<object, string>([
    [Object.prototype, 'Object.prototype'],
    [Array.prototype, 'Array.prototype'],
    [Math.max, 'Math.max'],
  ]),
  namespaces: new Set(),
  opaque: new Set(),
};

function said(value: unknown, made: unknown): string | undefined {
  const [found, expected] = [shapeOf(value, known), shapeOf(made, known)];
  const token = differingToken(found, expected);
  if (token === undefined) return undefined;
  const part = partInShape(value, known, token);
  return describeDifference(found, expected, { token, part, place: `C${part.place}` });
}

const long = 'x'.repeat(100);

test.each<[string, unknown, unknown, string]>([
  ['numbers', { a: [0] }, { a: [-0] }, 'C.a[0] is 0 in the program, and -0 by its source'],
  ['texts', { a: 'b' }, { a: 'c' }, 'C.a is "b" in the program, and "c" by its source'],
  [
    'long texts, from just before the difference',
    `${long}abc`,
    `${long}abd`,
    'C is "xxxxxxxxabc" from its character 93 on in the program, and "xxxxxxxxabd" from its character 93 on by its source',
  ],
  ['a number and a text', [1], ['1'], 'C[0] is 1 in the program, and "1" by its source'],
  [
    'a function and undefined',
    [() => 1],
    [undefined],
    'C[0] is a function in the program, and undefined by its source',
  ],
  ['null and an object', [null], [{}], 'C[0] is null in the program, and an object by its source'],
  ['a list and an object', [[]], [{}], 'C[0] is an array in the program, and an object by its source'],
  ['big integers', [1n], [2n], 'C[0] is 1n in the program, and 2n by its source'],
  [
    'a method of the language',
    [Math.max],
    [() => 1],
    'C[0] is Math.max of the language in the program, and a function by its source',
  ],
  [
    'moments',
    new Date(0),
    new Date(Number.NaN),
    'C is the date 1970-01-01T00:00:00.000Z in the program, and the date NaN by its source',
  ],
  ['patterns', /a/, /b/, 'C is the pattern a in the program, and the pattern b by its source'],
  [
    'elements of a typed array',
    new Float64Array([1, 2]),
    new Float64Array([1, 3]),
    'C is a typed array in the program, and a typed array by its source: 2 and 3',
  ],
  ['a member more', { a: 1, b: 2 }, { a: 1 }, 'C.b is 2 in the program, and its source makes nothing there'],
  [
    'another member',
    { a: 1, b: 2 },
    { a: 1, c: 'd' },
    'C.b is 2 in the program, and its source makes the member c, "d" there',
  ],
  [
    'a member less',
    { a: 1 },
    { a: 1, [long]: 2 },
    `C ends in the program, and its source makes the member ${'x'.repeat(shownCharsMax)}… (60 more characters), 2 there`,
  ],
])('says what differs between %s', (_what, value, made, expected) => {
  expect(said(value, made)).toBe(expected);
});

test('texts are shown up to shownCharsMax', () => {
  expect(shownCharsMax).toBe(40);
  expect(said(`a${long}`, `b${long}`)).toBe(
    `C is "a${'x'.repeat(39)}… (61 more characters)" in the program, and "b${'x'.repeat(39)}… (61 more characters)" by its source`,
  );
});

test('equal values differ in nothing', () => {
  expect(said({ a: [1, { b: 'c' }] }, { a: [1, { b: 'c' }] })).toBeUndefined();
});
