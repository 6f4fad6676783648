import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeDagDocument, type SampleNode } from '../../../bench/dag-samples.js';
import { canonicalJson } from '../../../domain/base/canonical-json.js';
import { nodeIdsCrc32 } from '../../../domain/base/crc32.js';
import { type Limits, limits } from '../../../domain/base/limits.js';
import type { Dag } from '../../../domain/dag/dag.js';
import { canonicalDag, dagBytes, dagDocument, dagText, hashDag } from '../../../domain/dag/dag-digest.js';
import { parseDag } from '../../../domain/dag/dag-document.js';
import { parseNodeDocument } from '../../../domain/dag/node-document.js';
import {
  canonicalNodeBytes,
  collisionAttemptsMax,
  collisionNodeId,
  hashNode,
} from '../../../domain/dag/node-id.js';
import { leadsInto } from '../base/json-pointer.js';

function accept(document: unknown, bounds: Limits = limits): Dag {
  const result = parseDag(document, bounds);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.dag;
}

function problems(document: unknown, bounds: Limits = limits): readonly string[] {
  const result = parseDag(document, bounds);
  return result.ok ? [] : result.problems.map(({ code, path }) => `${code} ${path}`);
}

function parsed(document: object) {
  const result = parseNodeDocument(document, { dependencyIds: 'node-ids' });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.node;
}

/** A node with the right id. */
const withId = (fields: object) => ({ ...fields, node_id: hashNode(parsed(fields)) });

const fields = { node_type: 'Indicator', schema_compat_id: 's', code_hash: 'c' };
const source = withId({ ...fields, node_type: 'Raw' });
const sink = withId({ ...fields, dependencies: [source.node_id] });

/** `count` nodes, each on the one before it. */
function chain(count: number) {
  const nodes: { node_id: string }[] = [];
  for (let i = 0; i < count; i += 1) {
    const before = nodes.at(-1);
    nodes.push(withId({ ...fields, period: i, dependencies: before === undefined ? [] : [before.node_id] }));
  }
  return { nodes };
}

const rotate = <T>(list: readonly T[], by: number): T[] => [
  ...list.slice(by % list.length),
  ...list.slice(0, by % list.length),
];

const sample = fc.record({
  nodes: fc.integer({ min: 1, max: 120 }),
  seed: fc.nat(1_000),
  fanIn: fc.integer({ min: 0, max: 6 }),
});

describe('an accepted DAG', () => {
  test('an accepted DAG has every node once, after its dependencies', () => {
    fc.assert(
      fc.property(sample, (options) => {
        const document = makeDagDocument(options);
        const { nodes } = accept(document);
        const seen = new Set<string>();
        for (const { nodeId, dependencies } of nodes) {
          expect(dependencies.every((dependency) => seen.has(dependency))).toBe(true);
          seen.add(nodeId);
        }
        expect(seen).toEqual(new Set(document.nodes.map(({ node_id }) => node_id)));
      }),
      { numRuns: 30 },
    );
  });

  test('I-3: a DAG is the same, with the same digest, whatever the order of nodes, dependencies, tags and params', () => {
    const turn = (node: SampleNode, by: number) => ({
      ...Object.fromEntries(Object.entries(node).reverse()),
      dependencies: node.dependencies.length === 0 ? [] : rotate(node.dependencies, by),
      tags: rotate(node.tags, by),
      params: Object.fromEntries(rotate(Object.entries(node.params), by)),
    });
    fc.assert(
      fc.property(sample, fc.nat(), (options, by) => {
        const document = makeDagDocument(options);
        const turned = { nodes: rotate(document.nodes, by).map((node) => turn(node, by)) };
        const [dag, other] = [accept(document), accept(turned)];
        expect(canonicalDag(other)).toEqual(canonicalDag(dag));
        expect(hashDag(other)).toBe(hashDag(dag));
      }),
      { numRuns: 30 },
    );
  });

  test('an accepted DAG reads back the same from its document', () => {
    fc.assert(
      fc.property(sample, (options) => {
        const dag = accept(makeDagDocument(options));
        expect(accept(dagDocument(dag))).toEqual(dag);
        expect(accept(JSON.parse(dagText(dag)))).toEqual(canonicalDag(dag));
        expect(dagText(dag)).toBe(canonicalJson(dagDocument(canonicalDag(dag))));
      }),
      { numRuns: 30 },
    );
  });

  test('a document keeps text that JSON escapes, owners, and params with awkward keys', () => {
    const awkward = withId({
      ...fields,
      code_hash: 'a"b\\c',
      name: 'na"me 한글 😀',
      owner: '"',
      tags: ['t"1'],
      schema_hash: '\\',
      params: JSON.parse('{"__proto__":{"x":1},"10":1,"9":2}'),
    });
    const dag = accept({ nodes: [awkward] });
    expect(accept(JSON.parse(dagText(dag)))).toEqual(dag);
    expect(dagText(dag)).toBe(canonicalJson(dagDocument(dag)));
  });

  test('no two nodes of a DAG have the same canonical bytes', () => {
    const { nodes } = accept(makeDagDocument({ nodes: 1_000, seed: 7, fanIn: 3 }));
    expect(new Set(nodes.map(canonicalNodeBytes)).size).toBe(1_000);
  });

  test('a DAG may use ids after a collision, also as dependencies', () => {
    const other = { ...source, node_id: collisionNodeId(parsed(source), collisionAttemptsMax) };
    const user = withId({ ...fields, dependencies: [other.node_id] });
    expect(accept({ nodes: [other, user] }).nodes.map(({ nodeId }) => nodeId)).toEqual([
      other.node_id,
      user.node_id,
    ]);
  });
});

