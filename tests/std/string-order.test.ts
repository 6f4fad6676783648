import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareCodePoints, sortByCodePoint, sortByCodeUnit } from '../../std/string-order.js';

const texts = fc.array(fc.string({ unit: 'binary', maxLength: 6 }), { maxLength: 40 });

/** UTF-32 in hex: its order is the one of code points. */
const fixedWidth = (text: string) =>
  Array.from(text, (point) => (point.codePointAt(0) ?? 0).toString(16).padStart(6, '0')).join('');

const byDefinition = (a: string, b: string) => (fixedWidth(a) < fixedWidth(b) ? -1 : 1);

test('U+1F600 comes after U+FFFD by code point and before it by UTF-16 unit', () => {
  expect(sortByCodePoint(['\u{1f600}', '\ufffd'])).toEqual(['\ufffd', '\u{1f600}']);
  expect(sortByCodeUnit(['\ufffd', '\u{1f600}'])).toEqual(['\u{1f600}', '\ufffd']);
});

test('lists of every length are sorted by code point', () => {
  fc.assert(
    fc.property(texts, (list) => {
      expect(sortByCodePoint([...list])).toEqual([...list].sort(byDefinition));
    }),
  );
});

test('lists of every length are sorted by UTF-16 unit, as by the built-in sort', () => {
  fc.assert(
    fc.property(texts, (list) => {
      expect(sortByCodeUnit([...list])).toEqual([...list].sort());
    }),
  );
});

test('two strings compare as equal only when they are', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      expect(compareCodePoints(a, b) === 0).toBe(a === b);
      expect(compareCodePoints(a, a)).toBe(0);
    }),
  );
});
