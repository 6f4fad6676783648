import { existsSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

/**
 * `npm run --silent demo -- --output json | node --import tsx tools/check-demo.ts [FILE]`: asserts
 * the claims of the demo on its JSON output. Reads the file, or standard input; the exit code is 1 if a claim fails.
 */
const nodeId = z.string().regex(/^blake3:[0-9a-f]{64}$/);
const count = z.int().min(0);
const hex64 = z.string().regex(/^[0-9a-f]{64}$/);

const stepSchema = z.object({
  title: z.string(),
  workflow_id: z.string().startsWith('submit-strategy/'),
  submission_id: nodeId,
  strategy_id: z.string(),
  sentinel_id: z.string(),
  reused: count,
  buffering: count,
  created: count,
  joined: z.boolean(),
  same_receipt_as_first: z.boolean(),
  nodes: z.array(
    z.object({
      name: z.string(),
      node_id: nodeId,
      diff: z.enum(['new', 'reuse', 'buffering']),
      topic: z.string(),
    }),
  ),
  run: z
    .object({
      bars: count,
      digest: hex64,
      nodes: z.array(
        z.object({
          topic: z.string(),
          outputs: count,
          computed: count,
          reused: count,
          records_written: count,
        }),
      ),
      performance: z.object({
        trades: z.int().min(1),
        cagr: z.number(),
        max_drawdown: z.number().min(0).max(1),
        sharpe: z.number(),
      }),
    })
    .optional(),
});

const resultSchema = z.object({
  temporal: z.object({ kind: z.string(), address: z.string() }),
  report: z.string(),
  steps: z.array(stepSchema).length(5),
  records: z.record(z.string(), count),
  digest: hex64,
});

type Step = z.output<typeof stepSchema>;
type Result = z.output<typeof resultSchema>;
type Claim = readonly [says: string, holds: boolean];

const barsOfData = 5_105;
const changedCone = ['position', 'signal', 'sma-60'];
const sharedWithB = ['returns', 'sma-200', 'sp500'];

function claimsOf(result: Result): Claim[] {
  const [a, b, again, retouched, changed] = result.steps;
  if (!a || !b || !again || !retouched || !changed) return [['there are five steps', false]];
  return [
    ['A: every node is new', a.nodes.length > 0 && named(a, 'new').length === a.nodes.length && !a.joined],
    ['A: the receipt counts what the diff shows', countsAgree(a)],
    ['B: at least three nodes are reused', b.reused >= 3 && countsAgree(b)],
    ['B: the price source, the returns and one average are shared', same(named(b, 'reuse'), sharedWithB)],
    ['B: the reused nodes have the ids and topics of A', keepsPlaces(a, b)],
    ['A again: joined, the same receipt, nothing created', isRepetition(again, a)],
    ['A with other comments and formatting: the same', isRepetition(retouched, a)],
    ['A with a changed window: exactly the affected cone is new', same(named(changed, 'new'), changedCone)],
    [
      'A with a changed window: the rest is reused, in a new version',
      isChangeOf(changed, a) && countsAgree(changed),
    ],
    ['A, B and the changed A ran, the repetitions did not', ran(result) === 'yes yes no no yes'],
    [
      'every run saw every bar',
      result.steps.every(({ run }) => run === undefined || run.bars === barsOfData),
    ],
    ['every run computed only outputs that no topic contained', result.steps.every(isLazy)],
    ...recordClaims(result),
    ...reportClaims(result.report),
  ];
}

function named(step: Step, diff: Step['nodes'][number]['diff']): string[] {
  return step.nodes.filter((node) => node.diff === diff).map((node) => node.name);
}

function same(found: readonly string[], wanted: readonly string[]): boolean {
  return [...found].sort().join(' ') === [...wanted].sort().join(' ');
}

function countsAgree(step: Step): boolean {
  return (
    named(step, 'new').length === step.created &&
    named(step, 'reuse').length === step.reused &&
    step.buffering === 0
  );
}

function keepsPlaces(first: Step, second: Step): boolean {
  const topics = new Map(first.nodes.map((node) => [node.node_id, node.topic]));
  const reused = second.nodes.filter((node) => node.diff === 'reuse');
  return reused.length > 0 && reused.every((node) => topics.get(node.node_id) === node.topic);
}

function isRepetition(step: Step, first: Step): boolean {
  return (
    step.joined &&
    step.same_receipt_as_first &&
    step.submission_id === first.submission_id &&
    step.sentinel_id === first.sentinel_id &&
    named(step, 'reuse').length === step.nodes.length
  );
}

function isChangeOf(step: Step, first: Step): boolean {
  return !step.joined && step.submission_id !== first.submission_id && keepsPlaces(first, step);
}

function ran({ steps }: Result): string {
  return steps.map(({ run }) => (run === undefined ? 'no' : 'yes')).join(' ');
}

/** A node that is new in this step writes all its outputs; a known one writes nothing. */
function isLazy({ nodes, run }: Step): boolean {
  const diffs = new Map(nodes.map(({ topic, diff }) => [topic, diff]));
  return (run?.nodes ?? []).every(
    ({ topic, outputs, records_written }) => records_written === (diffs.get(topic) === 'new' ? outputs : 0),
  );
}

function recordClaims({ steps, records }: Result): Claim[] {
  const outputs = steps.flatMap(({ run }) => run?.nodes ?? []);
  const expected = new Map(outputs.map((node) => [node.topic, node.outputs]));
  const differing = outputs.filter((node) => records[node.topic] !== node.outputs).map(({ topic }) => topic);
  return [
    [
      `each topic contains every output of its node once ${differing.join(' ')}`.trim(),
      outputs.length > 0 && differing.length === 0,
    ],
    ['every topic belongs to a node', same(Object.keys(records), [...expected.keys()])],
    ['every topic contains records', Object.values(records).every((held) => held > 0)],
  ];
}

function reportClaims(path: string): Claim[] {
  if (!existsSync(path)) return [[`there is a report at ${path}`, false]];
  const html = readFileSync(path, 'utf8');
  const addresses = html.replaceAll('http://www.w3.org/2000/svg', '').match(/https?:\/\/[^"'\s<]*/g) ?? [];
  return [
    ['the report is an HTML page with drawings', /^<!doctype html>/.test(html) && html.includes('<svg')],
    [`the report is self-contained ${addresses.join(' ')}`.trim(), addresses.length === 0],
    ['the report runs no script and loads no file', !/<script|<link|<img|@import|\bsrc=/i.test(html)],
  ];
}

const [file] = process.argv.slice(2);
const answer = file === undefined ? await text(process.stdin) : readFileSync(file, 'utf8');
const claims = claimsOf(resultSchema.parse(JSON.parse(answer)));
for (const [says, holds] of claims) console.log(`${holds ? 'holds' : 'FAILS'}  ${says}`);
process.exitCode = claims.length > 0 && claims.every(([, holds]) => holds) ? 0 : 1;
