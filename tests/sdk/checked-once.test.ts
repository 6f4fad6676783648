import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { checkedSubmission } from '../../sdk/compile/checked-submission.js';
import { days, node, source, strategy } from '../../sdk/index.js';
import { writeFiles } from './code/code-fixture.js';

const root = resolve(import.meta.dirname, '../..');
const sourceOf = (file: string) => pathToFileURL(join(root, file)).href;

const price = source('price', { type: 'Price', interval: days(1), output: { close: 'float64' } });
const last = node('last', {
  inputs: { price },
  params: { k: [1] },
  compute: (view) => view.price.close.at(-1),
});
const made = strategy('once', { outputs: { last } });
const place = { world: 'w', domain: 'backtest', asOf: '2020' };

/** From a strategy to the request: the steps of `qmtl submit` before it calls the client. */
const journey = `import { bars, days, node, source, strategy } from '${sourceOf('sdk/index.ts')}';
import { checkedSubmission } from '${sourceOf('sdk/compile/checked-submission.ts')}';
import { submit } from '${sourceOf('sdk/submission/submit.ts')}';
import { strategyDocument } from '${sourceOf('cli/io/submission-file.ts')}';
const price = source('price', { type: 'Price', interval: days(1), output: { close: 'float64' } });
const mean = node('mean', { inputs: { price }, period: bars(3), compute: (view) => view.price.close.mean() });
const made = strategy('once', { outputs: { mean } });
if (made.check().length > 0) throw new Error('refused');
const documents = [
  made.toSubmissionDocument({ world: 'w' }),
  strategyDocument(made.compile(), { world: 'w', domain: 'backtest', asOf: '2020' }),
];
const asked = new Promise((resolve) => {
  const client = { workflow: { startUpdateWithStart: async () => { resolve(undefined); throw new Error('away'); } } };
  void submit(client, documents[1]);
});
for (const document of documents) checkedSubmission(document);
await asked;
process.exit(0);
`;

interface CountedFunction {
  readonly functionName: string;
  readonly ranges: readonly { readonly count: number }[];
}

/** Runs a script in a separate process and returns how often functions of a file were called, as counted by the engine. */
function callsIn(script: string, file: string, names: readonly string[]): Readonly<Record<string, number>> {
  const folder = writeFiles({ 'journey.ts': script, 'package.json': '{"type":"module"}' });
  const coverage = join(folder, 'coverage');
  execFileSync(process.execPath, ['--import', import.meta.resolve('tsx'), join(folder, 'journey.ts')], {
    cwd: root,
    env: { ...process.env, NODE_V8_COVERAGE: coverage },
  });
  const scripts = readdirSync(coverage).flatMap(
    (name): { url: string; functions: CountedFunction[] }[] =>
      JSON.parse(readFileSync(join(coverage, name), 'utf8')).result,
  );
  const functions = scripts
    .filter(({ url }) => url.startsWith(sourceOf(file)))
    .flatMap((one) => one.functions);
  const count = (name: string) =>
    functions
      .filter((one) => one.functionName === name)
      .reduce((sum, one) => sum + (one.ranges[0]?.count ?? 0), 0);
  return Object.fromEntries(names.map((name) => [name, count(name)]));
}

test('a DAG is read and hashed once on its way from the author to the control plane', () => {
  expect(callsIn(journey, 'domain/dag/dag-document.ts', ['readDag'])).toEqual({ readDag: 1 });
  expect(callsIn(journey, 'domain/dag/dag-digest.ts', ['hashDag'])).toEqual({ hashDag: 1 });
});

test('the submission of a compiled strategy contains the compiled DAG itself', () => {
  const { dag, dagDigest } = made.compile();
  const submission = checkedSubmission(made.toSubmissionDocument(place));
  expect(submission.dag).toBe(dag);
  expect(submission.dagDigest).toBe(dagDigest);
});

test('the document of a compiled strategy is read again when it is text', () => {
  const submission = checkedSubmission(made.toSubmissionDocument(place));
  const text = JSON.stringify(made.toSubmissionDocument(place));
  const again = checkedSubmission(JSON.parse(text));
  expect(again).toEqual(submission);
  expect(again.dag).not.toBe(submission.dag);
});

test('the DAG of a document cannot be changed after it was checked', () => {
  const { dag } = made.toSubmissionDocument(place);
  const change = () => Object(dag).nodes.push({});
  expect(change).toThrow(TypeError);
  expect(Object.isFrozen(Object(dag).nodes[1].params.k)).toBe(true);
});

test('a compiled strategy cannot be changed after it was checked', () => {
  const compiled = Object(made.compile());
  for (const change of [
    () => {
      compiled.dag = { nodes: [] };
    },
    () => {
      compiled.dag.nodes[0].interval = -5;
    },
    () => compiled.nodes.pop(),
    () => {
      compiled.nodes[0].spec.name = 'another';
    },
  ])
    expect(change).toThrow(TypeError);
});

test('a copy of a document with another node is refused', () => {
  const document = made.toSubmissionDocument(place);
  const [first, ...rest] = Object(document.dag).nodes;
  const changed = { ...document, dag: { nodes: [{ ...first, interval: 60 }, ...rest] } };
  expect(() => checkedSubmission(changed)).toThrow(expect.objectContaining({ code: 'E_NODE_ID_MISMATCH' }));
});

test('the other fields of a document with a checked DAG are checked', () => {
  const { world_id: _world, ...nowhere } = made.toSubmissionDocument(place);
  expect(() => checkedSubmission(nowhere)).toThrow(expect.objectContaining({ code: 'E_WORLD_IDS_REQUIRED' }));
});
