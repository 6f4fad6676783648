import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { branded, isNodeId, isTopicName } from '../../../domain/base/ids.js';
import { limits } from '../../../domain/base/limits.js';
import type { NodeSpec, TagQuery } from '../../../domain/dag/dag.js';
import { matches } from '../../../domain/dag/tag-query.js';
import type { QueueUpdated } from '../../../domain/events/control-events.js';
import {
  activationId,
  activationsOf,
  announcementDue,
  changedSets,
  leadingTags,
  queueSetId,
  queueSetKey,
  queueUpdated,
  type ResolvedQueue,
} from '../../../domain/events/queue-sets.js';
import { sampleNodeSpec } from '../../proto/domain-samples.js';

function nodeOf(hex: string, tags: readonly string[], interval = 60): NodeSpec {
  return { ...sampleNodeSpec, nodeId: branded(`blake3:${hex.repeat(64)}`, isNodeId), tags, interval };
}

function queueOf(name: string): ResolvedQueue {
  return { topic: branded(name, isTopicName), global: false };
}

interface Change {
  readonly activated?: readonly NodeSpec[];
  readonly tagQueries?: readonly TagQuery[];
  readonly queues?: readonly ResolvedQueue[];
}

/** The announcements of a change in a graph where every query finds the same queues and every set has its own versions. */
function updatesOf({
  activated = [],
  tagQueries = [],
  queues = [queueOf('q1')],
}: Change): readonly QueueUpdated[] {
  const versions = new Map<string, number>();
  return changedSets(activationsOf(activated), tagQueries).map((query) => {
    const version = (versions.get(queueSetKey(query)) ?? 0) + 1;
    versions.set(queueSetKey(query), version);
    return queueUpdated({ query, version, queues });
  });
}

const btc = nodeOf('a', ['BTC', 'price']);

describe('the sets that new queues change', () => {
  test('nothing new changes no set', () => {
    const tagQueries: TagQuery[] = [{ tags: ['BTC'], matchMode: 'any', interval: 60 }];
    expect(updatesOf({ tagQueries })).toEqual([]);
  });

  test('the set of a node has all of its tags', () => {
    expect(updatesOf({ activated: [btc] })).toEqual([
      {
        type: 'queue_updated',
        tags: ['BTC', 'price'],
        interval: 60,
        matchMode: 'all',
        queues: [{ queue: 'q1', global: false }],
        truncated: false,
        version: 1,
      },
    ]);
  });

  test('a set is announced once however many nodes entered it, and separately per interval', () => {
    const activated = [btc, nodeOf('b', ['BTC', 'price']), nodeOf('c', ['BTC', 'price'], 3_600)];
    expect(updatesOf({ activated }).map(({ tags, interval }) => [tags, interval])).toEqual([
      [['BTC', 'price'], 3_600],
      [['BTC', 'price'], 60],
    ]);
  });

  test('a set is named by its sorted tags, whatever the order given by the author', () => {
    expect(updatesOf({ activated: [nodeOf('a', ['price', 'BTC'])] })[0]?.tags).toEqual(['BTC', 'price']);
  });

  test('a node without tags announces no set', () => {
    expect(updatesOf({ activated: [nodeOf('a', [])] })).toEqual([]);
  });

  test('the events do not depend on the order of the nodes', () => {
    const activated = [btc, nodeOf('b', ['ETH']), nodeOf('c', ['ADA'])];
    expect(updatesOf({ activated: [...activated].reverse() })).toEqual(updatesOf({ activated }));
  });
});

describe('a tag query in the graph', () => {
  const entered: [name: string, query: TagQuery, told: boolean][] = [
    ['any of its tags', { tags: ['BTC', 'ETH'], matchMode: 'any', interval: 60 }, true],
    ['all of its tags', { tags: ['BTC'], matchMode: 'all', interval: 60 }, true],
    ['only some of all its tags', { tags: ['BTC', 'ETH'], matchMode: 'all', interval: 60 }, false],
    ['none of its tags', { tags: ['ETH'], matchMode: 'any', interval: 60 }, false],
    ['another interval', { tags: ['BTC'], matchMode: 'any', interval: 3_600 }, false],
  ];

  test.each(entered)('the set of a tag query is announced for a queue with %s', (_name, query, told) => {
    const updates = updatesOf({ activated: [btc], tagQueries: [query] });
    const heard = updates.filter(
      (update) => update.matchMode === query.matchMode && update.tags === query.tags,
    );
    expect(heard.length > 0).toBe(told);
  });

  test('a set that is both announced by a node and queried is announced once', () => {
    const query: TagQuery = { tags: ['BTC', 'price'], matchMode: 'all', interval: 60 };
    expect(updatesOf({ activated: [btc], tagQueries: [query, { ...query }] })).toHaveLength(1);
  });

  test('a set with the tags and interval of another but another mode has a version of its own', () => {
    const query: TagQuery = { tags: ['BTC', 'price'], matchMode: 'any', interval: 60 };
    const versions = updatesOf({ activated: [btc], tagQueries: [query] }).map(({ version }) => version);
    expect(new Set(versions)).toEqual(new Set([1, 2]));
  });
});