describe('the digest', () => {
  const base = accept({ nodes: [source, sink] });
  test.each([
    ['name', { name: 'x' }],
    ['tags', { tags: ['x'] }],
    ['owner', { owner: 'x' }],
    ['schema_hash', { schema_hash: 'x' }],
  ])('the digest covers %s, which no NodeID does', (_field, change) => {
    const dag = accept({ nodes: [source, { ...sink, ...change }] });
    expect(dag.nodes.map(({ nodeId }) => nodeId)).toEqual(base.nodes.map(({ nodeId }) => nodeId));
    expect(hashDag(dag)).not.toBe(hashDag(base));
  });

  test('the digest of a known DAG has not changed', () => {
    expect(dagText(base)).toBe(
      `{"nodes":[{"code_hash":"c","dependencies":[],"interval":0,"node_id":"${source.node_id}","node_type":"Raw","params":null,"period":0,"schema_compat_id":"s","tags":[]},{"code_hash":"c","dependencies":["${source.node_id}"],"interval":0,"node_id":"${sink.node_id}","node_type":"Indicator","params":null,"period":0,"schema_compat_id":"s","tags":[]}]}`,
    );
    expect(hashDag(base)).toMatchInlineSnapshot(
      `"blake3:4936e1162a8a7f19dc1addc7274f0e76c8b3119e885315713b62c02aff3412ae"`,
    );
  });
});

