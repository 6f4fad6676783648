import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { branded, isNodeId, isTopicName, isWorldId, type NodeId } from '../../../domain/base/ids.js';
import { limits } from '../../../domain/base/limits.js';
import { type ExecutionContext, resolveContext } from '../../../domain/context/execution-context.js';
import { namespacePolicies, namespacePrefix, resolveNamespace } from '../../../domain/context/namespace.js';
import { classifyTopic, topicSettings } from '../../../domain/topics/topic.js';
import { shortHash, toAsset, topicCollisionKey, topicName } from '../../../domain/topics/topic-name.js';
import {
  compareTopic,
  minInsyncReplicas,
  planTopic,
  refuseMissingBrokers,
  topicCandidates,
} from '../../../domain/topics/topic-plan.js';

const nodeId = (hex: string): NodeId => branded(`blake3:${hex.padEnd(64, '0')}`, isNodeId);

function contextOf(request: { world?: string; domain?: string; asOf?: string }): ExecutionContext {
  const worldId = branded(request.world ?? 'w1', isWorldId);
  return resolveContext({ worldId, domain: request.domain, asOf: request.asOf });
}

const plain = { key: 'global', topicPrefix: '', topicSuffix: '' };
const node = { nodeId: nodeId('abcdef123456'), nodeType: 'Indicator', tags: ['btc'] };

describe('namespaces', () => {
  test.each([
    ['World 1', 'Live/Prod', 'world-1.live-prod'],
    ['w.1', 'live', 'w-1.live'],
    ['-W_1-', 'dryrun', 'w_1.dryrun'],
  ])('the prefix of world %j and domain %j is %s', (world, domain, prefix) => {
    expect(namespacePrefix(world, domain)).toBe(prefix);
  });

  test.each([
    [{ domain: 'live' }, 'world-domain', { key: 'w1.live', topicPrefix: 'w1.live.', topicSuffix: '' }],
    [
      { domain: 'sim', asOf: 'x' },
      'world-domain',
      { key: 'w1.dryrun', topicPrefix: 'w1.dryrun.', topicSuffix: '_sim' },
    ],
    [
      { domain: 'sim' },
      'world-domain',
      { key: 'w1.backtest-safe', topicPrefix: 'w1.backtest-safe.', topicSuffix: '' },
    ],
    [{ domain: 'live' }, 'none', plain],
    [{ domain: 'sim', asOf: 'x' }, 'none', { key: 'global_sim', topicPrefix: '', topicSuffix: '_sim' }],
    [{}, 'none', { key: 'safe-mode', topicPrefix: 'safe-mode.', topicSuffix: '' }],
  ] as const)('the namespace of a request for %j under policy %s', (request, policy, namespace) => {
    expect(resolveNamespace(contextOf(request), policy)).toEqual(namespace);
  });

  test('a context demoted by safe mode never shares a namespace with a real one', () => {
    const asked = ['backtest', 'dryrun', 'live', 'shadow', undefined];
    const contexts = asked.flatMap((domain) => [
      contextOf({ ...(domain && { domain }) }),
      contextOf({ ...(domain && { domain }), asOf: 'x' }),
    ]);
    for (const policy of namespacePolicies) {
      const keys = (demoted: boolean) =>
        new Set(
          contexts
            .filter((context) => (context.downgradeReason !== undefined) === demoted)
            .map((context) => resolveNamespace(context, policy).key),
        );
      expect([...keys(true)].filter((key) => keys(false).has(key))).toEqual([]);
      expect(keys(true).size).toBeGreaterThan(0);
    }
  });

  test('under world-domain, different worlds or domains have different keys, whatever their prefixes', () => {
    const world = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,6}$/);
    const domain = fc.constantFrom('live', 'shadow', 'backtest', undefined);
    fc.assert(
      fc.property(world, world, domain, domain, (w1, w2, d1, d2) => {
        const key = (w: string, d: string | undefined) =>
          resolveNamespace(contextOf({ world: w, asOf: 'x', ...(d && { domain: d }) }), 'world-domain').key;
        expect(key(w1, d1) === key(w2, d2)).toBe(w1 === w2 && d1 === d2);
      }),
    );
    const prefix = (w: string) =>
      resolveNamespace(contextOf({ world: w, domain: 'live' }), 'world-domain').topicPrefix;
    expect(prefix('w.1')).toBe(prefix('w-1'));
  });
});

