import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tagQueryNodeType } from '../../../domain/dag/dag.js';
import { parseNodeDocument } from '../../../domain/dag/node-document.js';
import { matches, parseTagQuery, splitTags } from '../../../domain/dag/tag-query.js';

describe('tags in normal form', () => {
  test.each([
    [[], []],
    [
      ['b', 'a', 'b'],
      ['a', 'b'],
    ],
    [
      ['a,b', ' c '],
      ['a', 'b', 'c'],
    ],
    [[',', ' ', ''], []],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [
      ['B', 'a'],
      ['B', 'a'],
    ],
  ])('tags %j become %j', (tags, normal) => {
    expect(splitTags(tags)).toEqual(normal);
  });

  test('tags in normal form stay the same, and order and repeats do not matter', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 5 })), (tags) => {
        const normal = splitTags(tags);
        expect(splitTags(normal)).toEqual(normal);
        expect(splitTags([...tags, ...tags].reverse())).toEqual(normal);
        expect(normal.every((tag) => tag !== '' && tag === tag.trim() && !tag.includes(','))).toBe(true);
      }),
    );
  });
});

describe('the query of a node', () => {
  test('the query of a node is read from its canonical params', () => {
    const document = {
      node_type: tagQueryNodeType,
      interval: 60,
      params: { query_tags: ['b', 'a'], match_mode: 'all' },
      schema_compat_id: 's',
      code_hash: 'c',
    };
    const parsed = parseNodeDocument(document, { dependencyIds: 'node-ids' });
    expect(parsed.ok && parseTagQuery(parsed.node)).toEqual({
      tags: ['a', 'b'],
      matchMode: 'all',
      interval: 60,
    });
  });

  test('a node of another type has no query', () => {
    expect(parseTagQuery({ nodeType: 'Indicator', paramsCanon: '{}' })).toBeUndefined();
  });

  test.each([
    'null',
    '{}',
    '{"interval":60,"match_mode":"most","query_tags":["a"]}',
    '{"interval":60,"match_mode":"any","query_tags":[1]}',
  ])('params %s contain no query', (paramsCanon) => {
    expect(parseTagQuery({ nodeType: tagQueryNodeType, paramsCanon })).toBeUndefined();
  });
});

describe('which queues belong to a query', () => {
  const query = { tags: ['btc', 'price'], interval: 60 };
  test.each([
    ['any', ['btc'], 60, true],
    ['any', ['eth'], 60, false],
    ['any', [], 60, false],
    ['any', ['btc'], 300, false],
    ['all', ['btc'], 60, false],
    ['all', ['price', 'x', 'btc'], 60, true],
    ['all', ['price', 'btc'], 0, false],
  ] as const)('%s of btc, price at 60 s: tags %j at %d s → %s', (matchMode, tags, interval, belongs) => {
    expect(matches({ ...query, matchMode }, { tags, interval })).toBe(belongs);
  });

  test('a query without tags has no queues', () => {
    expect(matches({ tags: [], matchMode: 'all', interval: 60 }, { tags: ['a'], interval: 60 })).toBe(false);
  });
});
