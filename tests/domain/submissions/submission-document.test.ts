import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeDagDocument } from '../../../bench/dag-samples.js';
import { isSentinelId } from '../../../domain/base/ids.js';
import { limits } from '../../../domain/base/limits.js';
import type { Submission } from '../../../domain/submissions/submission.js';
import { parseSubmission, submissionDocument } from '../../../domain/submissions/submission-document.js';
import { makeSentinelId } from '../../../domain/submissions/submission-id.js';
import { leadsInto } from '../base/json-pointer.js';

const dag = makeDagDocument({ nodes: 6 });
const base = { strategy_id: 'mean-reversion', world_id: 'w1', execution_domain: 'live', dag };

function accept(change: object): Submission {
  const result = parseSubmission({ ...base, ...change });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.submission;
}

function problems(change: object): readonly string[] {
  const result = parseSubmission({ ...base, ...change });
  return result.ok ? [] : result.problems.map(({ code, path }) => `${code} ${path}`);
}

const idOf = (change: object) => accept(change).submissionId;

describe('an accepted submission', () => {
  test('an accepted submission has version, context, digest and id', () => {
    const submission = accept({
      partition: 'p0',
      as_of: '2025',
      meta: { version: ' V2 ' },
      commit_hash: 'abc',
    });
    expect(submission).toMatchObject({
      strategyId: 'mean-reversion',
      version: 'V2',
      context: { worldId: 'w1', domain: 'live', asOf: '2025', partition: 'p0' },
      commitHash: 'abc',
    });
    expect(submission.submissionId).toMatch(/^blake3:[0-9a-f]{64}$/);
    expect(submission.dag.nodes).toHaveLength(6);
  });

  test.each([
    [{ sentinel: { version: 'a' }, meta: { version: 'b', strategy_version: 'c' } }, 'a'],
    [{ sentinel: {}, meta: { version: 'b', strategy_version: 'c' } }, 'b'],
    [{ meta: { strategy_version: 'c' } }, 'c'],
    [{ meta: null }, 'v1'],
  ])('a submission with %j has version %s', (change, version) => {
    expect(accept(change).version).toBe(version);
  });

  test.each([
    [{ world_id: undefined, world_ids: ['w2'] }, 'w2'],
    [{ world_id: 'w2', world_ids: ['w2'] }, 'w2'],
    [{ world_id: 'w2', world_ids: [] }, 'w2'],
  ])('a submission with %j is for world %s', (change, world) => {
    expect(accept(change).context.worldId).toBe(world);
  });

  test.each([
    [{ execution_domain: undefined }, 'decision_unavailable'],
    [{ execution_domain: 'prodish', as_of: 'x' }, 'decision_unavailable'],
    [{ execution_domain: 'paper' }, 'missing_as_of'],
    [{ execution_domain: 'live', decision_stale: true }, 'stale_decision'],
  ])('a submission with %j is demoted: %s', (change, downgradeReason) => {
    expect(accept(change).context).toMatchObject({ domain: 'backtest', downgradeReason });
  });

  test('an accepted submission reads back the same from its document', () => {
    const change = fc.record(
      {
        execution_domain: fc.constantFrom('live', 'shadow', 'dryrun', 'backtest', 'nonsense', ''),
        as_of: fc.constantFrom('', '2025-01-01'),
        partition: fc.constantFrom('', 'p0'),
        decision_stale: fc.boolean(),
        meta: fc.record({
          version: fc.string({ maxLength: 20 }).map((text) => text.replace(/\p{Control}/gu, '')),
        }),
        commit_hash: fc.constantFrom('', 'abc'),
        dag: fc.record({ nodes: fc.integer({ min: 1, max: 20 }), seed: fc.nat(5) }).map(makeDagDocument),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(change, (members) => {
        const submission = accept(members);
        const again = parseSubmission(JSON.parse(JSON.stringify(submissionDocument(submission))));
        expect(again).toEqual({ ok: true, submission });
      }),
      { numRuns: 60 },
    );
  });
});

describe('the id of a submission', () => {
  test('I-3: the same content gives the same id, whatever the commit, the fingerprint and the spelling', () => {
    const id = idOf({});
    const turned = { nodes: [...dag.nodes].reverse() };
    expect(idOf({ commit_hash: 'abc' })).toBe(id);
    expect(idOf({ dataset_fingerprint: 'f' })).toBe(id);
    expect(idOf({ execution_domain: 'PROD' })).toBe(id);
    expect(idOf({ meta: { version: 'v1' } })).toBe(id);
    expect(idOf({ dag: turned })).toBe(id);
    expect(idOf({ world_id: undefined, world_ids: ['w1'] })).toBe(id);
  });

  test('different content gives different ids', () => {
    const ids = [
      {},
      { strategy_id: 'other' },
      { world_id: 'w2' },
      { execution_domain: 'shadow' },
      { execution_domain: 'backtest', as_of: 'x' },
      { execution_domain: 'backtest' },
      { execution_domain: '' },
      { decision_stale: true },
      { as_of: 'x' },
      { partition: 'x' },
      { meta: { version: 'v2' } },
      { dag: makeDagDocument({ nodes: 6, seed: 2 }) },
    ].map(idOf);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('the id of a sentinel consists of strategy, version and submission', () => {
    const submission = accept({ meta: { version: 'v2' } });
    const sentinel = makeSentinelId(submission);
    expect(sentinel).toBe(`mean-reversion:v2:${submission.submissionId.slice(7, 23)}`);
    expect(isSentinelId(sentinel)).toBe(true);
  });
});

describe('a refused submission', () => {
  test.each<[string, object, readonly string[]]>([
    ['names no world', { world_id: undefined }, ['E_WORLD_IDS_REQUIRED /world_id']],
    ['names no world in a list', { world_id: null, world_ids: [] }, ['E_WORLD_IDS_REQUIRED /world_id']],
    [
      'names several worlds',
      { world_id: undefined, world_ids: ['w1', 'w2'] },
      ['E_SCHEMA_INVALID /world_ids'],
    ],
    ['names two different worlds', { world_ids: ['w2'] }, ['E_SCHEMA_INVALID /world_ids']],
    ['names its worlds in one string', { world_ids: 'w1' }, ['E_SCHEMA_INVALID /world_ids']],
    ['names no usable world', { world_id: 'a b' }, ['E_SCHEMA_INVALID /world_id']],
    ['lists no usable world', { world_id: undefined, world_ids: [5] }, ['E_SCHEMA_INVALID /world_ids/0']],
    ['has no strategy', { strategy_id: undefined }, ['E_SCHEMA_INVALID /strategy_id']],
    ['has a strategy in capitals', { strategy_id: 'Mean' }, ['E_SCHEMA_INVALID /strategy_id']],
    ['has no DAG', { dag: undefined }, ['E_SCHEMA_INVALID /dag']],
    ['has a domain that is not text', { execution_domain: 5 }, ['E_SCHEMA_INVALID /execution_domain']],
    ['has a control character in as_of', { as_of: 'a\u001fb' }, ['E_SCHEMA_INVALID /as_of']],
    [
      'has a fingerprint that is not text',
      { dataset_fingerprint: {} },
      ['E_SCHEMA_INVALID /dataset_fingerprint'],
    ],
    ['has meta that is not an object', { meta: 'v1' }, ['E_SCHEMA_INVALID /meta']],
    ['has a version that is not text', { meta: { version: 2 } }, ['E_SCHEMA_INVALID /meta/version']],
    ['has a flag that is a word', { decision_stale: 'false' }, ['E_SCHEMA_INVALID /decision_stale']],
  ])('a refused submission %s', (_what, change, expected) => {
    expect(problems(change)).toEqual(expected);
  });

  test.each<[string, (text: string) => object, number]>([
    ['/strategy_id', (text) => ({ strategy_id: text }), limits.strategyIdCharsMax],
    ['/world_id', (text) => ({ world_id: text }), limits.worldIdCharsMax],
    ['/as_of', (text) => ({ as_of: text }), limits.asOfCharsMax],
    ['/partition', (text) => ({ partition: text }), limits.fieldCharsMax],
    ['/commit_hash', (text) => ({ commit_hash: text }), limits.fieldCharsMax],
    ['/meta/version', (text) => ({ meta: { version: text } }), limits.versionCharsMax],
    ['/sentinel/version', (text) => ({ sentinel: { version: text } }), limits.versionCharsMax],
  ])('%s: accepted at the limit, refused one past it', (path, change, limit) => {
    expect(problems(change('x'.repeat(limit)))).toEqual([]);
    expect(problems(change('x'.repeat(limit + 1)))).toEqual([`E_LIMIT_EXCEEDED ${path}`]);
  });

  test('I-7: the problems of all parts are listed at once, with their place in the document', () => {
    const nodes = dag.nodes.map((node, i) => (i === 1 ? { ...node, interval: -1 } : node));
    const broken = { strategy_id: '', world_id: '', as_of: 7, meta: [], dag: { nodes, node_ids_crc32: 1 } };
    expect(problems(broken)).toEqual([
      'E_SCHEMA_INVALID /as_of',
      'E_SCHEMA_INVALID /dag/nodes/1/interval',
      'E_SCHEMA_INVALID /meta',
      'E_SCHEMA_INVALID /strategy_id',
      'E_CHECKSUM_MISMATCH /dag/node_ids_crc32',
      'E_WORLD_IDS_REQUIRED /world_id',
    ]);
  });

  test.each([null, 'x', [], 5, undefined])('%j is not a submission', (value) => {
    const result = parseSubmission(value);
    expect(result.ok ? [] : result.problems.map(({ code, path }) => [code, path])).toEqual([
      ['E_SCHEMA_INVALID', ''],
    ]);
  });

  test('no document makes parseSubmission throw, and every problem has a place in it', () => {
    const anything = fc.anything({
      withDate: true,
      withMap: true,
      withBigInt: true,
      withNullPrototype: true,
    });
    const keys = [
      'strategy_id',
      'world_id',
      'world_ids',
      'execution_domain',
      'as_of',
      'meta',
      'sentinel',
      'dag',
    ];
    const document = fc.oneof(anything, fc.dictionary(fc.constantFrom(...keys), anything));
    fc.assert(
      fc.property(document, (value) => {
        const result = parseSubmission(value);
        const places = result.ok ? [] : result.problems.map(({ path }) => path);
        expect(places.length).toBeGreaterThan(0);
        expect(places.filter((place) => !leadsInto(value, place))).toEqual([]);
      }),
    );
  });
});
