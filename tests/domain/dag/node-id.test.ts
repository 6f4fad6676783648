import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blake3Hex } from '../../../domain/base/blake3.js';
import { parseNodeDocument } from '../../../domain/dag/node-document.js';
import {
  canonicalNodeBytes,
  collisionAttemptsMax,
  collisionNodeId,
  type HashedFields,
  hashNode,
  isIdOfNode,
  nodeIdAvoiding,
} from '../../../domain/dag/node-id.js';
import { nodeDocument } from './node-arbitrary.js';

function parsed(document: unknown): HashedFields {
  const result = parseNodeDocument(document, { dependencyIds: 'any' });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.node;
}

const idOf = (document: unknown) => hashNode(parsed(document));

/** The hashed fields, apart from each other. */
const hashed = (node: HashedFields) =>
  JSON.stringify([
    node.nodeType,
    node.interval,
    node.period,
    node.paramsCanon,
    node.dependencies,
    node.schemaCompatId,
    node.codeHash,
  ]);

const example = {
  node_type: 'ExampleNode',
  interval: 60,
  period: 0,
  params: { nested: { z: 2, a: 1 }, alpha: 1.0 },
  dependencies: ['dep-b', 'dep-a'],
  schema_compat_id: 's-major',
  code_hash: 'code-123',
};
const exampleBytes = 'ExampleNode|60|0|{"alpha":1,"nested":{"a":1,"z":2}}|dep-a,dep-b|s-major|code-123';

describe('test vectors of docs/spec/identity.md', () => {
  test('a plain node', () => {
    expect(canonicalNodeBytes(parsed(example))).toBe(exampleBytes);
    expect(idOf(example)).toBe('blake3:0577d5f957cecc577fccd9028499a3f55d15be2015f519de3ec1a314b93a970b');
  });

  test('a node with a context key to remove, non-ASCII params and a schema id to trim', () => {
    const document = {
      node_type: 'N',
      interval: 60,
      period: 1,
      params: { 한글: '값', b: [{ seed: 1, x: 1 }] },
      schema_compat_id: ' s ',
      code_hash: 'c',
    };
    expect(canonicalNodeBytes(parsed(document))).toBe('N|60|1|{"b":[{"x":1}],"한글":"값"}||s|c');
    expect(idOf(document)).toBe('blake3:1ea28be9496bf212c5dc78c836f1e77a0b9ed6f98c5acf16509d646a06367b18');
  });

  test('a TagQuery node', () => {
    const document = {
      node_type: 'TagQueryNode',
      interval: 60,
      params: { query_tags: ['b', 'a', 'b'] },
      schema_compat_id: 'tag-compat',
      code_hash: 'tag-code',
    };
    expect(canonicalNodeBytes(parsed(document))).toBe(
      'TagQueryNode|60|0|{"interval":60,"match_mode":"any","query_tags":["a","b"]}||tag-compat|tag-code',
    );
    expect(idOf(document)).toBe('blake3:2adccd19601765dc82f5cdaf4333e4762d9d5524b39950900eb809150f4622d1');
  });

  test('the first id after a collision', () => {
    expect(collisionNodeId(parsed(example), 1)).toBe(
      'blake3:755cf67b8f7a1840f6fbdb0545a8fd89390cf4f99bf1f0cf898103d84a03c7f79554d1da03fb35934dc87ac88f53dd96538ea74ef372ac00a02b748da3cb3369',
    );
  });
});

describe('what does not change a NodeID', () => {
  test('the order of params keys and of dependencies does not change a NodeID', () => {
    fc.assert(
      fc.property(nodeDocument, fc.nat(), (document, turn) => {
        const keys = Object.entries(document.params);
        const turned = [...keys.slice(turn % (keys.length + 1)), ...keys.slice(0, turn % (keys.length + 1))];
        const other = {
          ...document,
          params: Object.fromEntries(turned.reverse()),
          dependencies: [...document.dependencies].reverse(),
        };
        expect(idOf(other)).toBe(idOf(document));
      }),
    );
  });

  test.each([
    ['name', 'other'],
    ['tags', ['x', 'y']],
    ['metadata', { anything: 1 }],
    ['owner', 'someone'],
    ['schema_hash', 'abc'],
    ['config_hash', 'abc'],
    ['world', 'w1'],
    ['execution_domain', 'live'],
  ])('%s on the node does not change a NodeID', (key, value) => {
    expect(idOf({ ...example, [key]: value })).toBe(idOf(example));
  });

  test('context keys inside params do not change a NodeID', () => {
    const params = { ...example.params, world_id: 'w', AS_OF: 'x', nested: { a: 1, z: 2, env_HOME: '/' } };
    expect(idOf({ ...example, params })).toBe(idOf(example));
  });

  test('the queues a TagQuery node resolved to do not change its NodeID', () => {
    const query = { ...example, node_type: 'TagQueryNode', dependencies: [], params: { query_tags: ['a'] } };
    expect(idOf({ ...query, queues: ['q1'], params: { query_tags: ['a'], upstreams: ['q1'] } })).toBe(
      idOf(query),
    );
  });

  test('legacy names and numbers as text do not change a NodeID', () => {
    const { params, dependencies, schema_compat_id, ...rest } = example;
    const legacy = {
      ...rest,
      config: params,
      inputs: dependencies,
      schema_id: schema_compat_id,
      interval: '60',
      period: '0',
    };
    expect(idOf(legacy)).toBe(idOf(example));
  });
});

