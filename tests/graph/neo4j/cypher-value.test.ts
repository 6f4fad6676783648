import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fromCypher,
  maybe,
  readBoolean,
  readInteger,
  readKind,
  readKinds,
  readRow,
  readRows,
  readText,
  readTexts,
  toCypher,
} from '../../../graph/neo4j/driver/cypher-value.js';

const isA = (text: string): text is 'a' => text === 'a';

describe('values for Cypher', () => {
  test('whole numbers are sent as integers, at every depth', () => {
    expect(toCypher({ a: 1, b: [2, { c: 3 }], d: 'x', e: true })).toEqual({
      a: 1n,
      b: [2n, { c: 3n }],
      d: 'x',
      e: true,
    });
  });

  test('an absent value is sent as null', () => {
    expect(toCypher({ a: undefined, b: null })).toEqual({ a: null, b: null });
  });

  test('bytes are sent signed, as the driver wants them, and read unsigned', () => {
    const bytes = Uint8Array.of(9, 0, 127, 128, 255).subarray(1);
    expect(toCypher({ bytes })).toEqual({ bytes: Int8Array.of(0, 127, -128, -1) });
    expect(fromCypher({ bytes: toCypher(bytes) })).toEqual({ bytes: Uint8Array.of(0, 127, 128, 255) });
  });

  test('a number with a fraction is refused, since the domain has none', () => {
    expect(() => toCypher(0.5)).toThrow(RangeError);
  });

  test('values are read as they were sent', () => {
    const leaf = fc.oneof(fc.string(), fc.boolean(), fc.maxSafeInteger());
    const name = fc.string({ minLength: 1 }).filter((text) => text !== '__proto__');
    const value = fc.oneof(
      leaf,
      fc.array(fc.oneof(leaf, fc.array(leaf))),
      fc.dictionary(name, fc.array(leaf)),
    );
    fc.assert(
      fc.property(value, (given) => {
        expect(fromCypher(toCypher(given))).toEqual(given);
      }),
    );
  });

  test('an integer that does not fit a number is refused', () => {
    expect(() => fromCypher(2n ** 53n)).toThrow(/does not fit a number/);
  });
});

describe('columns of a row', () => {
  const row = {
    text: 'a',
    number: 1,
    yes: true,
    texts: ['a', 'a'],
    map: { inner: 1 },
    maps: [{ inner: 1 }],
    nothing: null,
  };

  test('columns of a row are read with their types', () => {
    expect(readText(row, 'text')).toBe('a');
    expect(readInteger(row, 'number')).toBe(1);
    expect(readBoolean(row, 'yes')).toBe(true);
    expect(readTexts(row, 'texts')).toEqual(['a', 'a']);
    expect(readKind(row, 'text', isA)).toBe('a');
    expect(readKinds(row, 'texts', isA)).toEqual(['a', 'a']);
    expect(readRow(row, 'map')).toEqual({ inner: 1 });
    expect(readRows(row, 'maps')).toEqual([{ inner: 1 }]);
    expect([
      maybe(row, 'nothing', readText),
      maybe(row, 'absent', readText),
      maybe(row, 'text', readText),
    ]).toEqual([undefined, undefined, 'a']);
  });

  test.each([
    ['text for a number', () => readText(row, 'number')],
    ['an integer for text', () => readInteger(row, 'text')],
    ['true or false for text', () => readBoolean(row, 'text')],
    ['texts for a text', () => readTexts(row, 'text')],
    ['texts for maps', () => readTexts(row, 'maps')],
    ['a map for a list', () => readRow(row, 'texts')],
    ['maps for texts', () => readRows(row, 'texts')],
    ['another kind of text', () => readKind({ text: 'b' }, 'text', isA)],
    ['another kind of texts', () => readKinds({ texts: ['a', 'b'] }, 'texts', isA)],
    ['what is not there', () => readText(row, 'absent')],
  ])('%s is refused', (_name, read) => {
    expect(read).toThrow(expect.objectContaining({ code: 'E_INTERNAL' }));
  });
});