describe('topic classes', () => {
  test.each([
    ['TradeExecution', 'trade_exec'],
    ['OrderPublisher', 'trade_exec'],
    ['PORTFOLIO', 'trade_exec'],
    ['rawexec', 'trade_exec'],
    ['RawOhlcvSource', 'raw'],
    ['StreamPrice', 'raw'],
    ['OHLCV', 'raw'],
    ['Indicator', 'indicator'],
    ['TagQueryNode', 'indicator'],
    ['', 'indicator'],
  ])('node type %s has class %s', (nodeType, topicClass) => {
    expect(classifyTopic(nodeType)).toBe(topicClass);
  });

  test('the settings of the classes are those of docs/spec/topics.md', () => {
    const day = 86_400_000;
    expect(topicSettings).toEqual({
      raw: { partitions: 3, replicationFactor: 3, retentionMs: 7 * day, cleanupPolicy: 'delete' },
      indicator: { partitions: 1, replicationFactor: 2, retentionMs: 30 * day, cleanupPolicy: 'delete' },
      trade_exec: { partitions: 1, replicationFactor: 3, retentionMs: 90 * day, cleanupPolicy: 'delete' },
    });
  });
});

describe('topic names', () => {
  test.each([
    [['BTC/USD'], 'btcusd'],
    [[], 'asset'],
    [['한글', '--', 'eth_1'], 'eth_1'],
    [['!!'], 'asset'],
  ])('the asset of tags %j is %s', (tags, asset) => {
    expect(toAsset(tags)).toBe(asset);
  });

  test('the short hash begins with 8 digits and grows by 2', () => {
    const id = nodeId('abcdef123456');
    expect([0, 1, 2].map((longer) => shortHash(id, longer))).toEqual([
      'abcdef12',
      'abcdef1234',
      'abcdef123456',
    ]);
    expect(shortHash(id, 99)).toHaveLength(32);
  });

  const parts = {
    asset: 'btc',
    nodeType: 'Indicator',
    shortHash: 'abcdef12',
    version: 'v1',
    namespace: plain,
  };
  test.each([
    [{}, 'btc_Indicator_abcdef12_v1'],
    [{ shortHash: 'abcdef1234' }, 'btc_Indicator_abcdef1234_v1'],
    [
      { namespace: { topicPrefix: 'w.dryrun.', topicSuffix: '_sim' } },
      'w.dryrun.btc_Indicator_abcdef12_v1_sim',
    ],
    [{ disambiguator: 2 }, 'btc_Indicator_abcdef12_v1_v2'],
    [{ nodeType: 'My Node/한글.x' }, 'btc_My-Node----x_abcdef12_v1'],
  ])('the parts %j give a topic name', (change, name) => {
    expect(topicName({ ...parts, ...change })).toBe(name);
  });

  test('a long name is cut in node_type, then in the asset, and never in the parts that tell nodes apart', () => {
    const long = topicName({ ...parts, asset: 'a'.repeat(128), nodeType: 'N'.repeat(256) });
    expect(long).toBe(`${'a'.repeat(128)}_${'N'.repeat(108)}_abcdef12_v1`);
    expect(long).toHaveLength(limits.topicNameCharsMax);
  });

  test('with every part at its own limit the name still fits Kafka', () => {
    const world = 'W'.repeat(limits.worldIdCharsMax);
    const version = 'v'.repeat(limits.versionCharsMax);
    const longest = {
      nodeId: nodeId(''),
      nodeType: 'N'.repeat(limits.fieldCharsMax),
      tags: ['a'.repeat(limits.tagCharsMax)],
    };
    for (const request of [{ world }, { world, domain: 'dryrun', asOf: 'x' }, { world, domain: 'shadow' }]) {
      for (const policy of namespacePolicies) {
        const namespace = resolveNamespace(contextOf(request), policy);
        const names = [1, 2, limits.queueGenerationsMax].flatMap((generation) => [
          ...topicCandidates(longest, version, namespace, generation),
        ]);
        expect(names.every((name) => isTopicName(name))).toBe(true);
        expect(new Set(names.map(topicCollisionKey)).size).toBe(names.length);
      }
    }
  });

  test('a later generation takes the characters it needs from asset and node type alone', () => {
    const world = 'W'.repeat(limits.worldIdCharsMax);
    const namespace = resolveNamespace(contextOf({ world }), 'world-domain');
    const named = {
      asset: 'a'.repeat(20),
      nodeType: 'N'.repeat(20),
      shortHash: shortHash(nodeId(''), 12),
      version: 'v'.repeat(limits.versionCharsMax),
      namespace,
    };
    const first = topicName(named);
    const later = topicName({ ...named, generation: limits.queueGenerationsMax, disambiguator: 1_000 });
    expect(first).toMatch(/\.a{8,}_N{8,}_/);
    expect(later).toMatch(/\.a{4,}_N{4,}_/);
    expect(later.endsWith(`_${named.shortHash}_${named.version}_g9999999_v1000`)).toBe(true);
    expect(later.startsWith(namespace.topicPrefix)).toBe(true);
  });

  test('a generation past the limit has no name', () => {
    const named = { asset: 'a', nodeType: 'N', shortHash: 'abcdef12', version: 'v1', namespace: plain };
    expect(topicName({ ...named, generation: limits.queueGenerationsMax })).toMatch(/_v1_g9999999$/);
    expect(() => topicName({ ...named, generation: limits.queueGenerationsMax + 1 })).toThrow(RangeError);
  });

  test.each([
    [1, 'btc_Indicator_abcdef12_v1', 'w.dryrun.btc_Indicator_abcdef12_v1_sim'],
    [2, 'btc_Indicator_abcdef12_v1_g2', 'w.dryrun.btc_Indicator_abcdef12_v1_sim_g2'],
    [10, 'btc_Indicator_abcdef12_v1_g10', 'w.dryrun.btc_Indicator_abcdef12_v1_sim_g10'],
  ])('generation %i has a name of its own, also in a dry run', (generation, usual, simulated) => {
    const named = { asset: 'btc', nodeType: 'Indicator', shortHash: 'abcdef12', version: 'v1', generation };
    const dryRun = resolveNamespace(contextOf({ world: 'w', domain: 'dryrun', asOf: 'x' }), 'world-domain');
    expect(topicName({ ...named, namespace: plain })).toBe(usual);
    expect(topicName({ ...named, namespace: dryRun })).toBe(simulated);
  });

  test('any node gets a name Kafka accepts', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.array(fc.string({ unit: 'binary' })),
        (nodeType, tags) => {
          const [name] = topicCandidates({ ...node, nodeType, tags }, 'v1', plain);
          expect(name).toMatch(/^[A-Za-z0-9._-]{1,249}$/);
        },
      ),
    );
  });

  test('names that differ in case, or in dot and underscore, collide', () => {
    expect(topicCollisionKey('W.live.BTC_x')).toBe(topicCollisionKey('w_live.btc.X'));
    expect(topicCollisionKey('btc-x')).not.toBe(topicCollisionKey('btc_x'));
  });
});

