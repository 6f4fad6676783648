import { runInNewContext } from 'node:vm';
import canonicalize from 'canonicalize';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, canonicalParams, quoteJson } from '../../../domain/base/canonical-json.js';
import { limits } from '../../../domain/base/limits.js';

const json = fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' });

describe('RFC 8785 text', () => {
  test.each([
    // RFC 8785, appendix B: numbers.
    [0, '0'],
    [-0, '0'],
    [5e-324, '5e-324'],
    [-5e-324, '-5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [9007199254740992, '9007199254740992'],
    [2 ** 68, '295147905179352830000'],
    [9.999999999999997e22, '9.999999999999997e+22'],
    [1e23, '1e+23'],
    [999999999999999700000, '999999999999999700000'],
    [1e21, '1e+21'],
    [9.999999999999997e-7, '9.999999999999997e-7'],
    [0.000001, '0.000001'],
    [333333333.3333332, '333333333.3333332'],
    [Number('1424953923781206.25'), '1424953923781206.2'],
    [1.0, '1'],
  ])('writes the number %s as %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  test('keys are sorted by UTF-16 code units, as in the example of RFC 8785 section 3.2.3', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(canonicalJson(value)).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    );
  });

  test('strings are escaped as in the example of RFC 8785 section 3.2.2', () => {
    expect(canonicalJson('\u20ac$\u000f\u000aA\'\u0042\u0022\u005c\\"/')).toBe(
      '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"',
    );
  });

  test('keys that look like array indices are sorted as text', () => {
    expect(canonicalJson({ 9: 1, 10: 2, a: 3 })).toBe('{"10":2,"9":1,"a":3}');
  });

  test('a key named __proto__ is kept', () => {
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":{"a":2}}'))).toBe('{"__proto__":{"a":2},"b":1}');
  });

  test('canonical JSON agrees with an independent implementation on every JSON value', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(value)).toBe(canonicalize(value));
      }),
    );
  });

  test('canonical text parses to the same value, which gives the same text', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });

  test('quoteJson quotes any well-formed string as canonicalJson does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(quoteJson(text)).toBe(canonicalJson(text));
      }),
    );
  });
});

describe('values without a canonical form', () => {
  class Point {
    x = 1;
  }
  test.each<[string, unknown, string]>([
    ['NaN', { a: [1, Number.NaN] }, '/a/1'],
    ['an infinity', [Number.POSITIVE_INFINITY], '/0'],
    ['undefined as a member', { a: undefined }, '/a'],
    ['undefined as an element', [undefined], '/0'],
    ['a hole in an array', new Array(2), '/0'],
    ['a bigint', { a: 1n }, '/a'],
    ['a function', { a: () => 1 }, '/a'],
    ['a symbol', { a: Symbol('x') }, '/a'],
    ['a Date', { at: new Date(0) }, '/at'],
    ['a Map', new Map(), ''],
    ['a class instance', { p: new Point() }, '/p'],
    ['a lone surrogate in text', { 'a/b': { 'c~d': '\ud800' } }, '/a~1b/c~0d'],
    ['a lone surrogate in a key', { a: { '\udc00': 1 } }, '/a'],
    ['a value with a toJSON method', { a: { toJSON: () => 1 } }, '/a/toJSON'],
  ])('%s is refused with its place', (_what, value, path) => {
    const result = canonicalParams(value);
    expect(result).toMatchObject({ ok: false, fault: { kind: 'not-json', path } });
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  test('an object without a prototype and one of another realm are plain', () => {
    const bare: unknown = Object.assign(Object.create(null), { a: 1 });
    expect(canonicalJson(bare)).toBe('{"a":1}');
    expect(canonicalJson(runInNewContext('({ a: [1] })'))).toBe('{"a":[1]}');
    expect(() => canonicalJson(runInNewContext('new Date(0)'))).toThrow(TypeError);
  });

  test('nesting is accepted at the limit and refused one past it', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    expect(canonicalParams(nested(limits.nodeParamsDepthMax)).ok).toBe(true);
    expect(canonicalParams(nested(limits.nodeParamsDepthMax + 1))).toMatchObject({
      ok: false,
      fault: { kind: 'too-deep' },
    });
  });

  test('a value that contains itself is refused at the depth limit', () => {
    const value: { self?: unknown } = {};
    value.self = value;
    expect(canonicalParams(value)).toMatchObject({ ok: false, fault: { kind: 'too-deep' } });
  });
});

describe('context keys', () => {
  test.each([
    'world',
    'world_id',
    'world_ids',
    'execution_world',
    'execution_domain',
    'domain',
    'domains',
    'as_of',
    'partition',
    'dataset_fingerprint',
    'timestamp',
    'seed',
    'random_state',
    'env',
    'env_',
    'env_HOME',
    'SEED',
    'World_Id',
    'ENV_path',
  ])('%s is removed from params at every depth', (key) => {
    expect(canonicalParams({ a: 1, [key]: { b: 2 }, c: [{ [key]: 3 }] })).toEqual({
      ok: true,
      text: '{"a":1,"c":[{}]}',
    });
  });

  test('keys that only resemble context keys are kept', () => {
    const params = { seeds: 1, environment: 2, env2: 3, asof: 4 };
    expect(canonicalParams(params)).toEqual({ ok: true, text: canonicalJson(params) });
  });

  test('the value of a context key is not checked', () => {
    expect(canonicalParams({ seed: Number.NaN, a: 1 })).toEqual({ ok: true, text: '{"a":1}' });
  });

  test('canonical JSON outside params keeps context keys', () => {
    expect(canonicalJson({ seed: 1 })).toBe('{"seed":1}');
  });
});
