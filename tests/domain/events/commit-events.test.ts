import { describe, expect, test } from 'vitest';
import { branded, isNodeId, isTopicName } from '../../../domain/base/ids.js';
import { limits } from '../../../domain/base/limits.js';
import type { NodeSpec, TagQuery } from '../../../domain/dag/dag.js';
import {
  changedSets,
  commitEvents,
  queueSetKey,
  type ResolvedQueue,
} from '../../../domain/events/commit-events.js';
import type { QueueUpdated } from '../../../domain/events/control-events.js';
import { sampleNodeSpec } from '../../proto/domain-samples.js';

function nodeOf(hex: string, tags: readonly string[], interval = 60): NodeSpec {
  return { ...sampleNodeSpec, nodeId: branded(`blake3:${hex.repeat(64)}`, isNodeId), tags, interval };
}

function queueOf(name: string): ResolvedQueue {
  return { topic: branded(name, isTopicName), global: false };
}

interface Change {
  readonly activated?: readonly NodeSpec[];
  readonly buffering?: readonly NodeSpec[];
  readonly tagQueries?: readonly TagQuery[];
  readonly queues?: readonly ResolvedQueue[];
}

/** The events of a change in a graph where every query finds the same queues and every set has its own versions. */
function eventsOf({ activated = [], buffering = [], tagQueries = [], queues = [queueOf('q1')] }: Change) {
  const versions = new Map<string, number>();
  const sets = changedSets(activated, tagQueries).map((query) => {
    const version = (versions.get(queueSetKey(query)) ?? 0) + 1;
    versions.set(queueSetKey(query), version);
    return { query, version, queues };
  });
  const idsOf = (nodes: readonly NodeSpec[]) => nodes.map(({ nodeId }) => nodeId);
  return commitEvents({ sets, activated: idsOf(activated), buffering: idsOf(buffering) });
}

function updatesOf(change: Change): readonly QueueUpdated[] {
  return eventsOf(change).filter((event) => event.type === 'queue_updated');
}

const btc = nodeOf('a', ['BTC', 'price']);

describe('the events of a commit', () => {
  test('a commit that changed nothing has no events', () => {
    const tagQueries: TagQuery[] = [{ tags: ['BTC'], matchMode: 'any', interval: 60 }];
    expect(eventsOf({ tagQueries })).toEqual([]);
  });

  test('events are the changed sets first, then the nodes, each with its status', () => {
    const second = nodeOf('b', []);
    const rebuilt = nodeOf('c', ['ETH']);
    expect(eventsOf({ activated: [btc, second], buffering: [rebuilt] })).toEqual([
      {
        type: 'queue_updated',
        tags: ['BTC', 'price'],
        interval: 60,
        matchMode: 'all',
        queues: [{ queue: 'q1', global: false }],
        truncated: false,
        version: 1,
      },
      { type: 'node_status_changed', nodeId: btc.nodeId, status: 'active' },
      { type: 'node_status_changed', nodeId: second.nodeId, status: 'active' },
      { type: 'node_status_changed', nodeId: rebuilt.nodeId, status: 'buffering' },
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
