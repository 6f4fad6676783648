import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type StoredCode, toNodeCode } from '../../domain/artifacts/node-code.js';
import { hashFields } from '../../domain/artifacts/record-schema.js';
import { limits } from '../../domain/base/limits.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { submissionDocument } from '../../domain/submissions/submission-document.js';
import { loadStrategy } from '../../sdk/compile/load-strategy.js';
import { accepted, sampleNode, withTags } from '../samples.js';
import { sampleTime, submitWhole } from '../submit-whole.js';
import { folderWith, run, runJson } from './fake-io.js';
import { servedGraph } from './graph-fixture.js';
import { sdk, strategyProject, strategyText } from './strategy-project.js';

function idOf({ dag }: Submission, name: string): string {
  const found = dag.nodes.find((node) => node.name === name);
  if (found === undefined) throw new Error(`no node ${name}`);
  return found.nodeId;
}

function keyPair() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    secret: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    open: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

describe('qmtl run NODE-ID', () => {
  test('a node of the graph has the outputs of its strategy, without the files of the author', async () => {
    const { env, commit } = await servedGraph();
    const project = strategyProject();
    const submission = await commit(join(project, 'small.ts'));
    const elsewhere = folderWith({ 'bars.csv': readFileSync(join(project, 'prices.csv')) });
    const options = { cwd: elsewhere, env };
    const args = ['run', idOf(submission, 'position'), '--data', 'price=bars.csv', '--csv', 'out.csv'];
    const stored = Object(await runJson(args, options));
    const local = Object(await runJson(['run', 'small.ts'], { cwd: project }));
    expect(stored).toMatchObject({ bars: 40, digest: local.digest, csv: join(elsewhere, 'out.csv') });
    expect(stored.code).toHaveLength(2);
    const lines = readFileSync(join(elsewhere, 'out.csv'), 'utf8').trimEnd().split('\n');
    expect([lines[0], lines.length]).toEqual(['date,weight', 37]);
    expect(lines[1]).toMatch(/^2020-01-05T00:00:00Z,[01]$/);
  });

  test('a tag query behind the node matches nothing, and the run says so', async () => {
    const { env, commit } = await servedGraph();
    const text = `import { csv, days, node, source, strategy, tagQuery } from 'qmtl';
const price = source('price', {
  type: 'Price', interval: days(1), output: { close: 'float64' }, data: csv(new URL('./prices.csv', import.meta.url)),
});
const peers = tagQuery('peers', { queryTags: ['peer'], interval: days(1) });
const count = node('count', { inputs: { price, peers }, compute: (view) => view.peers.length });
export default strategy('queries', { outputs: { count } });
`;
    const project = strategyProject({
      'queries.ts': text,
      'node_modules/qmtl/index.ts': `export { csv, days, node, source, strategy, tagQuery } from '${sdk}';`,
    });
    const submission = await commit(join(project, 'queries.ts'));
    const args = ['run', idOf(submission, 'count'), '--data', 'price=prices.csv', '--csv', 'out.csv'];
    const { exitCode, err } = await run(args, { cwd: project, env });
    expect([exitCode, err]).toEqual([
      0,
      expect.stringMatching(/^tag queries match nothing in a run on files: peers/),
    ]);
    expect(readFileSync(join(project, 'out.csv'), 'utf8')).toContain('2020-01-01T00:00:00Z,0\n');
    const query = await run(['run', idOf(submission, 'peers')], { cwd: project, env });
    expect([query.exitCode, query.err]).toEqual([
      2,
      expect.stringMatching(/^E_USAGE: peers \(blake3:.*\) is a tag query: it has no outputs of its own/),
    ]);
  });

  test('a node that has more tags in the graph than one submission may give it is executed', async () => {
    const { graph, env, commit } = await servedGraph();
    const project = strategyProject();
    const submission = await commit(join(project, 'small.ts'));
    for (const part of ['a', 'b']) {
      const tags = Array.from({ length: limits.nodeTagsMax - 4 }, (_, index) => `${part}-${index}`);
      const document = submissionDocument({
        ...withTags(submission, tags),
        artifacts: { code: [], schemas: [] },
      });
      await submitWhole(graph, accepted({ ...document, strategy_id: `tags-${part}` }));
    }
    const [record] = await graph.nodesByIds(submission.dag.nodes.slice(0, 1).map(({ nodeId }) => nodeId));
    expect(record?.node.tags.length).toBeGreaterThan(limits.nodeTagsMax);
    const args = ['run', idOf(submission, 'average'), '--data', 'price=prices.csv'];
    expect((await run(args, { cwd: project, env })).exitCode).toBe(0);
  });

  test.each<[why: string, data: readonly string[], says: RegExp]>([
    ['without data', [], /the data of price \(blake3:.* are missing\n→ give --data price=FILE\.csv/],
    ['with data of no source', ['--data', 'sp500=bars.csv'], /--data sp500=bars\.csv names no source/],
    ['with two files', ['--data', 'price=a.csv', '--data', 'price=b.csv'], /is a second file of one source/],
    ['with a file alone', ['--data', 'bars.csv'], /--data bars\.csv is not NAME=FILE/],
    [
      'with a file that does not exist',
      ['--data', 'price=gone.csv'],
      /gone\.csv cannot be read.*\n→ check the path in --data: it is relative to the current folder$/,
    ],
    ['with a folder', ['--data', 'price=.'], /cannot be read.*\n→ name a file in --data, not a folder$/],
    ['with an option of modules', ['--report', 'r.html'], /--report is not an option of a node/],
  ])('a node %s is refused', async (_why, data, says) => {
    const { env, commit } = await servedGraph();
    const submission = await commit(join(strategyProject(), 'small.ts'));
    const outcome = await run(['run', idOf(submission, 'average'), ...data], { cwd: folderWith(), env });
    expect([outcome.exitCode, outcome.out]).toEqual([2, '']);
    expect(outcome.err).toMatch(says);
  });

  test('sources of one name are told apart by their NodeIDs', async () => {
    const { env, commit } = await servedGraph();
    const text = strategyText()
      .replace(
        'const average',
        `const daily = source('price', { type: 'Daily', interval: days(1), output: { close: 'float64' } });\nconst average`,
      )
      .replaceAll('inputs: { price,', 'inputs: { price, daily,');
    const project = strategyProject({ 'two.ts': text });
    const submission = await commit(join(project, 'two.ts'));
    const ids = submission.dag.nodes.flatMap(({ nodeId, name }) => (name === 'price' ? [nodeId] : []));
    const node = idOf(submission, 'position');
    const options = { cwd: project, env };
    const named = await run(['run', node, '--data', 'price=prices.csv'], options);
    expect(named.exitCode).toBe(2);
    expect(named.err).toContain('--data price=prices.csv names 2 sources of this name: use their NodeIDs');
    for (const id of ids) expect(named.err).toContain(`--data ${id}=FILE.csv`);
    const one = await run(['run', node, '--data', `${ids[0]}=prices.csv`], options);
    expect(one.err).toContain(`give --data ${ids[1]}=FILE.csv`);
    const both = ids.flatMap((id) => ['--data', `${id}=prices.csv`]);
    expect((await run(['run', node, ...both], options)).exitCode).toBe(0);
  });

  test('a field that is named like the column of times gets another column, and the run says so', async () => {
    const { env, commit } = await servedGraph();
    const text = strategyText()
      .replaceAll('weight:', 'date:')
      .replace("type: 'PortfolioWeight', ", '')
      .replace(', traded: price', '');
    const project = strategyProject({ 'small.ts': text });
    const submission = await commit(join(project, 'small.ts'));
    const args = ['run', idOf(submission, 'position'), '--data', 'price=prices.csv', '--csv', 'out.csv'];
    const { exitCode, err } = await run(args, { cwd: project, env });
    expect([exitCode, err]).toEqual([0, expect.stringContaining('the field date is in the column date_2')]);
    expect(readFileSync(join(project, 'out.csv'), 'utf8')).toMatch(
      /^date,date_2\n2020-01-05T00:00:00Z,[01]\n/,
    );
  });

  test('a node that the graph does not know is refused', async () => {
    const { env } = await servedGraph();
    const outcome = await run(['run', `blake3:${'0'.repeat(64)}`], { env });
    expect([outcome.exitCode, outcome.err]).toEqual([2, expect.stringContaining('the graph knows no node')]);
  });

  test('a NodeID that is cut off is named as such', async () => {
    const outcome = await run(['run', 'blake3:abc', '--data', 'a=b'], { cwd: folderWith() });
    expect([outcome.exitCode, outcome.err]).toEqual([
      2,
      expect.stringContaining('blake3:abc is not a NodeID'),
    ]);
  });

  test('options of nodes are refused for a module', async () => {
    const outcome = await run(['run', 'small.ts', '--csv', 'x.csv'], { cwd: strategyProject() });
    expect([outcome.exitCode, outcome.err]).toEqual([
      2,
      expect.stringContaining('--csv is not an option of a module'),
    ]);
  });

  test('with trusted keys only code that one of them signed is executed', async () => {
    const { env, commit } = await servedGraph();
    const [author, other] = [keyPair(), keyPair()];
    const project = strategyProject({ 'author.pub': author.open, 'other.pub': other.open });
    const submission = await commit(join(project, 'small.ts'), author.secret);
    const args = ['run', idOf(submission, 'average'), '--data', 'price=prices.csv'];
    const trusting = (file: string) => ({
      cwd: project,
      env: { ...env, QMTL_CODE_TRUSTED_KEYS_FILE: join(project, file) },
    });
    const [code] = Object(await runJson(args, trusting('author.pub'))).code;
    expect(code.signed_by).toEqual([submission.artifacts.code[0]?.signatures[0]?.keyId]);
    const refused = await run(args, trusting('other.pub'));
    expect(refused.exitCode).toBe(2);
    expect(refused.err).toMatch(/^E_CODE_REFUSED: the stored code of node average .* has no valid signature/);
    const noKey = await run(args, trusting('prices.csv'));
    expect([noKey.exitCode, noKey.err]).toEqual([
      2,
      expect.stringMatching(/^E_CONFIG: code\.trusted_keys_file: .* is not an Ed25519 public key in PEM/),
    ]);
  });

  test('every verification of code is a line of the audit log, and what cannot be recorded is not executed', async () => {
    const { stored, env, commit } = await servedGraph();
    const [author, other] = [keyPair(), keyPair()];
    const project = strategyProject({ 'author.pub': author.open, 'other.pub': other.open });
    const submission = await commit(join(project, 'small.ts'), author.secret);
    const [code] = submission.artifacts.code;
    const nodeId = idOf(submission, 'average');
    const args = ['run', nodeId, '--data', 'price=prices.csv'];
    const file = join(project, 'audit.jsonl');
    const outcome = async (keys: string, audit = file) => {
      const more = { QMTL_CODE_TRUSTED_KEYS_FILE: keys && join(project, keys), QMTL_CODE_AUDIT_FILE: audit };
      return run(args, { cwd: project, env: { ...env, ...more } });
    };
    const lines = () => readFileSync(file, 'utf8').trimEnd().split('\n');
    await outcome('author.pub');
    await outcome('other.pub');
    await outcome('');
    const line = {
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      node_id: nodeId,
      code_hash: code?.codeHash,
      key_ids: [code?.signatures[0]?.keyId],
    };
    expect(lines().map((text) => JSON.parse(text))).toEqual(
      ['accepted', 'unsigned', 'unasked'].map((found) => ({ ...line, outcome: found })),
    );
    stored.changed = (found) => ({ ...found, sha256: 'b'.repeat(64) });
    expect((await outcome('author.pub')).err).toContain('E_CODE_REFUSED');
    expect(JSON.parse(lines().at(-1) ?? '')).toMatchObject({ outcome: 'changed', node_id: nodeId });
    const unwritable = await outcome('author.pub', project);
    expect([unwritable.exitCode, unwritable.out]).toEqual([2, '']);
    expect(unwritable.err).toMatch(/^E_FILE: the audit log .* cannot be written/);
  });

  test.each<[change: string, changed: (stored: StoredCode) => StoredCode, says: RegExp]>([
    [
      'another text',
      (stored) => ({ ...stored, code: { ...stored.code, text: stored.code.text.replace('mean', 'sum') } }),
      /has SHA-256 [0-9a-f]{64}, and the graph says/,
    ],
    ['another SHA-256', (stored) => ({ ...stored, sha256: 'b'.repeat(64) }), /has SHA-256/],
    [
      'other inputs',
      (stored) => ({ ...stored, code: { ...stored.code, inputs: '[["other"]]' } }),
      /is not what its hashes say/,
    ],
  ])('stored code with %s is refused', async (_change, changed, says) => {
    const { stored, env, commit } = await servedGraph();
    const project = strategyProject();
    const submission = await commit(join(project, 'small.ts'));
    stored.changed = changed;
    const args = ['run', idOf(submission, 'average'), '--data', 'price=prices.csv'];
    const outcome = await run(args, { cwd: project, env });
    expect([outcome.exitCode, outcome.out]).toEqual([2, '']);
    expect(outcome.err).toMatch(/^E_CODE_REFUSED/);
    expect(outcome.err).toMatch(says);
  });

  test('a stored module that reaches for the process is not executed', async () => {
    const { graph, env, commit } = await servedGraph();
    const project = strategyProject();
    const document = (await loadStrategy(join(project, 'small.ts'))).toSubmissionDocument({ world: 'w' });
    const file = join(project, 'reached');
    const module = `// qmtl node 2, columns qmtl-column/1\n'use strict';\n({}) => {\n  process.getBuiltinModule('node:fs').writeFileSync(${JSON.stringify(file)}, '');\n  return v1 => 1;\n}\n`;
    await commit(join(project, 'small.ts'));
    const [price] = accepted(document).dag.nodes;
    const made = sampleNode({
      code_hash: toNodeCode(module, '[["price"]]').codeHash,
      schema_hash: hashFields('[["value","float64"]]'),
      interval: 86_400,
      dependencies: [price?.nodeId],
      name: 'made',
    });
    const nodes = [...Object(document.dag).nodes.slice(0, 1), made];
    const content = {
      code: [{ module, inputs: [['price']] }],
      schemas: [[['close', 'float64']], [['value', 'float64']]],
    };
    await submitWhole(graph, accepted({ ...document, strategy_id: 'evil', dag: { nodes }, ...content }));
    const outcome = await run(['run', made.node_id, '--data', 'price=prices.csv'], { cwd: project, env });
    expect([outcome.exitCode, outcome.out]).toEqual([2, '']);
    expect(outcome.err).toMatch(
      /^E_CODE_REFUSED: .* is not a closed module of this version: it names process/,
    );
    expect(existsSync(file)).toBe(false);
  });

  test.each<
    [what: string, change: (node: Record<string, unknown>) => void, args: readonly string[], says: RegExp]
  >([
    [
      'other fields than its id',
      (node) => {
        if (node.name === 'average') node.schema_hash = hashFields('[["other","float64"]]');
      },
      ['--data', 'price=prices.csv'],
      /is not what its hashes say[\s\S]*is the schema of nodes whose schema_compat_id is fields:/,
    ],
    [
      'a source that took the name of another feed',
      (node) => {
        if (node.name === 'price') node.name = 'volume';
      },
      ['--data', 'volume=prices.csv'],
      /names no source[\s\S]*give --data blake3:[0-9a-f]{64}=FILE\.csv, each once/,
    ],
  ])('a node with %s is refused', async (_what, change, args, says) => {
    const { graph, env } = await servedGraph();
    const project = strategyProject();
    const strategy = await loadStrategy(join(project, 'small.ts'));
    const document: unknown = structuredClone(strategy.toSubmissionDocument({ world: 'w' }));
    for (const node of Object(document).dag.nodes) change(node);
    const used = new Set(Object(document).dag.nodes.map((node: Record<string, unknown>) => node.schema_hash));
    const schemas: unknown[] = Object(document).schemas;
    const kept = schemas.filter((fields) => used.has(hashFields(JSON.stringify(fields))));
    const submission = accepted({ ...Object(document), schemas: kept });
    await submitWhole(graph, submission);
    // A submission with these fields would be refused.
    const fields = '[["other","float64"]]';
    const other = { schemaHash: hashFields(fields), fields };
    await graph.storeArtifacts({ code: [], schemas: [other], users: [] }, sampleTime);
    const outcome = await run(['run', idOf(submission, 'average'), ...args], { cwd: project, env });
    expect([outcome.exitCode, outcome.out]).toEqual([2, '']);
    expect(outcome.err).toMatch(says);
  });

  test('paths of data may contain =, and outputs never replace data', async () => {
    const { env, commit } = await servedGraph();
    const project = strategyProject();
    const submission = await commit(join(project, 'small.ts'));
    const elsewhere = folderWith({ 'asof=2020/bars.csv': readFileSync(join(project, 'prices.csv')) });
    const args = ['run', idOf(submission, 'average'), '--data', 'price=asof=2020/bars.csv'];
    const options = { cwd: elsewhere, env };
    expect((await run(args, options)).exitCode).toBe(0);
    const { exitCode, err } = await run([...args, '--csv', 'asof=2020/bars.csv'], options);
    expect([exitCode, err]).toEqual([2, expect.stringContaining('would overwrite the data of a source')]);
  });

  test('an error of stored code names the node and the position in its module', async () => {
    const { env, commit } = await servedGraph();
    const throwing = strategyText().replace('view.price.close.mean()', '{ throw new RangeError("no"); }');
    const project = strategyProject({ 'small.ts': throwing });
    const submission = await commit(join(project, 'small.ts'));
    const args = ['run', idOf(submission, 'average'), '--data', 'price=prices.csv'];
    const { exitCode, err } = await run(args, { cwd: project, env });
    expect([exitCode, err]).toEqual([
      1,
      expect.stringMatching(/average[\s\S]*at module blake3:[0-9a-f]{64}:\d+:\d+/),
    ]);
  });
});

test('a signing key with a passphrase is refused before anything is sent, with the way out', async () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'secret',
  });
  const project = strategyProject({ 'key.pem': pem.toString() });
  const env = { QMTL_CODE_SIGNING_KEY_FILE: join(project, 'key.pem') };
  const { exitCode, err } = await run(['submit', 'small.ts', '--world', 'w'], { cwd: project, env });
  expect(exitCode).toBe(2);
  expect(err).toMatch(
    /^E_CONFIG: code\.signing_key_file: .*key\.pem is encrypted with a passphrase\n→ openssl pkey -in/m,
  );
});

describe('qmtl node-code NODE-ID', () => {
  test('the stored module of a node is that of its strategy', async () => {
    const { env, commit } = await servedGraph();
    const project = strategyProject();
    const submission = await commit(join(project, 'small.ts'));
    const nodeId = idOf(submission, 'average');
    const stored = await runJson(['node-code', nodeId], { env });
    expect(stored).toEqual(await runJson(['node-code', 'small.ts', 'average'], { cwd: project }));
  });

  test.each<[why: string, name: string, more: readonly string[], says: string]>([
    ['a source', 'price', [], 'the graph does not have the code of'],
    ['a second argument', 'average', ['average'], 'average is one argument too many'],
  ])('code of %s is refused', async (_why, name, more, says) => {
    const { env, commit } = await servedGraph();
    const submission = await commit(join(strategyProject(), 'small.ts'));
    const { exitCode, err } = await run(['node-code', idOf(submission, name), ...more], { env });
    expect([exitCode, err]).toEqual([2, expect.stringContaining(says)]);
  });
});
