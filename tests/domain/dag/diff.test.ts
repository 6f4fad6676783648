import { describe, expect, test } from 'vitest';
import { makeDagDocument } from '../../../bench/dag-samples.js';
import { branded, isTopicName, type NodeId } from '../../../domain/base/ids.js';
import { type Dag, isQuery, type NodeSpec } from '../../../domain/dag/dag.js';
import { parseDag } from '../../../domain/dag/dag-document.js';
import {
  diffDag,
  type KnownGraph,
  type KnownNode,
  type KnownQueue,
  nextGeneration,
  type QueueState,
} from '../../../domain/dag/diff.js';

function sampleDag(nodes: number): Dag {
  const result = parseDag(makeDagDocument({ nodes, seed: 5 }));
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.dag;
}

const dag = sampleDag(10);

function queueOf(node: NodeSpec, state: QueueState = 'active', more: Partial<KnownQueue> = {}): KnownQueue {
  const topic = branded(`t-${node.nodeId.slice(7, 20)}`, isTopicName);
  return { nodeId: node.nodeId, topic, state, generation: 1, ...more };
}

function graphOf(nodes: readonly KnownNode[], queues: readonly KnownQueue[]): KnownGraph {
  return {
    nodes: new Map(nodes.map((node) => [node.nodeId, node])),
    queues: new Map(queues.map((queue) => [queue.nodeId, queue])),
  };
}

const empty = graphOf([], []);
const full = graphOf(
  dag.nodes,
  dag.nodes.map((node) => queueOf(node)),
);
const classes = (known: KnownGraph) => diffDag(dag, known).entries.map((entry) => entry.class);
const [first] = dag.nodes;
if (first === undefined) throw new Error('the sample has no nodes');

describe('classes', () => {
  test('an empty graph makes every node new', () => {
    const diff = diffDag(dag, empty);
    expect(diff).toEqual({
      entries: dag.nodes.map((node) => ({ class: 'new', node })),
      draining: [],
      collisions: [],
    });
  });

  test('a graph that holds everything makes every node reuse, with its queue', () => {
    expect(diffDag(dag, full)).toEqual({
      entries: dag.nodes.map((node) => ({ class: 'reuse', node, queue: queueOf(node) })),
      draining: [],
      collisions: [],
    });
  });

  test('I-6: a node without a queue in this namespace is new', () => {
    expect(classes(graphOf(dag.nodes, []))).toEqual(dag.nodes.map(() => 'new'));
  });

  test('I-6: a node that has a queue but is not in the graph is new', () => {
    expect(
      classes(
        graphOf(
          [],
          dag.nodes.map((node) => queueOf(node)),
        ),
      ),
    ).toEqual(dag.nodes.map(() => 'new'));
  });

  test('a queue reserved by an unfinished submission is joined', () => {
    expect(
      classes(
        graphOf(
          dag.nodes,
          dag.nodes.map((node) => queueOf(node, 'pending')),
        ),
      ),
    ).toEqual(dag.nodes.map(() => 'reuse'));
  });

  test('a queue being collected is listed, and its node is new', () => {
    const draining = queueOf(first, 'draining');
    const diff = diffDag(
      dag,
      graphOf(dag.nodes, [...dag.nodes.slice(1).map((node) => queueOf(node)), draining]),
    );
    expect(diff.draining).toEqual([draining]);
    expect(diff.entries[0]).toEqual({ class: 'new', node: first });
    expect(diff.entries.slice(1).every((entry) => entry.class === 'reuse')).toBe(true);
  });

  test('a queue that was collected is not joined, and nobody waits for it', () => {
    const diff = diffDag({ nodes: [first] }, graphOf([first], [queueOf(first, 'collected')]));
    expect(diff).toEqual({ entries: [{ class: 'new', node: first }], draining: [], collisions: [] });
  });

  test('a queue that the submission reserved itself is still new to it', () => {
    const known = graphOf([first], [queueOf(first, 'pending', { own: true })]);
    expect(diffDag({ nodes: [first] }, known).entries).toEqual([{ class: 'new', node: first }]);
  });

  test.each<[string, KnownQueue | undefined, number]>([
    ['without a queue', undefined, 1],
    ['with a collected one', queueOf(first, 'collected', { generation: 7 }), 8],
    ['with one it reserved itself', queueOf(first, 'pending', { generation: 7, own: true }), 7],
  ])('the generation of a queue for a node %s', (_which, queue, generation) => {
    expect(nextGeneration(queue)).toBe(generation);
  });

  test.each<[string, Partial<KnownQueue>, string]>([
    ['the schema of the queue counts, not that of the node', { schemaHash: 'asked' }, 'reuse'],
    ['another schema of the queue is buffering', { schemaHash: 'another' }, 'buffering'],
    ['a queue without a schema has that of its node', {}, 'buffering'],
    ['a queue that is buffering for the schema is joined', { bufferingHash: 'asked' }, 'reuse'],
  ])('%s', (_which, queue, expected) => {
    const known = graphOf([{ ...first, schemaHash: 'first' }], [queueOf(first, 'active', queue)]);
    const { entries } = diffDag({ nodes: [{ ...first, schemaHash: 'asked' }] }, known);
    expect(entries[0]?.class).toBe(expected);
  });

  test('a changed schema_hash under the same NodeID is buffering, with a lag of its history', () => {
    const known = graphOf([{ ...first, schemaHash: 'older' }], [queueOf(first)]);
    expect(diffDag({ nodes: [first] }, known).entries).toEqual([
      { class: 'buffering', node: first, queue: queueOf(first), lagBars: first.period },
    ]);
  });

  test.each([
    ['the graph has', { known: {}, asked: { schemaHash: 'x' } }],
    ['the submission has', { known: { schemaHash: 'x' }, asked: {} }],
    ['either side has', { known: {}, asked: {} }],
  ])('reuse needs no schema_hash: one of those %s none', (_which, { known, asked }) => {
    const { schemaHash: _dropped, ...bare } = first;
    const diff = diffDag(
      { nodes: [{ ...bare, ...asked }] },
      graphOf([{ ...bare, ...known }], [queueOf(first)]),
    );
    expect(diff.entries[0]?.class).toBe('reuse');
  });
});

