import { generateKeyPairSync } from 'node:crypto';
import { join, resolve } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { toNodeCode } from '../../domain/artifacts/node-code.js';
import { limits } from '../../domain/base/limits.js';
import { nodeToWire } from '../../proto/convert/dag.js';
import { DagSchema } from '../../proto/gen/qmtl/v1/dag_pb.js';
import { allOf } from '../all-of.js';
import { fakeIo, folderWith, type Outcome, run, runWith } from '../cli/fake-io.js';
import { strategyProject, strategyText } from '../cli/strategy-project.js';
import { sampleDocument, sampleNode, sampleSubmission } from '../samples.js';
import { controlPlane } from './control-plane.js';

const plane = controlPlane();
const placement = (world: string) => ['--world', world, '--domain', 'backtest', '--as-of', '2020-04-17'];

function command(cwd: string, ...args: string[]): Promise<Outcome> {
  return run(args, { ...plane().options, cwd });
}

async function answer(cwd: string, ...args: string[]) {
  const { exitCode, out, err } = await command(cwd, ...args, '--output', 'json');
  if (exitCode !== 0) throw new Error(err);
  return JSON.parse(out);
}

describe('qmtl submit', () => {
  test('qmtl submit prints the receipt of a strategy, and the same one the second time', async () => {
    const cwd = strategyProject();
    const submit = ['submit', 'small.ts', ...placement('twice'), '--wait'];
    const first = await answer(cwd, ...submit);
    const { joined, ...receipt } = first;
    expect(first).toMatchObject({
      strategy_id: 'small',
      version: 'v2',
      created: 3,
      reused: 0,
      joined: false,
    });
    expect(joined).toBe(false);
    expect(await answer(cwd, ...submit)).toEqual({ ...receipt, joined: true });
    const { exitCode, out } = await command(cwd, ...submit);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/│ average +│ Indicator +│ blake3:\w{10}… +│ new/);
    expect(out).toContain('joined: this content was submitted before');
  });

  test('qmtl submit without --wait ends as soon as the submission is accepted', async () => {
    const cwd = strategyProject();
    const { exitCode, out } = await command(cwd, 'submit', 'small.ts', ...placement('accepted'));
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^workflow id +submit-strategy\/blake3:[0-9a-f]{64}$/m);
    expect(out).toMatch(/follow it with `qmtl status blake3:[0-9a-f]{64}`/);
  });

  test('qmtl submit accepts a whole submission in JSON, and options win over it', async () => {
    const cwd = folderWith({ 's.json': JSON.stringify(sampleDocument({ nodes: 3, strategy: 'whole' })) });
    const receipt = await answer(cwd, 'submit', 's.json', '--world', 'other', '--label', 'v9', '--wait');
    expect(receipt).toMatchObject({ strategy_id: 'whole', version: 'v9', world_id: 'other', created: 3 });
  });

  test('qmtl submit stores more code than one part holds, and signs all of it', async () => {
    const modules = Array.from(
      { length: limits.artifactPartTextsMax + 1 },
      (_, index) => `// module ${index}`,
    );
    const hashes = modules.map((module) => toNodeCode(module, '[]').codeHash);
    const nodes = hashes.map((code_hash) => sampleNode({ code_hash, dependencies: [] }));
    const code = modules.map((module) => ({ module, inputs: [] }));
    const document = { ...sampleDocument({ nodes: 1, strategy: 'signed' }), dag: { nodes }, code };
    const { privateKey } = generateKeyPairSync('ed25519');
    const cwd = folderWith({
      's.json': JSON.stringify(document),
      'key.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    });
    const { options, plane: running } = plane();
    const env = { ...options.env, QMTL_CODE_SIGNING_KEY_FILE: join(cwd, 'key.pem') };
    const { exitCode, err } = await run(['submit', 's.json', ...placement('signed'), '--wait'], { cwd, env });
    expect([exitCode, err]).toEqual([0, expect.not.stringContaining('E_')]);
    for (const codeHash of hashes)
      expect((await running.stores.graph.code(codeHash))?.code.signatures).toHaveLength(1);
  });

  test('a DAG in JSON and in protobuf are the same submission', async () => {
    const { dag } = sampleSubmission({ nodes: 4 });
    const cwd = folderWith({
      'my-dag.json': JSON.stringify(sampleDocument({ nodes: 4 }).dag),
      'my-dag.binpb': toBinary(DagSchema, create(DagSchema, { nodes: dag.nodes.map(nodeToWire) })),
    });
    const json = await answer(cwd, 'submit', 'my-dag.json', ...placement('forms'), '--wait');
    const binary = await answer(cwd, 'submit', 'my-dag.binpb', ...placement('forms'), '--wait');
    expect(json).toMatchObject({ strategy_id: 'my-dag', created: 4, joined: false });
    expect(binary).toMatchObject({ submission_id: json.submission_id, joined: true });
  });

  test('a receipt without its long queue map says where the topics are listed', async () => {
    const cwd = folderWith({ 's.json': JSON.stringify(sampleDocument({ nodes: 101, strategy: 'long' })) });
    const { exitCode, out } = await command(cwd, 'submit', 's.json', '--wait');
    expect(exitCode).toBe(0);
    expect(out).toContain('101 nodes: too many for a receipt; `qmtl diff` and `qmtl queues` list them');
  });

  test('qmtl submit says that in safe mode nothing is shared', async () => {
    const { exitCode, out, err } = await command(
      strategyProject(),
      'submit',
      'small.ts',
      '--world',
      'w',
      '--wait',
    );
    expect(exitCode).toBe(0);
    expect(err).toBe(
      'safe mode (decision_unavailable): a backtest that shares nothing, because no known --domain was given',
    );
    expect(out).toContain('w.backtest-safe.');
  });

  test('I-7: eight mistakes get eight problems in one answer, exit code 2, and nothing is written', async () => {
    const { graph, topics } = plane().plane.stores;
    const before = [await graph.totals(), await allOf(topics.history())];
    const file = resolve(import.meta.dirname, '../cli/eight-faults.json');
    const { exitCode, out, err } = await command('/', 'submit', file, '--output', 'json');
    const { error } = JSON.parse(err);
    expect([exitCode, out]).toEqual([2, '']);
    expect(error.problems.map(({ code }: { code: string }) => code)).toEqual([
      'E_SCHEMA_INVALID',
      'E_NODE_ID_FIELDS',
      'E_SCHEMA_COMPAT_MISMATCH',
      'E_DUPLICATE',
      'E_NODE_ID_MISMATCH',
      'E_DANGLING_DEPENDENCY',
      'E_CYCLE',
      'E_WORLD_IDS_REQUIRED',
    ]);
    expect([await graph.totals(), await allOf(topics.history())]).toEqual(before);
  });

  test('Ctrl-C stops the wait of qmtl submit', async () => {
    const io = fakeIo({
      ...plane().options,
      cwd: strategyProject(),
      onProgress: (line, fake) => line.startsWith('submitted') && fake.interrupt(),
    });
    expect(await runWith(io, ['submit', 'small.ts', ...placement('stopped'), '--wait'])).toEqual({
      exitCode: 130,
      out: '',
      err: 'E_INTERRUPTED: stopped before a worker accepted the submission\n→ a submission that reached Temporal is not lost: submit it again to join it',
    });
  });
});

