import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { branded, isNodeId, isTopicName } from '../../../domain/base/ids.js';
import { limits } from '../../../domain/base/limits.js';
import { resolveNamespace } from '../../../domain/context/namespace.js';
import { isQuery, type NodeSpec } from '../../../domain/dag/dag.js';
import type { KnownGraph, KnownNode, QueueState } from '../../../domain/dag/diff.js';
import { countDiff, isSettled, topicsOf } from '../../../domain/submissions/queue-map.js';
import { planRegistration, type RegistrationPlan } from '../../../domain/submissions/registration.js';
import type { Submission } from '../../../domain/submissions/submission.js';
import { topicCollisionKey } from '../../../domain/topics/topic-name.js';
import { sampleNodeSpec } from '../../proto/domain-samples.js';
import { sampleSubmission } from '../../samples.js';

const submission = sampleSubmission({ nodes: 4 });
const [first, second] = submission.dag.nodes;
if (first === undefined || second === undefined) throw new Error('the sample has too few nodes');

const nobody = () => undefined;

interface Held {
  readonly node: KnownNode;
  readonly state?: QueueState;
  readonly generation?: number;
}

function graphOf(held: readonly Held[]): KnownGraph {
  const queues = held.flatMap(({ node: { nodeId }, state, generation = 1 }) =>
    state === undefined
      ? []
      : [{ nodeId, topic: branded(`known-${nodeId.slice(7, 15)}`, isTopicName), state, generation }],
  );
  return {
    nodes: new Map(held.map(({ node }) => [node.nodeId, node])),
    queues: new Map(queues.map((queue) => [queue.nodeId, queue])),
  };
}

function plan(
  of: Submission,
  known = graphOf([]),
  ownerOf: (key: string) => string | undefined = nobody,
): RegistrationPlan {
  return planRegistration(of, resolveNamespace(of.context, 'world-domain'), known, ownerOf);
}

function planned(...of: Parameters<typeof plan>) {
  const result = plan(...of);
  if (result.kind !== 'plan') throw new Error(result.kind);
  return result;
}

describe('a plan', () => {
  test('a plan for an empty graph reserves one queue per node, in DAG order', () => {
    const { counts, queueMap, reservations } = planned(submission);
    const ids = submission.dag.nodes.map(({ nodeId }) => nodeId);
    expect(counts).toEqual({ reuse: 0, buffering: 0, new: 4 });
    expect(queueMap.map(({ nodeId }) => nodeId)).toEqual(ids);
    expect(reservations.map(({ node }) => node.nodeId)).toEqual(ids);
    expect(queueMap.map(({ topic }) => topic)).toEqual(reservations.map(({ spec }) => spec.topic));
    expect(reservations[0]?.spec.topic).toBe(`w1.backtest.btc_Indicator_${ids[0]?.slice(7, 15)}_v1`);
  });

  test('an existing queue, active or pending, is joined, and nothing is reserved for it', () => {
    for (const state of ['active', 'pending'] as const) {
      const { counts, queueMap, reservations } = planned(submission, graphOf([{ node: first, state }]));
      expect(counts).toEqual({ reuse: 1, buffering: 0, new: 3 });
      expect(queueMap[0]).toEqual({
        nodeId: first.nodeId,
        diff: 'reuse',
        topic: `known-${first.nodeId.slice(7, 15)}`,
        generation: 1,
      });
      expect(reservations).toHaveLength(3);
    }
  });

  test('the queue of a node that only changed its byte-level schema is joined and rebuilt', () => {
    const changed = sampleSubmission({ nodes: 1, schemaHash: 'new' });
    const node = { ...first, schemaHash: 'old' };
    expect(planned(changed, graphOf([{ node, state: 'active' }])).counts).toEqual({
      reuse: 0,
      buffering: 1,
      new: 0,
    });
  });

  test('a known node without a queue in this namespace gets one', () => {
    expect(planned(submission, graphOf([{ node: first }])).counts.new).toBe(4);
  });

  test('I-10: a queue that was collected is followed by one of the next generation, with a name of its own', () => {
    const usual = planned(submission).reservations[0];
    const known = graphOf([{ node: first, state: 'collected', generation: 3 }]);
    const { queueMap, reservations, counts } = planned(submission, known);
    expect(counts).toEqual({ reuse: 0, buffering: 0, new: 4 });
    expect(usual).toMatchObject({ generation: 1 });
    expect(reservations[0]).toMatchObject({ generation: 4, spec: { topic: `${usual?.spec.topic}_g4` } });
    expect(queueMap[0]).toMatchObject({ diff: 'new', generation: 4, topic: `${usual?.spec.topic}_g4` });
  });

  test('a queue is reserved with the schema of its node, or the one that the graph has of it', () => {
    const asked = sampleSubmission({ nodes: 1, schemaHash: 'asked' });
    const [node = first] = asked.dag.nodes;
    const held = { node: { ...node, schemaHash: 'held' }, state: 'collected' } as const;
    expect(planned(asked, graphOf([held])).reservations[0]).toMatchObject({ schemaHash: 'asked' });
    const bare = sampleSubmission({ nodes: 1 });
    expect(planned(bare, graphOf([held])).reservations[0]).toMatchObject({ schemaHash: 'held' });
    expect(planned(bare).reservations[0]).not.toHaveProperty('schemaHash');
  });

  test('I-5: a name held by another node leads to a longer hash', () => {
    const usual = planned(submission).reservations[0]?.spec.topic ?? '';
    const key = topicCollisionKey(usual);
    const { reservations } = planned(submission, graphOf([]), (asked) =>
      asked === key ? 'another' : undefined,
    );
    expect(reservations[0]?.spec.topic).toBe(
      usual.replace(first.nodeId.slice(7, 15), first.nodeId.slice(7, 17)),
    );
  });

  test('I-5: a name held by the node itself is kept', () => {
    const usual = planned(submission).reservations[0]?.spec.topic ?? '';
    const key = topicCollisionKey(usual);
    const ownerOf = (asked: string) => (asked === key ? first.nodeId : undefined);
    const { reservations } = planned(submission, graphOf([]), ownerOf);
    expect(reservations[0]?.spec.topic).toBe(usual);
  });

  test('I-5: two nodes of one submission with the same short hash get two names', () => {
    const twin = (end: string): NodeSpec => ({
      ...sampleNodeSpec,
      nodeId: branded(`blake3:${'ab'.repeat(31)}${end}`, isNodeId),
      dependencies: [],
    });
    const twins = { ...submission, dag: { ...submission.dag, nodes: [twin('00'), twin('01')] } };
    const names = planned(twins).reservations.map(({ spec }) => topicCollisionKey(spec.topic));
    expect(new Set(names).size).toBe(2);
  });
});

