import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../domain/base/canonical-json.js';
import { limits } from '../../../domain/base/limits.js';
import type { Dag } from '../../../domain/dag/dag.js';
import { dagBytes, dagDocument, dagText, hashDag } from '../../../domain/dag/dag-digest.js';
import { parseDag } from '../../../domain/dag/dag-document.js';
import { sampleNode } from '../../samples.js';

const bare = { interval: 0, period: 0, schema_compat_id: 's', code_hash: 'c', tags: [] };
const source = sampleNode({ ...bare, node_type: 'Raw' });
const sink = sampleNode({ ...bare, dependencies: [source.node_id] });
const query = sampleNode({
  ...bare,
  node_type: 'TagQueryNode',
  interval: 60,
  params: { query_tags: ['btc'], match_mode: 'any' },
});
const nodes = [source, sink, query];

function accept(document: unknown): Dag {
  const result = parseDag(document);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.dag;
}

function problems(outputs: unknown, bounds = limits): readonly string[] {
  const result = parseDag({ nodes, outputs }, bounds);
  return result.ok ? [] : result.problems.map(({ code, path }) => `${code} ${path}`);
}

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9._-]{0,12}$/);

describe('outputs of a DAG', () => {
  test.each([
    ['absent', { nodes }],
    ['null', { nodes, outputs: null }],
    ['empty', { nodes, outputs: {} }],
    ['an empty list', { nodes, outputs: [] }],
  ])('outputs that are %s leave the digest as it always was', (_what, document) => {
    const dag = accept(document);
    expect(dag.outputs).toEqual([]);
    expect(dagText(dag)).toBe(canonicalJson({ nodes: dagDocument(dag).nodes }));
  });

  test('the digest of a known DAG with outputs has not changed', () => {
    const dag = accept({ nodes: [source, sink], outputs: { signal: sink.node_id, Raw: source.node_id } });
    const without = dagText({ ...dag, outputs: [] });
    expect(hashDag({ ...dag, outputs: [] })).toBe(
      'blake3:4936e1162a8a7f19dc1addc7274f0e76c8b3119e885315713b62c02aff3412ae',
    );
    expect(dagText(dag)).toBe(
      `${without.slice(0, -1)},"outputs":{"Raw":"${source.node_id}","signal":"${sink.node_id}"}}`,
    );
    expect(hashDag(dag)).toMatchInlineSnapshot(
      `"blake3:af3b68290ad97652508cb4936677903dd04874faa81f65f8f8623a04d02c28af"`,
    );
  });

  test('outputs read back the same from their document, in whatever order they stand, as an object and as a list', () => {
    fc.assert(
      fc.property(
        fc.dictionary(name, fc.constantFrom(source.node_id, sink.node_id), { maxKeys: 6 }),
        (given) => {
          const entries = Object.entries(given);
          const list = entries.map(([one, node_id]) => ({ name: one, node_id }));
          const dag = accept({ nodes, outputs: given });
          for (const outputs of [Object.fromEntries(entries.reverse()), list, list.reverse()])
            expect(accept({ nodes, outputs })).toEqual(dag);
          expect(Object.fromEntries(dag.outputs.map((one) => [one.name, one.nodeId]))).toEqual(given);
          expect(accept(dagDocument(dag))).toEqual(dag);
          expect(dagText(dag)).toBe(canonicalJson(dagDocument(dag)));
          expect(dagBytes(dag)).toBe(Buffer.byteLength(dagText(dag)));
        },
      ),
    );
  });

  test('one node may be several outputs', () => {
    const dag = accept({ nodes, outputs: { b: sink.node_id, a: sink.node_id } });
    expect(dag.outputs.map((one) => one.name)).toEqual(['a', 'b']);
  });

  test('a name, a node and the number of outputs make another digest', () => {
    const digests = [
      { nodes },
      { nodes, outputs: { a: sink.node_id } },
      { nodes, outputs: { b: sink.node_id } },
      { nodes, outputs: { a: source.node_id } },
      { nodes, outputs: { a: sink.node_id, b: sink.node_id } },
    ].map((document) => hashDag(accept(document)));
    expect(new Set(digests).size).toBe(digests.length);
  });
});