describe('the sets that new tags of a node change', () => {
  const retagged = (tags: readonly string[], added: readonly string[]) => ({ tags, added, interval: 60 });
  const setsOf = (tags: readonly string[], added: readonly string[], queries: readonly TagQuery[]) =>
    changedSets(activationsOf([], [retagged(tags, added)]), queries).map(
      (set) => `${set.matchMode} ${set.tags.join()}`,
    );

  test('the set of all tags of the node is announced, and that of a query which a new tag leads to', () => {
    const queries: TagQuery[] = [
      { tags: ['new'], matchMode: 'any', interval: 60 },
      { tags: ['new', 'old'], matchMode: 'all', interval: 60 },
      { tags: ['new', 'other'], matchMode: 'all', interval: 60 },
      { tags: ['new'], matchMode: 'any', interval: 3_600 },
    ];
    expect(setsOf(['old', 'new'], ['new'], queries)).toEqual(['any new', 'all new,old']);
  });

  test('a set that the queue was in before is not announced', () => {
    const queries: TagQuery[] = [
      { tags: ['old'], matchMode: 'any', interval: 60 },
      { tags: ['new', 'old'], matchMode: 'any', interval: 60 },
    ];
    expect(setsOf(['old', 'new'], ['new'], queries)).toEqual(['all new,old']);
  });

  test('nodes that get the same tags are one activation, others are several, and each has its own id', () => {
    const activations = activationsOf(
      [],
      [retagged(['a', 'b'], ['b']), retagged(['b', 'a'], ['b']), retagged(['a', 'b'], ['a', 'b'])],
    );
    expect(activations.map(({ added }) => added)).toEqual([['b'], ['a', 'b']]);
    expect(new Set([...activations, ...activationsOf([btc])].map(activationId)).size).toBe(3);
  });

  test('a queue that becomes active with the same tags covers one that only got some of them', () => {
    const activated = { tags: ['a', 'b'], interval: 60 };
    expect(activationsOf([activated], [retagged(['a', 'b'], ['b'])])).toEqual([
      { set: { tags: ['a', 'b'], matchMode: 'all', interval: 60 } },
    ]);
  });

  const tag = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const tagList = fc.uniqueArray(tag, { minLength: 1, maxLength: 5 });
  const anyQuery = fc.record({
    tags: tagList,
    matchMode: fc.constantFrom<'any' | 'all'>('any', 'all'),
    interval: fc.constantFrom(60, 300),
  });

  test('exactly the queries that the node did not match before and matches now are changed', () => {
    fc.assert(
      fc.property(fc.uniqueArray(tag), tagList, fc.array(anyQuery), (held, given, queries) => {
        const added = given.filter((one) => !held.includes(one));
        fc.pre(added.length > 0);
        const node = retagged([...held, ...added], added);
        const changed = new Set(changedSets(activationsOf([], [node]), queries).map(queueSetId));
        const own = queueSetId({ tags: [...node.tags].sort(), matchMode: 'all', interval: 60 });
        const others = queries.filter((query) => queueSetId(query) !== own);
        const entered = others.filter(
          (query) => matches(query, node) && !matches(query, { tags: held, interval: 60 }),
        );
        expect(others.filter((query) => changed.has(queueSetId(query)))).toEqual(entered);
        expect(changed.has(own)).toBe(true);
      }),
    );
  });

  test('leading tags lead to every query that may be changed', () => {
    fc.assert(
      fc.property(fc.uniqueArray(tag), tagList, fc.array(anyQuery), (held, given, queries) => {
        const added = given.filter((one) => !held.includes(one));
        const activations = activationsOf([], [retagged([...held, ...added], added)]);
        const leading = new Set(activations.flatMap(leadingTags));
        const found = queries.filter((query) => query.tags.some((one) => leading.has(one)));
        expect(changedSets(activations, found)).toEqual(changedSets(activations, queries));
      }),
    );
  });
});

describe('the queues of an announced set', () => {
  const found = (count: number) => Array.from({ length: count }, (_, index) => queueOf(`q${index}`));

  test('the queues of a set are all listed up to the limit', () => {
    const [update] = updatesOf({ activated: [btc], queues: found(limits.eventQueuesMax) });
    expect(update).toMatchObject({ truncated: false, queues: { length: limits.eventQueuesMax } });
  });

  test('past the limit no queue of a set is listed: the set is read over the API', () => {
    const [update] = updatesOf({ activated: [btc], queues: found(limits.eventQueuesMax + 1) });
    expect(update).toMatchObject({ truncated: true, queues: [] });
  });

  test('the queues of a set are in name order, whatever the order they were found in', () => {
    const queues = [{ ...queueOf('q9'), global: true }, queueOf('q1')];
    expect(updatesOf({ activated: [btc], queues })[0]?.queues).toEqual([
      { queue: 'q1', global: false },
      { queue: 'q9', global: true },
    ]);
  });
});

describe('when a set may be announced', () => {
  const pause = limits.setAnnouncementPauseMs;

  test.each([
    ['that was never announced', undefined, 0],
    ['announced long ago', -10 * pause, 0],
    ['announced just now', 0, pause],
    ['announced a moment ago', -100, pause - 100],
    ['announced by a clock that is ahead', 3_600_000, pause],
  ])('a set %s waits for the rest of the pause at most', (_name, announced, wait) => {
    const now = 1_700_000_000_000;
    expect(announcementDue(announced === undefined ? undefined : now + announced, now)).toBe(now + wait);
  });
});

test('sets with equal tags and interval share their versions, but each mode is a set of its own', () => {
  const all: TagQuery = { tags: ['BTC', 'price'], matchMode: 'all', interval: 60 };
  const any: TagQuery = { ...all, matchMode: 'any' };
  expect(queueSetKey(all)).toBe(queueSetKey(any));
  expect(queueSetId(all)).not.toBe(queueSetId(any));
});
