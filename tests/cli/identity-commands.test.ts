import { describe, expect, test } from 'vitest';
import { folderWith, run, runJson } from './fake-io.js';

/** docs/spec/identity.md#test-vectors. */
const vectors = [
  [
    {
      node_type: 'ExampleNode',
      interval: 60,
      params: { nested: { z: 2, a: 1 }, alpha: 1 },
      dependencies: ['dep-b', 'dep-a'],
      schema_compat_id: 's-major',
      code_hash: 'code-123',
    },
    'ExampleNode|60|0|{"alpha":1,"nested":{"a":1,"z":2}}|dep-a,dep-b|s-major|code-123',
    '0577d5f957cecc577fccd9028499a3f55d15be2015f519de3ec1a314b93a970b',
  ],
  [
    {
      node_type: 'N',
      interval: '60',
      period: '1',
      config: { 한글: '값', b: [{ x: 1, seed: 1 }] },
      schema_compat_id: ' s ',
      code_hash: 'c',
    },
    'N|60|1|{"b":[{"x":1}],"한글":"값"}||s|c',
    '1ea28be9496bf212c5dc78c836f1e77a0b9ed6f98c5acf16509d646a06367b18',
  ],
  [
    {
      node_type: 'TagQueryNode',
      interval: 60,
      tags: ['b, a', 'a'],
      schema_compat_id: 'tag-compat',
      code_hash: 'tag-code',
    },
    'TagQueryNode|60|0|{"interval":60,"match_mode":"any","query_tags":["a","b"]}||tag-compat|tag-code',
    '2adccd19601765dc82f5cdaf4333e4762d9d5524b39950900eb809150f4622d1',
  ],
] as const;
const [[exampleNode, exampleCanonical, exampleHex]] = vectors;
const exampleId = `blake3:${exampleHex}`;
const afterCollision =
  'blake3:755cf67b8f7a1840f6fbdb0545a8fd89390cf4f99bf1f0cf898103d84a03c7f79554d1da03fb35934dc87ac88f53dd96538ea74ef372ac00a02b748da3cb3369';

describe('qmtl node-id', () => {
  test.each(vectors)(
    'qmtl node-id returns the canonical bytes and id of test vector %#',
    async (node, canonical, hex) => {
      const stdin = JSON.stringify(node);
      expect(await runJson(['node-id', '--file', '-'], { stdin })).toEqual({
        canonical,
        node_id: `blake3:${hex}`,
      });
    },
  );

  test('qmtl node-id reads a file and prints a table', async () => {
    const cwd = folderWith({ 'node.json': JSON.stringify(exampleNode) });
    const { exitCode, out } = await run(['node-id', '--file', 'node.json'], { cwd });
    expect([exitCode, out]).toEqual([0, `canonical  ${exampleCanonical}\nnode_id    ${exampleId}`]);
  });

  test('qmtl node-id shows the id after a collision and its round', async () => {
    const stdin = JSON.stringify(exampleNode);
    expect(await runJson(['node-id', '--file', '-', '--existing', exampleId], { stdin })).toEqual({
      canonical: exampleCanonical,
      node_id: afterCollision,
      collides_with: exampleId,
      collision_round: 1,
    });
    const twice = await runJson(['node-id', '--file', '-', '--existing', exampleId, afterCollision], {
      stdin,
    });
    expect(twice).toMatchObject({ collides_with: exampleId, collision_round: 2 });
  });

  test('qmtl node-id says whether a given id matches the content', async () => {
    const stdin = JSON.stringify({ ...exampleNode, node_id: afterCollision });
    expect(await runJson(['node-id', '--file', '-'], { stdin })).toMatchObject({
      node_id: exampleId,
      given_node_id: afterCollision,
      matches: false,
    });
  });

  test('qmtl node-id refuses an --existing that is not a NodeID', async () => {
    const { exitCode, err } = await run(['node-id', '--file', '-', '--existing', 'abc'], {
      stdin: JSON.stringify(exampleNode),
    });
    expect([exitCode, err]).toEqual([
      2,
      'E_USAGE: abc is not a NodeID\n→ a NodeID is blake3: and 64 hex digits, 128 after a collision',
    ]);
  });

  test.each([
    [
      'a name twice in one object',
      '{"a": 1,\n"params": {"x": 1, "y": 2,\n"x": 3}}',
      'node.json:3: x is named twice in one object',
    ],
    [
      'an integer past 2^53',
      '{"params":\n{"x": [9007199254740993]}}',
      'node.json:2: 9007199254740993 is beyond the integers',
    ],
    [
      'a negative one',
      '{"params": {"x": -9007199254740993}}',
      'node.json:1: -9007199254740993 is beyond the integers',
    ],
  ])('qmtl node-id refuses JSON with %s, which would be read as something else', async (_, text, says) => {
    const cwd = folderWith({ 'node.json': text });
    const { exitCode, err } = await run(['node-id', '--file', 'node.json'], { cwd });
    expect([exitCode, err]).toEqual([2, expect.stringContaining(`E_FILE: ${says}`)]);
  });

  test('qmtl node-id accepts one name in two objects, and 2^53 - 1', async () => {
    const cwd = folderWith({ 'node.json': '{"params": {"a": {"x": 1}, "b": {"x": 9007199254740991}}}' });
    expect((await run(['node-id', '--file', 'node.json'], { cwd })).err).toContain('E_NODE_ID_FIELDS');
  });

  test('qmtl node-id refuses bytes that are not UTF-8', async () => {
    const cwd = folderWith({ 'node.json': Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d) });
    expect((await run(['node-id', '--file', 'node.json'], { cwd })).err).toContain(
      'E_FILE: node.json is not UTF-8',
    );
  });

  test('qmtl node-id lists every problem of a node with its place', async () => {
    const { exitCode, out, err } = await run(['node-id', '--file', '-', '--output', 'json'], {
      stdin: '{"node_type":"N|x","interval":-1}',
    });
    const { error } = JSON.parse(err);
    expect([exitCode, out]).toEqual([2, '']);
    expect(error.problems.map(({ path }: { path: string }) => path)).toEqual([
      '/interval',
      '/node_type',
      '/code_hash',
      '/schema_compat_id',
    ]);
  });

  test.each([
    ['text that is not JSON', '-', 'E_FILE: standard input is not JSON: '],
    ['a missing file', 'none.json', 'E_FILE: none.json cannot be read: no such file'],
    ['a folder', '.', 'E_FILE: . cannot be read: it is a folder'],
    [
      'a path through a file',
      'a.json/b',
      'E_FILE: a.json/b cannot be read: a part of its path is not a folder',
    ],
  ])('qmtl node-id refuses %s', async (_name, file, message) => {
    const cwd = folderWith({ 'a.json': '{' });
    const { exitCode, err } = await run(['node-id', '--file', file], { cwd, stdin: '{' });
    expect(exitCode).toBe(2);
    expect(err).toContain(message);
  });
});

