import { describe, expect, test } from 'vitest';
import { limits } from '../../../domain/base/limits.js';
import { type ParsedNode, parseNodeDocument } from '../../../domain/dag/node-document.js';

const dependency = (digit: string) => `blake3:${digit.repeat(64)}`;

const base = {
  node_type: 'Indicator',
  interval: 60,
  period: 20,
  params: { window: 20 },
  dependencies: [dependency('a')],
  schema_compat_id: 'bars-1',
  code_hash: 'code',
};

function node(change: object): ParsedNode {
  const result = parseNodeDocument({ ...base, ...change }, { dependencyIds: 'any' });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.node;
}

function problems(document: unknown, dependencyIds: 'any' | 'node-ids' = 'node-ids') {
  const result = parseNodeDocument(document, { dependencyIds });
  return result.ok ? [] : result.problems.map(({ code, path }) => `${code} ${path}`);
}

const problemsOf = (change: object) => problems({ ...base, ...change });

describe('normal form', () => {
  test('a full document becomes a node', () => {
    const document = {
      ...base,
      node_id: dependency('f'),
      name: 'sma',
      owner: 'desk-1',
      schema_hash: 'h1',
      tags: ['price', 'btc'],
      metadata: { ignored: true },
    };
    expect(parseNodeDocument(document, { dependencyIds: 'node-ids' })).toEqual({
      ok: true,
      givenId: dependency('f'),
      node: {
        nodeType: 'Indicator',
        interval: 60,
        period: 20,
        paramsCanon: '{"window":20}',
        dependencies: [dependency('a')],
        schemaCompatId: 'bars-1',
        codeHash: 'code',
        tags: ['price', 'btc'],
        name: 'sma',
        owner: 'desk-1',
        schemaHash: 'h1',
      },
    });
  });

  test('absent and null fields have the same defaults', () => {
    const { node_type, schema_compat_id, code_hash } = base;
    const least = { node_type, schema_compat_id, code_hash };
    const nulls = { interval: null, period: null, params: null, dependencies: null, tags: null, name: null };
    const parsed = parseNodeDocument(least, { dependencyIds: 'any' });
    expect(parsed).toMatchObject({
      ok: true,
      givenId: '',
      node: { interval: 0, period: 0, paramsCanon: 'null', dependencies: [], tags: [] },
    });
    expect(parseNodeDocument({ ...least, ...nulls }, { dependencyIds: 'any' })).toEqual(parsed);
  });

  test.each([
    [60, 60],
    ['60', 60],
    ['007', 7],
    [0, 0],
    [-0, 0],
    [60.0, 60],
    [limits.intervalSecondsMax, limits.intervalSecondsMax],
  ])('interval %j is read as %d', (interval, seconds) => {
    expect(node({ interval }).interval).toBe(seconds);
  });

  test('dependencies are sorted by code point, not by UTF-16 unit', () => {
    expect(node({ dependencies: ['\u{1f600}', '\uffee', 'b', 'a'] }).dependencies).toEqual([
      'a',
      'b',
      '\uffee',
      '\u{1f600}',
    ]);
  });

  test('inputs stand for dependencies, and both may be given as the same set', () => {
    expect(node({ dependencies: undefined, inputs: ['b', 'a'] }).dependencies).toEqual(['a', 'b']);
    expect(node({ dependencies: ['a', 'b'], inputs: ['b', 'a'] }).dependencies).toEqual(['a', 'b']);
  });

  test('config stands for params, and both may be given with the same content', () => {
    expect(node({ params: undefined, config: { b: 1, a: 2 } }).paramsCanon).toBe('{"a":2,"b":1}');
    expect(node({ params: { a: 2, b: 1 }, config: { b: 1, a: 2 } }).paramsCanon).toBe('{"a":2,"b":1}');
  });

  test('schema_id stands for schema_compat_id, both trimmed', () => {
    expect(node({ schema_compat_id: undefined, schema_id: ' s ' }).schemaCompatId).toBe('s');
    expect(node({ schema_compat_id: 's', schema_id: ' s' }).schemaCompatId).toBe('s');
  });

  test('tags are split at commas, trimmed, without repeats, in the order given', () => {
    expect(node({ tags: ['b, a', ' c ', 'a', ''] }).tags).toEqual(['b', 'a', 'c']);
    expect(node({ tags: 'b, a,,' }).tags).toEqual(['b', 'a']);
  });
});