describe('without a plan', () => {
  test('a registration that needs queues being collected is answered with their names', () => {
    const known = graphOf([
      { node: first, state: 'draining' },
      { node: second, state: 'draining' },
    ]);
    expect(plan(submission, known)).toEqual({
      kind: 'draining',
      topics: [first, second].map(({ nodeId }) => `known-${nodeId.slice(7, 15)}`),
    });
  });

  test('a registration with ids of other content is answered with these ids, whatever is being collected', () => {
    const known = graphOf([
      { node: { ...first, codeHash: 'other' }, state: 'active' },
      { node: second, state: 'draining' },
    ]);
    expect(plan(submission, known)).toEqual({ kind: 'collision', nodeIds: [first.nodeId] });
  });
});

test('I-5: whatever is known and taken, every node has one queue and no two share a name', () => {
  const wide = sampleSubmission({ nodes: 12 });
  const states = fc.constantFrom<QueueState | 'none' | 'unknown'>('pending', 'active', 'none', 'unknown');
  const knowledge = fc.array(states, { minLength: 12, maxLength: 12 });
  const takenKeys = fc.uniqueArray(
    fc.constantFrom(...planned(wide).reservations.map(({ spec }) => topicCollisionKey(spec.topic))),
  );
  fc.assert(
    fc.property(knowledge, takenKeys, (known, taken) => {
      const held = wide.dag.nodes.flatMap((node, index) => {
        const state = known[index];
        if (state === 'unknown' || state === undefined) return [];
        return [state === 'none' ? { node } : { node, state }];
      });
      const ownerOf = (key: string) => (taken.includes(key) ? 'another' : undefined);
      const { counts, queueMap, reservations } = planned(wide, graphOf(held), ownerOf);
      const keys = [...topicsOf(queueMap).values()].map(topicCollisionKey);
      expect(new Set(keys).size).toBe(12);
      expect(keys.filter((key) => taken.includes(key))).toEqual([]);
      expect(counts).toEqual(countDiff(queueMap));
      expect(reservations).toHaveLength(counts.new);
    }),
  );
});