describe('qmtl compute-key', () => {
  test.each([
    [['--domain', 'live'], 'live', '', '0f1a666e60a218f49d68b2384339860515729424eac6e8f5c5180b7c4e0e70f2'],
    [
      ['--as-of', '2025-01-01T00:00:00Z', '--partition', 'p0'],
      'backtest',
      '2025-01-01T00:00:00Z\u001fp0',
      'fe59a62d47cb93a454ceffe66fae851c5122df3c0f60438cff5f54df6978b8cf',
    ],
  ])('qmtl compute-key returns the key of the test vector with %j', async (options, domain, rest, hex) => {
    const found = await runJson(['compute-key', '--node', 'blake3:n', '--world', 'w1', ...options]);
    expect(found).toEqual({
      canonical: `blake3:n\u001fw1\u001f${domain}\u001f${rest === '' ? '\u001f' : rest}`,
      execution_domain: domain,
      compute_key: `blake3:${hex}`,
    });
  });

  test('qmtl compute-key accepts an alias and shows the separators', async () => {
    const { out } = await run(['compute-key', '--node', 'n', '--world', 'w', '--domain', 'Paper-Trading']);
    expect(out).toMatch(
      /^canonical\s+n\\x1fw\\x1fdryrun\\x1f\\x1f\nexecution_domain {2}dryrun\ncompute_key\s+blake3:/,
    );
  });

  test.each([
    [['--domain', 'nowhere'], 'E_USAGE: nowhere is not an execution domain'],
    [
      ['--partition', 'a\u001fb'],
      'E_USAGE: a part of a ComputeKey contains U+001F, which separates the parts',
    ],
  ])('qmtl compute-key refuses %j', async (options, message) => {
    const { exitCode, err } = await run(['compute-key', '--node', 'n', '--world', 'w', ...options]);
    expect([exitCode, err.split('\n')[0]]).toEqual([2, message]);
  });
});

describe('qmtl topic-name', () => {
  const node = `blake3:abcdef123456${'0'.repeat(52)}`;
  const topicName = (...options: string[]) => [
    'topic-name',
    '--node',
    node,
    '--type',
    'Indicator',
    ...options,
  ];

  test('qmtl topic-name shows the name, class and settings of the example in docs/spec/topics.md', async () => {
    expect(await runJson(topicName('--tags', 'btc'))).toEqual({
      topic: 'btc_Indicator_abcdef12_v1',
      namespace: 'global',
      class: 'indicator',
      partitions: 1,
      replication_factor: 2,
      retention_ms: 2_592_000_000,
      cleanup_policy: 'delete',
    });
  });

  test('qmtl topic-name takes the asset from the first tag in the order of the author', async () => {
    const found = await runJson(topicName('--tags', 'eth', 'btc'));
    expect(found).toMatchObject({ topic: 'eth_Indicator_abcdef12_v1' });
  });

  test('qmtl topic-name avoids the names of other nodes in any case', async () => {
    const found = await runJson(topicName('--tags', 'btc', '--existing', 'BTC_indicator_abcdef12_V1'));
    expect(found).toMatchObject({ topic: 'btc_Indicator_abcdef1234_v1' });
  });

  test('qmtl topic-name adds the prefix of world and domain, and the suffix of a dry run', async () => {
    const dry = await runJson(
      topicName('--world', 'w.1', '--domain', 'paper', '--as-of', 'x', '--label', ' V2 '),
    );
    expect(dry).toMatchObject({
      topic: 'w-1.dryrun.asset_Indicator_abcdef12_V2_sim',
      namespace: 'w.1.dryrun',
    });
  });

  test('qmtl topic-name shows safe mode', async () => {
    const found = await runJson(topicName('--world', 'w', '--domain', 'backtest'));
    expect(found).toMatchObject({ namespace: 'w.backtest-safe', safe_mode: 'missing_as_of' });
  });

  test.each([
    [['--node', 'blake3:abc'], 'E_USAGE: blake3:abc is not a NodeID'],
    [['--world', 'World 1'], 'E_USAGE: World 1 is not a world id'],
    [['--type', 'TagQueryNode'], 'E_USAGE: a TagQueryNode has no topic: it reads the streams of others'],
  ])('qmtl topic-name refuses %j', async (options, message) => {
    const { exitCode, err } = await run(topicName(...options));
    expect([exitCode, err.split('\n')[0]]).toEqual([2, message]);
  });
});