describe('TagQuery nodes', () => {
  const query = { ...base, node_type: 'TagQueryNode', dependencies: [], params: undefined };
  const paramsOf = (change: object) => node({ ...query, ...change }).paramsCanon;

  test.each([
    ['params.query_tags first', { params: { query_tags: ['a'], tags: ['b'] }, tags: ['c'] }, ['a'], 'any'],
    ['then params.tags', { params: { query_tags: [], tags: ['b'] }, tags: ['c'] }, ['b'], 'any'],
    ['then the tags of the node', { params: {}, tags: ['c'] }, ['c'], 'any'],
    ['the tags of the node without params', { tags: ['c'] }, ['c'], 'any'],
    ['a list in one string', { params: { query_tags: 'b, a' } }, ['a', 'b'], 'any'],
    [
      'the mode of the params',
      { params: { query_tags: ['a'], match_mode: 'all' }, match_mode: 'any' },
      ['a'],
      'all',
    ],
    ['the mode of the node', { params: { query_tags: ['a'] }, match_mode: 'all' }, ['a'], 'all'],
    ['a mode in capitals', { params: { query_tags: ['a'], match_mode: 'ALL' } }, ['a'], 'all'],
    ['config for params', { config: { query_tags: ['a'] } }, ['a'], 'any'],
  ])('take %s', (_what, change, tags, mode) => {
    expect(paramsOf(change)).toBe(JSON.stringify({ interval: 60, match_mode: mode, query_tags: tags }));
  });

  test.each([
    ['no tag anywhere', { params: {} }, ['E_SCHEMA_INVALID /params/query_tags']],
    [
      'an unknown mode',
      { params: { query_tags: ['a'], match_mode: 'most' } },
      ['E_SCHEMA_INVALID /params/match_mode'],
    ],
    [
      'an interval other than the node has',
      { params: { query_tags: ['a'], interval: 61 } },
      ['E_SCHEMA_INVALID /params/interval'],
    ],
    ['a query without an interval', { tags: ['a'], interval: undefined }, ['E_NODE_ID_FIELDS /interval']],
    ['a query with the interval 0', { tags: ['a'], interval: 0 }, ['E_NODE_ID_FIELDS /interval']],
    [
      'a query with an interval in its params only',
      { params: { query_tags: ['a'], interval: 60 }, interval: undefined },
      ['E_NODE_ID_FIELDS /interval'],
    ],
    [
      'a query with an interval that is not one',
      { tags: ['a'], interval: '1m' },
      ['E_SCHEMA_INVALID /interval'],
    ],
    ['params that are not an object', { params: [1] }, ['E_SCHEMA_INVALID /params']],
    ['a dependency', { tags: ['a'], dependencies: [dependency('a')] }, ['E_SCHEMA_INVALID /dependencies']],
    [
      'a tag that is not text',
      { params: { query_tags: ['a', 5] } },
      ['E_SCHEMA_INVALID /params/query_tags/1'],
    ],
  ])('refuse %s', (_what, change, expected) => {
    expect(problemsOf({ ...query, ...change })).toEqual(expected);
  });
});