describe('a refused DAG', () => {
  const wrong = `blake3:${'0'.repeat(64)}`;
  test.each<[string, unknown, readonly string[]]>([
    ['is not an object', [], ['E_SCHEMA_INVALID ']],
    ['has no list of nodes', { nodes: {} }, ['E_SCHEMA_INVALID /nodes']],
    ['has no nodes', { nodes: [] }, ['E_SCHEMA_INVALID /nodes']],
    ['has something else among its nodes', { nodes: [source, 5] }, ['E_SCHEMA_INVALID /nodes/1']],
    [
      'has a node without an id',
      { nodes: [{ ...source, node_id: undefined }] },
      ['E_SCHEMA_INVALID /nodes/0/node_id'],
    ],
    [
      'has an id without its prefix',
      { nodes: [{ ...source, node_id: source.node_id.slice(7) }] },
      ['E_NODE_ID_MISMATCH /nodes/0/node_id'],
    ],
    [
      'has an id of other content',
      { nodes: [{ ...source, node_id: wrong }] },
      ['E_NODE_ID_MISMATCH /nodes/0/node_id'],
    ],
    [
      'has a collision id past the accepted ones',
      { nodes: [{ ...source, node_id: collisionNodeId(parsed(source), collisionAttemptsMax + 1) }] },
      ['E_NODE_ID_MISMATCH /nodes/0/node_id'],
    ],
    ['names a node twice', { nodes: [source, sink, source] }, ['E_DUPLICATE /nodes/2/node_id']],
    [
      'depends on a node that is not there',
      { nodes: [sink] },
      ['E_DANGLING_DEPENDENCY /nodes/0/dependencies/0'],
    ],
    [
      'has a missing field, but its id is there for others',
      { nodes: [{ ...source, code_hash: null }, sink] },
      ['E_NODE_ID_FIELDS /nodes/0/code_hash'],
    ],
    [
      'has a checksum of another list',
      { nodes: [source], node_ids_crc32: 5 },
      ['E_CHECKSUM_MISMATCH /node_ids_crc32'],
    ],
    [
      'has a checksum that is not a number',
      { nodes: [source], node_ids_crc32: '5' },
      ['E_SCHEMA_INVALID /node_ids_crc32'],
    ],
    [
      'has a checksum out of range',
      { nodes: [source], node_ids_crc32: -1 },
      ['E_SCHEMA_INVALID /node_ids_crc32'],
    ],
  ])('a refused DAG %s', (_what, document, expected) => {
    expect(problems(document)).toEqual(expected);
  });

  test('the checksum is over the ids in document order', () => {
    const document = (...nodes: { node_id: string }[]) => ({
      nodes,
      node_ids_crc32: nodeIdsCrc32([sink.node_id, source.node_id]),
    });
    expect(problems(document(sink, source))).toEqual([]);
    expect(problems(document(source, sink))).toEqual(['E_CHECKSUM_MISMATCH /node_ids_crc32']);
  });

  test('a checksum mismatch names the given and the expected value, and the place', () => {
    const result = parseDag({ nodes: [source, { ...sink, node_id: wrong }] });
    const message = result.ok ? '' : result.problems[0]?.message;
    expect(message).toBe(`/nodes/1 has node_id ${wrong}; its content gives ${sink.node_id}`);
  });

  test('a cycle is named once, from the same node whatever the order of the document', () => {
    const id = (digit: string) => `blake3:${digit.repeat(64)}`;
    const a = { ...fields, name: 'a', node_id: id('a'), dependencies: [id('b')] };
    const b = { ...fields, name: 'b', node_id: id('b'), dependencies: [id('c')] };
    const c = { ...fields, node_id: id('c'), dependencies: [id('a')] };
    const cycleOf = (nodes: readonly object[]) => {
      const result = parseDag({ nodes });
      return result.ok ? [] : result.problems.filter(({ code }) => code === 'E_CYCLE');
    };
    const message = `a cycle, each node depending on the next: a -> b -> ${id('c')} -> a`;
    expect(cycleOf([a, b, c])).toMatchObject([{ path: '/nodes/0/dependencies', message }]);
    expect(cycleOf([c, b, a])).toMatchObject([{ path: '/nodes/2/dependencies', message }]);
  });

  test('I-7: a DAG with eight different mistakes has eight problems, most basic first', () => {
    const looping = `blake3:${'e'.repeat(64)}`;
    const document = {
      nodes: [
        source,
        { ...sink, interval: 1.5 },
        { ...withId({ ...fields, period: 1 }), name: 'x'.repeat(limits.fieldCharsMax + 1) },
        { ...withId({ ...fields, period: 2 }), code_hash: '' },
        { ...withId({ ...fields, period: 3 }), schema_id: 'other' },
        source,
        { ...withId({ ...fields, period: 4 }), node_id: wrong },
        withId({ ...fields, dependencies: [`blake3:${'d'.repeat(64)}`] }),
        { ...fields, node_id: looping, dependencies: [looping], schema_hash: 7 },
      ],
      node_ids_crc32: 1,
    };
    expect(problems(document)).toEqual([
      'E_SCHEMA_INVALID /nodes/1/interval',
      'E_SCHEMA_INVALID /nodes/8/schema_hash',
      'E_LIMIT_EXCEEDED /nodes/2/name',
      'E_NODE_ID_FIELDS /nodes/3/code_hash',
      'E_SCHEMA_COMPAT_MISMATCH /nodes/4/schema_id',
      'E_DUPLICATE /nodes/5/node_id',
      'E_CHECKSUM_MISMATCH /node_ids_crc32',
      'E_NODE_ID_MISMATCH /nodes/6/node_id',
      'E_DANGLING_DEPENDENCY /nodes/7/dependencies/0',
      'E_CYCLE /nodes/8/dependencies',
    ]);
  });

  test('problems past the bound are counted, and the most basic ones are kept', () => {
    const bad = (i: number) => ({ ...source, node_id: `blake3:${String(i).padStart(64, '0')}` });
    const document = {
      nodes: [...Array.from({ length: 50 }, (_, i) => bad(i)), { ...source, code_hash: '' }],
    };
    const result = parseDag(document, { ...limits, problemsMax: 10 });
    expect(result).toMatchObject({ ok: false, more: 41 });
    expect(result.ok ? [] : result.problems.map(({ path }) => path)).toEqual([
      '/nodes/50/code_hash',
      ...Array.from({ length: 9 }, (_, i) => `/nodes/${i}/node_id`),
    ]);
  });

  test('no document makes parseDag throw, and every problem has a place in it', () => {
    const anything = fc.anything({
      withDate: true,
      withMap: true,
      withBigInt: true,
      withNullPrototype: true,
    });
    const node = fc.record(
      {
        node_id: anything,
        node_type: fc.oneof(anything, fc.constant('TagQueryNode')),
        interval: anything,
        params: anything,
        dependencies: fc.oneof(anything, fc.array(anything)),
        schema_compat_id: anything,
        code_hash: anything,
        tags: fc.oneof(anything, fc.array(anything)),
      },
      { requiredKeys: [] },
    );
    const document = fc.oneof(
      anything,
      fc.record({ nodes: fc.array(fc.oneof(node, anything)), node_ids_crc32: anything }),
    );
    fc.assert(
      fc.property(document, (value) => {
        const result = parseDag(value);
        const places = result.ok ? [''] : result.problems.map(({ path }) => path);
        expect(places.length).toBeGreaterThan(0);
        expect(places.filter((place) => !leadsInto(value, place))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('limits', () => {
  test('nodes: accepted at the limit, refused one past it', () => {
    const bounds = { ...limits, dagNodesMax: 20 };
    expect(problems(makeDagDocument({ nodes: 20 }), bounds)).toEqual([]);
    expect(problems(makeDagDocument({ nodes: 21 }), bounds)).toEqual(['E_LIMIT_EXCEEDED /nodes']);
  });

  test('nodes beyond the limit are refused without being read', () => {
    expect(problems({ nodes: new Array(limits.dagNodesMax + 1) })).toEqual(['E_LIMIT_EXCEEDED /nodes']);
  });

  test('depth: accepted at the limit, refused one past it', () => {
    const bounds = { ...limits, dagDepthMax: 12 };
    expect(problems(chain(12), bounds)).toEqual([]);
    expect(problems(chain(13), bounds)).toEqual(['E_LIMIT_EXCEEDED /nodes/12']);
  });

  test('bytes of the canonical JSON: accepted at the limit, refused one past it, whatever the texts', () => {
    // Every character takes another number of bytes in JSON.
    const text = fc.string({ unit: fc.constantFrom('a', '"', '\\', 'é', '한', '😀'), maxLength: 40 });
    const described = fc.record({ name: text, owner: text, schema_hash: text, params: text, tag: text });
    fc.assert(
      fc.property(fc.array(described, { minLength: 1, maxLength: 8 }), (list) => {
        const nodes = list.map(({ tag, ...rest }, index) =>
          withId({ ...fields, ...rest, period: index, tags: [tag.trim() === '' ? 'tag' : tag] }),
        );
        const bytes = new TextEncoder().encode(dagText(accept({ nodes }))).length;
        expect(dagBytes(accept({ nodes }))).toBe(bytes);
        expect(problems({ nodes }, { ...limits, dagBytesMax: bytes })).toEqual([]);
        expect(problems({ nodes }, { ...limits, dagBytesMax: bytes - 1 })).toEqual(['E_LIMIT_EXCEEDED ']);
      }),
    );
  });

  test('a chain of the maximum depth does not overflow the stack', () => {
    expect(accept(chain(limits.dagDepthMax)).nodes).toHaveLength(limits.dagDepthMax);
  });
});