describe('qmtl diff', () => {
  test('qmtl diff shows what submitting would do, and changes nothing', async () => {
    const cwd = strategyProject({ 'changed.ts': strategyText(6, 'changed') });
    const before = await answer(cwd, 'diff', 'small.ts', ...placement('diff'));
    expect(before.nodes.map(({ diff }: { diff: string }) => diff)).toEqual(['new', 'new', 'new']);
    const receipt = await answer(cwd, 'submit', 'small.ts', ...placement('diff'), '--wait');
    expect(receipt).toMatchObject({
      submission_id: before.submission_id,
      created: 3,
      queue_map: before.nodes,
    });
    const { exitCode, out } = await command(cwd, 'diff', 'changed.ts', ...placement('diff'));
    expect(exitCode).toBe(0);
    expect(out).toMatch(/│ price +│ Price +│ blake3:\w{10}… │ reuse/);
    expect(out.split('\n').at(-2)).toBe('2 new, 1 reused');
  });

  test('qmtl diff, submit and status say where the outputs of a strategy are', async () => {
    const cwd = strategyProject({ 'named.ts': strategyText(8, 'named') });
    const before = await answer(cwd, 'diff', 'named.ts', ...placement('outputs'));
    const position = before.nodes.find(({ name }: { name: string }) => name === 'position');
    const { topic, node_id } = position;
    const line = `output position is ${topic}`;
    expect(before.outputs).toEqual([{ name: 'position', node_id, topic }]);
    expect((await command(cwd, 'diff', 'named.ts', ...placement('outputs'))).out.split('\n')).toContain(line);
    const submit = ['submit', 'named.ts', ...placement('outputs'), '--wait'];
    expect((await command(cwd, ...submit)).out.split('\n')).toContain(line);
    expect(await answer(cwd, ...submit)).toMatchObject({ outputs: before.outputs });
    expect(await answer(cwd, 'status', 'named')).toMatchObject({ receipt: { outputs: before.outputs } });
    expect((await command(cwd, 'status', 'named')).out.split('\n')).toContain(line);
  });

  test('qmtl diff says that in safe mode nothing is shared', async () => {
    const { err } = await command(
      strategyProject(),
      'diff',
      'small.ts',
      '--world',
      'diff',
      '--domain',
      'dryrun',
    );
    expect(err).toBe(
      'safe mode (missing_as_of): a backtest that shares nothing, because backtest and dryrun need --as-of',
    );
  });
});