describe('queries', () => {
  const asking = sampleSubmission({
    nodes: 2,
    tagQuery: { tags: ['btc'], matchMode: 'any', interval: 60 },
  });
  const query = asking.dag.nodes.find(isQuery);
  if (query === undefined) throw new Error('no query');

  test('a query is new or reused, and has neither a topic nor a reservation', () => {
    for (const [known, diff] of [
      [graphOf([]), 'new'],
      [graphOf([{ node: query }]), 'reuse'],
      [graphOf([{ node: query, state: 'active' }]), 'reuse'],
      [graphOf([{ node: { ...query, schemaHash: 'other' } }]), 'reuse'],
    ] as const) {
      const { queueMap, reservations } = planned(asking, known);
      expect(queueMap.find(({ nodeId }) => nodeId === query.nodeId)).toEqual({ nodeId: query.nodeId, diff });
      expect(reservations.some(({ node }) => isQuery(node))).toBe(false);
    }
  });

  test('a queue that a graph of an earlier release has for a query holds nothing up', () => {
    expect(plan(asking, graphOf([{ node: query, state: 'draining' }])).kind).toBe('plan');
  });

  test('tags of a query are not added to it', () => {
    const retagged = { ...asking, dag: { ...asking.dag, nodes: [{ ...query, tags: ['more'] }] } };
    expect(planned(retagged, graphOf([{ node: query }])).queueMap).toEqual([
      { nodeId: query.nodeId, diff: 'reuse' },
    ]);
  });
});

describe('tags of nodes that are there', () => {
  const given = (tags: readonly string[]): Submission => ({
    ...submission,
    dag: { ...submission.dag, nodes: [{ ...first, tags }] },
  });
  const heldTags = (count: number) => Array.from({ length: count }, (_, index) => `held-${index}`);
  const holding = (tags: readonly string[], state: QueueState | undefined = 'active') =>
    graphOf([{ node: { ...first, tags }, ...(state === undefined ? {} : { state }) }]);

  test('the tags that a node lacks are planned, in the order of the author, whatever class the node has', () => {
    for (const state of ['active', 'pending', undefined] as const) {
      const { queueMap } = planned(given(['z', 'a', 'held-0']), holding(heldTags(2), state));
      expect(queueMap[0]?.tagsAdded).toEqual(['z', 'a']);
    }
    expect(planned(given(['held-1']), holding(heldTags(2))).queueMap[0]).not.toHaveProperty('tagsAdded');
    expect(planned(given(['a'])).queueMap[0]).not.toHaveProperty('tagsAdded');
  });

  test('a node takes as many tags as the limit, and not one more', () => {
    const most = limits.nodeTagsTotalMax;
    expect(plan(given(['a']), holding(heldTags(most - 1))).kind).toBe('plan');
    expect(plan(given(['held-0']), holding(heldTags(most))).kind).toBe('plan');
    expect(plan(given(['held-0', 'a']), holding(heldTags(most)))).toEqual({
      kind: 'too-many-tags',
      nodes: [{ nodeId: first.nodeId, held: most, missing: ['a'] }],
      added: 1,
    });
  });

  test('a submission adds as many tags as the limit, and not one more', () => {
    const perNode = 10;
    const wide = sampleSubmission({ nodes: limits.submissionTagsAddedMax / perNode });
    const known = graphOf(wide.dag.nodes.map((node) => ({ node: { ...node, tags: [] }, state: 'active' })));
    const adding = (last: number): Submission => ({
      ...wide,
      dag: {
        ...wide.dag,
        nodes: wide.dag.nodes.map((node, index) => {
          const count = index === 0 ? last : perNode;
          return { ...node, tags: Array.from({ length: count }, (_, at) => `t-${at}`) };
        }),
      },
    });
    expect(plan(adding(perNode), known).kind).toBe('plan');
    expect(plan(adding(perNode + 1), known)).toEqual({
      kind: 'too-many-tags',
      nodes: [],
      added: limits.submissionTagsAddedMax + 1,
    });
    // New nodes bring their tags with their registration.
    expect(plan(adding(perNode + 1)).kind).toBe('plan');
  });

  test('too many tags are refused, also while the queue is being collected', () => {
    const known = holding(heldTags(limits.nodeTagsTotalMax), 'draining');
    expect(plan(given(['a']), known).kind).toBe('too-many-tags');
  });

  test('a submission that adds a tag is not settled, nor one whose query nobody committed', () => {
    const { queueMap } = planned(given(['a']), holding(heldTags(1)));
    expect(isSettled(queueMap, () => true)).toBe(false);
    const known = planned(given(['held-0']), holding(heldTags(1))).queueMap;
    expect(isSettled(known, () => true)).toBe(true);
    expect(isSettled(known, () => false)).toBe(false);
  });
});
