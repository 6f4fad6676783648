import { expect, test } from 'vitest';
import { boundedText, firstNames } from '../../std/bounded-text.js';

test('a text within its bound is kept, and a longer one says what was left out', () => {
  expect(boundedText('abc', 3)).toBe('abc');
  expect(boundedText('abcd', 3)).toBe('abc… (1 more characters)');
});

test('a pair of surrogates is not split', () => {
  expect(boundedText('ab😀cd', 3)).toBe('ab… (4 more characters)');
});

test('many names are cut to the first ones and their number', () => {
  expect(firstNames(['a', 'b'], 2)).toBe('a, b');
  expect(firstNames(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more');
});
