import { describe, expect, test } from 'vitest';
import { type CommittedChange, commitEvents, type ResolvedQueue } from '../../domain/commit-events.js';
import type { QueueUpdated } from '../../domain/control-events.js';
import type { NodeSpec, TagQuery } from '../../domain/dag.js';
import { branded, isNodeId, isTopicName } from '../../domain/ids.js';
import { limits } from '../../domain/limits.js';
import { sampleNodeSpec } from '../proto/domain-samples.js';

function nodeOf(hex: string, tags: readonly string[], interval = 60): NodeSpec {
  return { ...sampleNodeSpec, nodeId: branded(`blake3:${hex.repeat(64)}`, isNodeId), tags, interval };
}

function queueOf(name: string): ResolvedQueue {
  return { topic: branded(name, isTopicName), global: false };
}

/** A change in a graph where every query finds the same queues and every set counts its own versions. */
function changeOf(change: Partial<CommittedChange>): CommittedChange {
  const versions = new Map<string, number>();
  return {
    activated: [],
    buffering: [],
    tagQueries: [],
    resolve: () => [queueOf('q1')],
    nextVersion: (tags, interval) => {
      const set = `${tags.join(',')} ${interval}`;
      const version = (versions.get(set) ?? 0) + 1;
      versions.set(set, version);
      return version;
    },
    ...change,
  };
}

function updatesOf(change: Partial<CommittedChange>): readonly QueueUpdated[] {
  return commitEvents(changeOf(change)).filter((event) => event.type === 'queue_updated');
}

const btc = nodeOf('a', ['BTC', 'price']);

describe('the news of a commit', () => {
  test('is nothing when nothing changed', () => {
    const tagQueries: TagQuery[] = [{ tags: ['BTC'], matchMode: 'any', interval: 60 }];
    expect(commitEvents(changeOf({ tagQueries }))).toEqual([]);
  });

  test('is the changed sets first, then the nodes, each with its status', () => {
    const second = nodeOf('b', []);
    const rebuilt = nodeOf('c', ['ETH']);
    expect(commitEvents(changeOf({ activated: [btc, second], buffering: [rebuilt] }))).toEqual([
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

  test('names a set once however many nodes entered it, and sets of another interval apart', () => {
    const activated = [btc, nodeOf('b', ['BTC', 'price']), nodeOf('c', ['BTC', 'price'], 3_600)];
    expect(updatesOf({ activated }).map(({ tags, interval }) => [tags, interval])).toEqual([
      [['BTC', 'price'], 3_600],
      [['BTC', 'price'], 60],
    ]);
  });

  test('names a set by its sorted tags, whatever the order its author gave them', () => {
    expect(updatesOf({ activated: [nodeOf('a', ['price', 'BTC'])] })[0]?.tags).toEqual(['BTC', 'price']);
  });

  test('of a node without tags names no set', () => {
    expect(updatesOf({ activated: [nodeOf('a', [])] })).toEqual([]);
  });

  test('does not depend on the order of the nodes', () => {
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

  test.each(entered)('hears of a queue with %s', (_name, query, told) => {
    const updates = updatesOf({ activated: [btc], tagQueries: [query] });
    const heard = updates.filter(
      (update) => update.matchMode === query.matchMode && update.tags === query.tags,
    );
    expect(heard.length > 0).toBe(told);
  });

  test('that asks for the set a node announces is told once', () => {
    const query: TagQuery = { tags: ['BTC', 'price'], matchMode: 'all', interval: 60 };
    expect(updatesOf({ activated: [btc], tagQueries: [query, { ...query }] })).toHaveLength(1);
  });

  test('with the tags and the interval of another, but not its mode, has a version of its own', () => {
    const query: TagQuery = { tags: ['BTC', 'price'], matchMode: 'any', interval: 60 };
    const versions = updatesOf({ activated: [btc], tagQueries: [query] }).map(({ version }) => version);
    expect(new Set(versions)).toEqual(new Set([1, 2]));
  });
});

describe('the queues of an announced set', () => {
  const found = (count: number) => Array.from({ length: count }, (_, index) => queueOf(`q${index}`));

  test.each([
    [limits.eventQueuesMax, false],
    [limits.eventQueuesMax + 1, true],
  ])('%d of them: truncated %j', (count, truncated) => {
    const [update] = updatesOf({ activated: [btc], resolve: () => found(count) });
    expect(update).toMatchObject({ truncated, queues: { length: limits.eventQueuesMax } });
  });

  test('are those the set resolves to after the commit', () => {
    const asked: TagQuery[] = [];
    const resolve = (query: TagQuery) => {
      asked.push(query);
      return [{ ...queueOf('q9'), global: true }];
    };
    const [update] = updatesOf({ activated: [btc], resolve });
    expect(asked).toEqual([{ tags: ['BTC', 'price'], matchMode: 'all', interval: 60 }]);
    expect(update?.queues).toEqual([{ queue: 'q9', global: true }]);
  });
});