describe('problems', () => {
  test.each<[string, unknown]>([
    ['null', null],
    ['text', 'node'],
    ['an array', []],
    ['a class instance', new Date(0)],
  ])('%s is not a node', (_what, value) => {
    expect(problems(value)).toEqual(['E_SCHEMA_INVALID ']);
  });

  test('every missing field of the NodeID is named', () => {
    expect(problems({})).toEqual([
      'E_NODE_ID_FIELDS /code_hash',
      'E_NODE_ID_FIELDS /node_type',
      'E_NODE_ID_FIELDS /schema_compat_id',
    ]);
    expect(problems({ node_type: ' ', code_hash: '', schema_compat_id: null, schema_id: ' ' })).toHaveLength(
      3,
    );
  });

  test.each([
    [{ interval: 1.5 }, ['E_SCHEMA_INVALID /interval']],
    [{ interval: -1 }, ['E_SCHEMA_INVALID /interval']],
    [{ interval: '1m' }, ['E_SCHEMA_INVALID /interval']],
    [{ interval: '' }, ['E_SCHEMA_INVALID /interval']],
    [{ interval: ' 60' }, ['E_SCHEMA_INVALID /interval']],
    [{ interval: '-1' }, ['E_SCHEMA_INVALID /interval']],
    [{ interval: Number.NaN }, ['E_SCHEMA_INVALID /interval']],
    [{ interval: true }, ['E_SCHEMA_INVALID /interval']],
    [{ interval: limits.intervalSecondsMax + 1 }, ['E_LIMIT_EXCEEDED /interval']],
    [{ interval: '9'.repeat(400) }, ['E_LIMIT_EXCEEDED /interval']],
    [{ period: limits.periodBarsMax + 1 }, ['E_LIMIT_EXCEEDED /period']],
    [{ node_type: 5 }, ['E_SCHEMA_INVALID /node_type']],
    [{ node_type: 'a|b' }, ['E_SCHEMA_INVALID /node_type']],
    [{ schema_compat_id: 'a|b' }, ['E_SCHEMA_INVALID /schema_compat_id']],
    [{ schema_compat_id: undefined, schema_id: 'a|b' }, ['E_SCHEMA_INVALID /schema_id']],
    [{ code_hash: 'a\u0085b' }, ['E_SCHEMA_INVALID /code_hash']],
    [{ name: 'a\u001b[31mb' }, ['E_SCHEMA_INVALID /name']],
    [{ schema_id: 'other' }, ['E_SCHEMA_COMPAT_MISMATCH /schema_id']],
    [{ params: { a: [Number.NaN] } }, ['E_SCHEMA_INVALID /params/a/0']],
    [{ params: undefined, config: { a: undefined } }, ['E_SCHEMA_INVALID /config/a']],
    [{ config: { window: 21 } }, ['E_SCHEMA_INVALID /config']],
    [{ dependencies: 'a' }, ['E_SCHEMA_INVALID /dependencies']],
    [{ dependencies: ['dep-a'] }, ['E_SCHEMA_INVALID /dependencies/0']],
    [{ dependencies: [dependency('A')] }, ['E_SCHEMA_INVALID /dependencies/0']],
    [{ dependencies: ['a'.repeat(64)] }, ['E_SCHEMA_INVALID /dependencies/0']],
    [{ dependencies: [7] }, ['E_SCHEMA_INVALID /dependencies/0']],
    [{ dependencies: [dependency('a'), dependency('b'), dependency('a')] }, ['E_DUPLICATE /dependencies/2']],
    [{ inputs: [dependency('b')] }, ['E_SCHEMA_INVALID /inputs']],
    [{ inputs: [] }, ['E_SCHEMA_INVALID /inputs']],
    [{ tags: 5 }, ['E_SCHEMA_INVALID /tags']],
    [{ tags: ['ok', 'a\tb'] }, ['E_SCHEMA_INVALID /tags/1']],
  ])('a node with %j is refused', (change, expected) => {
    expect(problemsOf(change)).toEqual(expected);
  });

  test.each(['a,b', 'a|b', '', '\ud800', 'a\u0000'])('a dependency of any name may not be %j', (name) => {
    expect(problems({ ...base, dependencies: [name] }, 'any')).toEqual(['E_SCHEMA_INVALID /dependencies/0']);
  });

  test('all problems of a node are listed at once, most basic first', () => {
    expect(
      problems({ ...base, code_hash: undefined, interval: -1, name: 'x'.repeat(257), schema_id: 'x' }),
    ).toEqual([
      'E_SCHEMA_INVALID /interval',
      'E_LIMIT_EXCEEDED /name',
      'E_NODE_ID_FIELDS /code_hash',
      'E_SCHEMA_COMPAT_MISMATCH /schema_id',
    ]);
  });

  test('a message shows the start of the given text, without control characters', () => {
    const result = parseNodeDocument({ ...base, name: `\u001b${'x'.repeat(200)}` }, { dependencyIds: 'any' });
    const message = result.ok ? '' : (result.problems[0]?.message ?? '');
    expect(message).toContain('\\u001bxxx');
    expect(message.length).toBeLessThan(250);
  });
});

describe('limits', () => {
  const text = (length: number) => 'x'.repeat(length);
  const tags = (count: number) => Array.from({ length: count }, (_, i) => `t${i}`);
  const ids = (count: number) =>
    Array.from({ length: count }, (_, i) => `blake3:${String(i).padStart(64, '0')}`);
  const nested = (depth: number): unknown => (depth === 1 ? [] : [nested(depth - 1)]);

  test.each<[string, (at: number) => object, number, string]>([
    ['node_type', (n) => ({ node_type: text(n) }), limits.fieldCharsMax, '/node_type'],
    ['code_hash', (n) => ({ code_hash: text(n) }), limits.fieldCharsMax, '/code_hash'],
    ['schema_compat_id', (n) => ({ schema_compat_id: text(n) }), limits.fieldCharsMax, '/schema_compat_id'],
    ['schema_hash', (n) => ({ schema_hash: text(n) }), limits.fieldCharsMax, '/schema_hash'],
    ['name', (n) => ({ name: text(n) }), limits.fieldCharsMax, '/name'],
    ['owner', (n) => ({ owner: text(n) }), limits.fieldCharsMax, '/owner'],
    ['interval', (n) => ({ interval: n }), limits.intervalSecondsMax, '/interval'],
    ['period', (n) => ({ period: n }), limits.periodBarsMax, '/period'],
    ['tags', (n) => ({ tags: tags(n) }), limits.nodeTagsMax, '/tags'],
    ['one tag', (n) => ({ tags: [text(n)] }), limits.tagCharsMax, '/tags/0'],
    ['dependencies', (n) => ({ dependencies: ids(n) }), limits.nodeDependenciesMax, '/dependencies'],
    // Two quotes around the text, two bytes in each é.
    [
      'bytes of params',
      (n) => ({ params: 'é'.repeat((n - 2) / 2) + text(n % 2) }),
      limits.nodeParamsBytesMax,
      '/params',
    ],
    [
      'nesting of params',
      (n) => ({ params: nested(n) }),
      limits.nodeParamsDepthMax,
      `/params${'/0'.repeat(64)}`,
    ],
  ])('%s: accepted at the limit, refused one past it', (_what, change, limit, path) => {
    expect(problemsOf(change(limit))).toEqual([]);
    expect(problemsOf(change(limit + 1))).toEqual([`E_LIMIT_EXCEEDED ${path}`]);
  });
});