describe('collisions', () => {
  const other: NodeId = dag.nodes[1]?.nodeId ?? first.nodeId;
  test.each<[string, Partial<NodeSpec>]>([
    ['node_type', { nodeType: 'Other' }],
    ['interval', { interval: first.interval + 1 }],
    ['period', { period: first.period + 1 }],
    ['params', { paramsCanon: '{}' }],
    ['dependencies', { dependencies: [...first.dependencies, other] }],
    ['schema_compat_id', { schemaCompatId: 'other' }],
    ['code_hash', { codeHash: 'other' }],
  ])('I-6: the same id with another %s is a collision and never reuse', (_field, change) => {
    const diff = diffDag(dag, graphOf([{ ...first, ...change }], [queueOf(first)]));
    expect(diff.collisions).toEqual([first]);
    expect(diff.entries[0]?.class).toBe('new');
  });

  test('a difference that does not identify a node is not a collision', () => {
    const known = graphOf([{ ...first, name: 'other', tags: ['other'], owner: 'other' }], [queueOf(first)]);
    expect(diffDag({ nodes: [first] }, known)).toMatchObject({
      collisions: [],
      entries: [{ class: 'reuse' }],
    });
  });
});

describe('cost and order', () => {
  test('a diff has one entry per node in DAG order, and reads the graph once per node', () => {
    const large = sampleDag(2_000);
    const looks = { nodes: 0, queues: 0 };
    const counting = <K, V>(map: ReadonlyMap<K, V>, what: keyof typeof looks) =>
      new Proxy(map, {
        get: (target, key) => {
          if (key !== 'get') throw new Error(`the diff asked the graph for ${String(key)}`);
          return (id: K) => {
            looks[what] += 1;
            return target.get(id);
          };
        },
      });
    const known = { nodes: counting(full.nodes, 'nodes'), queues: counting(full.queues, 'queues') };
    const diff = diffDag(large, known);
    const queries = large.nodes.filter(isQuery).length;
    expect(queries).toBeGreaterThan(0);
    expect(looks).toEqual({ nodes: 2_000, queues: 2_000 - queries });
    expect(diff.entries.map(({ node }) => node)).toEqual(large.nodes);
    expect(diffDag(large, known)).toEqual(diff);
  });
});