describe('planning a topic', () => {
  const owners = (entries: Record<string, string>) => {
    const byKey = new Map(Object.entries(entries).map(([name, owner]) => [topicCollisionKey(name), owner]));
    return (key: string) => byKey.get(key);
  };
  const plan = (entries: Record<string, string>) => planTopic(node, 'v1', plain, owners(entries)).topic;

  test('a free name is taken with the settings of its class', () => {
    expect(planTopic(node, 'v1', plain, () => undefined)).toEqual({
      topic: 'btc_Indicator_abcdef12_v1',
      ...topicSettings.indicator,
    });
  });

  test('I-5: a name another node holds makes the hash longer, also when it differs only in case', () => {
    expect(plan({ btc_Indicator_abcdef12_v1: 'other' })).toBe('btc_Indicator_abcdef1234_v1');
    expect(plan({ 'BTC.indicator.abcdef12.v1': 'other' })).toBe('btc_Indicator_abcdef1234_v1');
    expect(plan({ btc_Indicator_abcdef12_v1: 'other', btc_Indicator_abcdef1234_v1: 'other' })).toBe(
      'btc_Indicator_abcdef123456_v1',
    );
  });

  test('I-3: a name the node holds already is used again', () => {
    expect(plan({ btc_Indicator_abcdef12_v1: node.nodeId })).toBe('btc_Indicator_abcdef12_v1');
  });

  test('I-5: nodes with the same short hash, asset, type and version never share a topic', () => {
    const taken = new Map<string, string>();
    const topics = Array.from({ length: 40 }, (_, i) => {
      const twin = { ...node, nodeId: nodeId(`abcdef12${'0'.repeat(24)}${String(i).padStart(4, '0')}`) };
      const { topic } = planTopic(twin, 'v1', plain, (key) => taken.get(key));
      taken.set(topicCollisionKey(topic), twin.nodeId);
      return topic;
    });
    expect(new Set(topics.map(topicCollisionKey)).size).toBe(40);
    expect(topics[13]).toBe(`btc_Indicator_abcdef12${'0'.repeat(24)}_v1_v2`);
  });

  test('a planner without a free name throws', () => {
    expect(() => planTopic(node, 'v1', plain, () => 'other')).toThrow(RangeError);
  });
});