/** The page of the list of nodes that has this one, as a table: other tests leave more than one page. */
async function nodesPageWith(cwd: string, nodeId: string): Promise<string> {
  for (let at: readonly string[] = []; ; ) {
    const { nodes, next_cursor: next } = await answer(cwd, 'nodes', '--limit', '500', ...at);
    if (nodes.some(({ node }: { node: { node_id: string } }) => node.node_id === nodeId))
      return (await command(cwd, 'nodes', '--limit', '500', ...at)).out;
    if (next === undefined || next === '') throw new TypeError(`no page has ${nodeId}`);
    at = ['--cursor', next];
  }
}

describe('tag queries and tags, in every command', () => {
  const query = sampleNode({ node_type: 'TagQueryNode', name: 'peers', tags: ['peer'], dependencies: [] });
  const reader = sampleNode({ name: 'reader', tags: ['mine'], dependencies: [query.node_id] });
  const dagWith = (node: object) => JSON.stringify({ nodes: [query, { ...reader, ...node }] });

  test('a tag query is created and reused without a topic', async () => {
    const cwd = folderWith({ 'asks.json': dagWith({}) });
    const named = (lines: readonly { name: string; diff: string; topic: string }[]) =>
      lines.map(({ name, diff, topic }) => [name, diff, topic !== '']);
    const before = await answer(cwd, 'diff', 'asks.json', ...placement('asks'));
    expect(named(before.nodes)).toEqual([
      ['peers', 'new', false],
      ['reader', 'new', true],
    ]);
    const receipt = await answer(cwd, 'submit', 'asks.json', ...placement('asks'), '--wait');
    expect(receipt).toMatchObject({ created: 2, reused: 0, queue_map: before.nodes });
    const after = await answer(cwd, 'diff', 'asks.json', ...placement('asks'));
    expect(named(after.nodes)).toEqual([
      ['peers', 'reuse', false],
      ['reader', 'reuse', true],
    ]);
    const { out } = await command(cwd, 'diff', 'asks.json', ...placement('asks'));
    expect(out).toMatch(/│ peers +│ TagQueryNode +│ blake3:\w{10}… │ reuse +│ none, it queries +│/);
    const found = await answer(cwd, 'nodes', '--tags', 'peer', '--interval', '60');
    expect(found.nodes).toEqual([]);
    const { streams } = await answer(cwd, 'queues', '--limit', '500');
    expect(streams.filter((stream: { node_id: string }) => stream.node_id === query.node_id)).toEqual([]);
    expect(await nodesPageWith(cwd, query.node_id)).toMatch(/│ peers .* none, it queries/);
  });

  test('tags that a submission adds are shown before and after it', async () => {
    const cwd = folderWith({
      'first.json': dagWith({}),
      'more.json': dagWith({ tags: ['mine', 'momentum'] }),
    });
    await answer(cwd, 'submit', 'first.json', ...placement('more'), '--wait');
    const diff = await command(cwd, 'diff', 'more.json', ...placement('more'));
    expect(diff.out).toContain('reader gets the tags momentum');
    const submitted = await command(cwd, 'submit', 'more.json', ...placement('more'), '--wait');
    expect(submitted.out).toContain('reader gets the tags momentum');
    expect(submitted.out).toMatch(/^tags added +1$/m);
    const found = await answer(cwd, 'nodes', '--tags', 'momentum', '--interval', '60');
    expect(found.nodes).toMatchObject([{ node: { name: 'reader', tags: ['mine', 'momentum'] } }]);
    const again = await command(cwd, 'diff', 'more.json', ...placement('more'));
    expect(again.out).not.toContain('gets the tags');
  });

  test('a tag query without an interval is refused by every command that reads one', async () => {
    const { interval: _none, ...without } = query;
    const cwd = folderWith({
      'node.json': JSON.stringify(without),
      'dag.json': JSON.stringify({ nodes: [without] }),
    });
    for (const args of [
      ['node-id', '--file', 'node.json'],
      ['diff', 'dag.json', ...placement('w')],
      ['submit', 'dag.json', ...placement('w')],
    ]) {
      const { exitCode, err } = await command(cwd, ...args);
      expect([exitCode, err]).toEqual([2, expect.stringMatching(/E_NODE_ID_FIELDS.*interval/s)]);
    }
  });
});