describe('what changes a NodeID', () => {
  test.each([
    ['node_type', 'ExampleNode2'],
    ['interval', 61],
    ['period', 1],
    ['params', { alpha: 1.5, nested: { a: 1, z: 2 } }],
    ['dependencies', ['dep-a']],
    ['schema_compat_id', 's-major-2'],
    ['code_hash', 'code-124'],
  ])('%s changes a NodeID', (key, value) => {
    expect(idOf({ ...example, [key]: value })).not.toBe(idOf(example));
  });

  test('two nodes that differ in any hashed field never share canonical bytes', () => {
    fc.assert(
      fc.property(nodeDocument, nodeDocument, fc.subarray(Object.keys(example)), (one, two, keys) => {
        // Mixes the two, so that most fields are equal and a shifted separator would show.
        const mixed = {
          ...one,
          ...Object.fromEntries(Object.entries(two).filter(([key]) => keys.includes(key))),
        };
        const [a, b] = [parsed(one), parsed(mixed)];
        expect(canonicalNodeBytes(a) === canonicalNodeBytes(b)).toBe(hashed(a) === hashed(b));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['a separator moved between neighbouring fields', { schema_compat_id: 'a|b', code_hash: 'c' }],
    ['a separator in node_type', { node_type: 'a|60' }],
    ['a separator in a dependency', { dependencies: ['a,b'] }],
    ['a field separator in a dependency', { dependencies: ['a|b'] }],
    ['a control character', { code_hash: 'a\u0000b' }],
    ['a line break', { node_type: 'a\nb' }],
    ['a lone surrogate', { code_hash: '\ud800' }],
  ])('%s is refused, not hashed', (_what, change) => {
    expect(parseNodeDocument({ ...example, ...change }, { dependencyIds: 'any' }).ok).toBe(false);
  });
});

describe('ids after a collision', () => {
  const node = parsed(example);

  test('ids after a collision are longer, differ from each other and belong to the node', () => {
    const ids = Array.from({ length: collisionAttemptsMax }, (_, i) => collisionNodeId(node, i + 1));
    expect(new Set([...ids, hashNode(node)]).size).toBe(collisionAttemptsMax + 1);
    for (const id of ids) {
      expect(id).toMatch(/^blake3:[0-9a-f]{128}$/);
      expect(isIdOfNode(id, node)).toBe(true);
    }
  });

  test('an id past the accepted number, or of another node, does not belong to the node', () => {
    expect(isIdOfNode(collisionNodeId(node, collisionAttemptsMax + 1), node)).toBe(false);
    expect(isIdOfNode(hashNode({ ...node, period: 9 }), node)).toBe(false);
    expect(isIdOfNode(collisionNodeId({ ...node, period: 9 }, 1), node)).toBe(false);
  });

  test('the first free id is used, always the same', () => {
    const taken = new Set<string>();
    expect(nodeIdAvoiding(node, taken)).toBe(hashNode(node));
    taken.add(hashNode(node));
    expect(nodeIdAvoiding(node, taken)).toBe(collisionNodeId(node, 1));
    taken.add(collisionNodeId(node, 1));
    expect(nodeIdAvoiding(node, taken)).toBe(collisionNodeId(node, 2));
  });

  test('a set that contains every id of the node is refused', () => {
    const taken = new Set<string>([hashNode(node)]);
    for (let n = 1; n <= collisionAttemptsMax; n += 1) taken.add(collisionNodeId(node, n));
    expect(() => nodeIdAvoiding(node, taken)).toThrow(RangeError);
  });
});

describe('blake3', () => {
  test('the empty input has the digest of the BLAKE3 test vectors', () => {
    expect(blake3Hex('')).toBe('af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262');
  });

  test('text and its UTF-8 bytes agree at every length, also past the scratch buffer', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 50 }),
        fc.constantFrom(1, 500, 2_000),
        (unit, times) => {
          const text = unit.repeat(times);
          expect(blake3Hex(text)).toBe(blake3Hex(new TextEncoder().encode(text)));
        },
      ),
    );
  });

  test('longer output begins with the shorter one', () => {
    expect(blake3Hex('abc', 64).slice(0, 64)).toBe(blake3Hex('abc'));
  });
});