describe('comparing a topic with what its class asks for', () => {
  const spec = planTopic({ ...node, nodeType: 'Raw' }, 'v1', plain, () => undefined);
  const actual = {
    topic: spec.topic,
    partitions: 3,
    replicationFactor: 3,
    minInsyncReplicas: 2,
    retentionMs: 604_800_000,
    cleanupPolicy: 'delete',
  };

  test('equal settings are not a mismatch', () => {
    expect(compareTopic(spec, actual, 3)).toEqual([]);
  });

  test('replication is capped by the number of brokers that the cluster has', () => {
    const single = { ...actual, replicationFactor: 1, minInsyncReplicas: 1 };
    expect(compareTopic(spec, single, 1)).toEqual([]);
    expect(compareTopic(spec, single, 2)).toEqual([
      { topic: spec.topic, setting: 'replication.factor', wanted: '2 (3, capped by brokers)', actual: '1' },
    ]);
    expect(compareTopic(spec, single, 0)).toEqual([]);
  });

  test.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [5, 4],
  ])(
    'a topic with %d replicas takes writes that %d have, so that one broker may be away',
    (replicas, most) => {
      expect(minInsyncReplicas(replicas)).toBe(most);
    },
  );

  test('a topic that was made with the stricter setting of an earlier release is reported', () => {
    const indicator = planTopic({ ...node, nodeType: 'Mean' }, 'v1', plain, () => undefined);
    const earlier = {
      ...indicator,
      replicationFactor: 2,
      minInsyncReplicas: 2,
    };
    expect(compareTopic(indicator, earlier, 3)).toEqual([
      { topic: indicator.topic, setting: 'min.insync.replicas', wanted: '1', actual: '2' },
    ]);
  });

  test('topics are refused while fewer brokers are up than they need', () => {
    const refused = (up: number, most: number) => () => refuseMissingBrokers([spec], up, most);
    expect(refused(3, 3)).not.toThrow();
    expect(refused(2, 2)).not.toThrow();
    expect(refused(4, 3)).not.toThrow();
    expect(refused(2, 3)).toThrow('topics with 3 replicas need 3 brokers, and 2 are up');
    expect(refused(2, 5)).toThrow(expect.objectContaining({ code: 'E_BROKER_UNAVAILABLE' }));
    const indicator = planTopic({ ...node, nodeType: 'Mean' }, 'v1', plain, () => undefined);
    expect(() => refuseMissingBrokers([indicator], 2, 3)).not.toThrow();
  });

  test('every other differing setting is reported with both sides', () => {
    const other = {
      topic: spec.topic,
      partitions: 1,
      replicationFactor: 2,
      minInsyncReplicas: 1,
      retentionMs: 5,
      cleanupPolicy: 'compact',
    };
    expect(compareTopic(spec, other, 5).map((found) => [found.setting, found.wanted, found.actual])).toEqual([
      ['partitions', '3', '1'],
      ['replication.factor', '3', '2'],
      ['min.insync.replicas', '2', '1'],
      ['retention.ms', '604800000', '5'],
      ['cleanup.policy', 'delete', 'compact'],
    ]);
  });
});