describe('qmtl status', () => {
  test('qmtl status accepts a submission id, a workflow id and a strategy id', async () => {
    const cwd = strategyProject({ 'mine.ts': strategyText(7, 'mine') });
    const receipt = await answer(cwd, 'submit', 'mine.ts', ...placement('status'), '--wait');
    const status = {
      submission_id: receipt.submission_id,
      strategy_id: 'mine',
      state: 'SUBMISSION_STATE_COMPLETED',
    };
    expect(await answer(cwd, 'status', receipt.submission_id)).toMatchObject({ status });
    expect(await answer(cwd, 'status', receipt.workflow_id)).toMatchObject({ status });
    expect(await answer(cwd, 'status', 'mine')).toMatchObject({
      status,
      receipt: { sentinel_id: receipt.sentinel_id },
    });
    const { out } = await command(cwd, 'status', 'mine');
    expect(out).toMatch(/^state +completed$/m);
    expect(out).toMatch(/^sentinel +mine:v2:[0-9a-f]{16}$/m);
    expect((await command(cwd, 'status', receipt.submission_id)).out).toMatch(
      /^nodes +\d reused, 0 buffering, \d new$/m,
    );
  });

  test.each([
    ['nobody', 'E_NOT_FOUND: the strategy nobody was never submitted'],
    [`blake3:${'0'.repeat(64)}`, 'E_NOT_FOUND: neither the graph nor Temporal knows this submission'],
    ['A B', 'E_USAGE: A B is neither a submission nor a strategy id'],
    ['submit-strategy/x', 'E_USAGE: submit-strategy/x is neither a submission nor a strategy id'],
  ])('qmtl status %s is refused', async (id, message) => {
    const { exitCode, err } = await command('/', 'status', id);
    expect([exitCode, err.split('\n')[0]]).toEqual([2, message]);
  });
});

describe('qmtl nodes and qmtl queues', () => {
  test('qmtl nodes and qmtl queues page through all entries with the cursor', async () => {
    const cwd = strategyProject();
    await answer(cwd, 'submit', 'small.ts', ...placement('pages'), '--wait');
    for (const [list, field] of [
      ['nodes', 'nodes'],
      ['queues', 'streams'],
    ] as const) {
      const all = await answer(cwd, list, '--limit', '500');
      const first = await answer(cwd, list, '--limit', '2');
      const second = await answer(cwd, list, '--limit', '2', '--cursor', first.next_cursor);
      expect([...first[field], ...second[field]]).toEqual(all[field].slice(0, 4));
      const { out } = await command(cwd, list, '--limit', '2');
      expect(out.split('\n').at(-1)).toBe(`more: --cursor ${first.next_cursor}`);
    }
  });

  test('qmtl nodes finds nodes by any or all of some tags', async () => {
    const cwd = strategyProject();
    await answer(cwd, 'submit', 'small.ts', ...placement('tags'), '--wait');
    const named = async (...options: string[]): Promise<string[]> => {
      const { nodes } = await answer(cwd, 'nodes', '--interval', '86400', '--tags', ...options);
      return nodes.map(({ node }: { node: { name: string } }) => node.name);
    };
    expect(await named('btc', 'average', '--match', 'all')).toContain('average');
    expect(await named('btc', 'average', '--match', 'all')).not.toContain('price');
    expect(await named('price', 'average')).toEqual(expect.arrayContaining(['average', 'price']));
    expect((await command(cwd, 'nodes', '--tags', 'nothing', '--interval', '1')).out).toBe('no nodes');
  });

  test.each([
    [
      ['nodes', '--tags', 'btc'],
      'E_USAGE: --tags and --interval go together: a tag query reads one interval',
    ],
    [['nodes', '--cursor', 'zz'], 'E_USAGE: cursor: '],
    [['nodes', '--tags', 'a', '--interval', 'x'], 'E_USAGE: interval: '],
  ])('%j is refused', async (args, message) => {
    const { exitCode, err } = await command('/', ...args);
    expect(exitCode).toBe(2);
    expect(err).toContain(message);
  });
});