describe('refused outputs', () => {
  const missing = `blake3:${'0'.repeat(64)}`;
  test.each<[string, unknown, readonly string[]]>([
    ['text', 'position', ['E_SCHEMA_INVALID /outputs']],
    ['a number', 7, ['E_SCHEMA_INVALID /outputs']],
    ['a list of ids', [sink.node_id], ['E_SCHEMA_INVALID /outputs/0']],
    ['a node that is not in the DAG', { a: missing }, ['E_DANGLING_DEPENDENCY /outputs/a']],
    ['the name of a node', { a: 'sink' }, ['E_SCHEMA_INVALID /outputs/a']],
    ['no node', { a: null }, ['E_SCHEMA_INVALID /outputs/a']],
    ['a query', { a: query.node_id, b: sink.node_id }, ['E_SCHEMA_INVALID /outputs/a']],
    ['an empty name', { '': sink.node_id }, ['E_SCHEMA_INVALID /outputs/']],
    ['a name that begins with a digit', { '1a': sink.node_id }, ['E_SCHEMA_INVALID /outputs/1a']],
    ['a name with white space', { 'a b': sink.node_id }, ['E_SCHEMA_INVALID /outputs/a b']],
    ['a name with a slash', { 'a/b': sink.node_id }, ['E_SCHEMA_INVALID /outputs/a~1b']],
    ['a name beyond ASCII', { größe: sink.node_id }, ['E_SCHEMA_INVALID /outputs/größe']],
    ['a name that ends with a line feed', { 'a\n': sink.node_id }, ['E_SCHEMA_INVALID /outputs/a\n']],
    [
      'a doubled name',
      [
        { name: 'a', node_id: sink.node_id },
        { name: 'a', node_id: source.node_id },
      ],
      ['E_DUPLICATE /outputs/1/name'],
    ],
    [
      'a list with a query and without a name',
      [{ node_id: query.node_id }],
      ['E_SCHEMA_INVALID /outputs/0/name', 'E_SCHEMA_INVALID /outputs/0/node_id'],
    ],
    [
      'another member',
      [{ name: 'a', node_id: sink.node_id, nodeid: 1 }],
      ['E_SCHEMA_INVALID /outputs/0/nodeid'],
    ],
  ])('an output that is %s is refused', (_what, outputs, expected) => {
    expect(problems(outputs)).toEqual(expected);
  });

  test('the problems of all outputs, and of the nodes, are listed at once', () => {
    const wrong = { ...sink, node_id: missing };
    const result = parseDag({
      nodes: [source, wrong],
      outputs: { 'no name': source.node_id, a: missing, b: query.node_id },
    });
    expect(result.ok ? [] : result.problems.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'E_SCHEMA_INVALID /outputs/no name',
      'E_NODE_ID_MISMATCH /nodes/1/node_id',
      'E_DANGLING_DEPENDENCY /outputs/b',
    ]);
  });

  test('the number of outputs is limited', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`o${index}`, sink.node_id]));
    expect(problems(many(limits.dagOutputsMax))).toEqual([]);
    expect(problems(many(limits.dagOutputsMax + 1))).toEqual(['E_LIMIT_EXCEEDED /outputs']);
  });

  test('the length of a name is limited', () => {
    const named = (length: number) => ({ ['n'.repeat(length)]: sink.node_id });
    expect(problems(named(limits.outputNameCharsMax))).toEqual([]);
    expect(problems(named(limits.outputNameCharsMax + 1))).toEqual([
      `E_LIMIT_EXCEEDED /outputs/${'n'.repeat(limits.outputNameCharsMax + 1)}`,
    ]);
  });

  test('outputs count for the size of a DAG', () => {
    const dag = accept({ nodes, outputs: { a: sink.node_id } });
    const bytes = dagBytes(dag);
    const check = (dagBytesMax: number) => parseDag(dagDocument(dag), { ...limits, dagBytesMax }).ok;
    expect([check(bytes), check(bytes - 1)]).toEqual([true, false]);
  });
});
