import { describe, expect, test } from 'vitest';
import { toNodeCode } from '../../../domain/artifacts/node-code.js';
import { fieldsId, hashFields } from '../../../domain/artifacts/record-schema.js';
import { blake3Hex } from '../../../domain/base/blake3.js';
import { type Limits, limits } from '../../../domain/base/limits.js';
import { parseSubmission, submissionDocument } from '../../../domain/submissions/submission-document.js';
import { sampleDocument, sampleNode } from '../../samples.js';

const module = "// qmtl node 2, columns qmtl-column/1\n'use strict';\n({}) => (v1) => v1.a;\n";
const fields = [['close', 'float64']] as const;
const signature = {
  keyid: `sha256:${'a'.repeat(64)}`,
  sig: `${'A'.repeat(86)}==`,
  key: `${'A'.repeat(59)}=`,
};

function document(change: object = {}) {
  return { ...sampleDocument({ nodes: 2, module, fields }), ...change };
}

function problems(change: object, bounds: Limits = limits) {
  const parsed = parseSubmission(document(change), bounds);
  return parsed.ok ? [] : parsed.problems.map(({ code, path }) => `${code} ${path}`);
}

describe('artifacts of a submission', () => {
  test('code and schemas have the hashes that the nodes name', () => {
    const parsed = parseSubmission(document());
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const { artifacts, dag } = parsed.submission;
    expect(artifacts.code).toEqual([
      {
        codeHash: dag.nodes[0]?.codeHash,
        moduleHash: expect.stringMatching(/^blake3:[0-9a-f]{64}$/),
        text: module,
        inputs: '[]',
        signatures: [],
      },
    ]);
    expect(artifacts.schemas).toEqual([
      { schemaHash: dag.nodes[0]?.schemaHash, fields: '[["close","float64"]]' },
    ]);
  });

  test('a submission means the same with and without them, and its document keeps them', () => {
    const signed = document({ code: [{ module, inputs: [], signatures: [signature] }] });
    const [bare, whole] = [document({ code: undefined, schemas: undefined }), signed].map((one) => {
      const parsed = parseSubmission(one);
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
      return parsed.submission;
    });
    if (bare === undefined || whole === undefined) throw new Error('not parsed');
    expect(whole.submissionId).toBe(bare.submissionId);
    expect(bare.artifacts).toEqual({ code: [], schemas: [] });
    const again = parseSubmission(submissionDocument(whole));
    expect(again).toEqual({ ok: true, submission: whole });
    expect(whole.artifacts.code[0]?.signatures).toEqual([
      { keyId: signature.keyid, signature: signature.sig, publicKey: signature.key },
    ]);
  });

  test.each<[why: string, change: object, problem: string]>([
    ['code that is not a list', { code: {} }, 'E_SCHEMA_INVALID /code'],
    ['code that is not an object', { code: ['x'] }, 'E_SCHEMA_INVALID /code/0'],
    ['code without a module', { code: [{ inputs: [] }] }, 'E_SCHEMA_INVALID /code/0/module'],
    ['an empty module', { code: [{ module: '', inputs: [] }] }, 'E_SCHEMA_INVALID /code/0/module'],
    [
      'a module with a lone surrogate',
      { code: [{ module: '\ud800', inputs: [] }] },
      'E_SCHEMA_INVALID /code/0/module',
    ],
    ['code without inputs', { code: [{ module }] }, 'E_SCHEMA_INVALID /code/0/inputs'],
    ['inputs of another node', { code: [{ module, inputs: [['a']] }] }, 'E_SCHEMA_INVALID /code/0'],
    ['one byte more', { code: [{ module: `${module} `, inputs: [] }] }, 'E_SCHEMA_INVALID /code/0'],
    [
      'inputs nested too deep',
      { code: [{ module, inputs: [[[[[]]]]] }] },
      'E_LIMIT_EXCEEDED /code/0/inputs/0/0/0/0',
    ],
    [
      'code listed twice',
      {
        code: [
          { module, inputs: [] },
          { module, inputs: [] },
        ],
      },
      'E_DUPLICATE /code/1',
    ],
    [
      'signatures that are not a list',
      { code: [{ module, inputs: [], signatures: 'x' }] },
      'E_SCHEMA_INVALID /code/0/signatures',
    ],
    [
      'a signature of other length',
      { code: [{ module, inputs: [], signatures: [{ ...signature, sig: 'AAAA' }] }] },
      'E_SCHEMA_INVALID /code/0/signatures/0',
    ],
    [
      'a signature without its key',
      { code: [{ module, inputs: [], signatures: [{ ...signature, key: undefined }] }] },
      'E_SCHEMA_INVALID /code/0/signatures/0',
    ],
    [
      'a key that signs twice',
      { code: [{ module, inputs: [], signatures: [signature, signature] }] },
      'E_DUPLICATE /code/0/signatures/1',
    ],
    [
      'a member of code that means nothing',
      { code: [{ module, inputs: [], signature }] },
      'E_SCHEMA_INVALID /code/0',
    ],
    [
      'a member of a signature that means nothing',
      { code: [{ module, inputs: [], signatures: [{ ...signature, alg: 'none' }] }] },
      'E_SCHEMA_INVALID /code/0/signatures/0',
    ],
    ['a schema that is not a list', { schemas: ['x'] }, 'E_SCHEMA_INVALID /schemas/0'],
    ['a schema of no node', { schemas: [[['open', 'float64']]] }, 'E_SCHEMA_INVALID /schemas/0'],
    ['a schema listed twice', { schemas: [fields, fields] }, 'E_DUPLICATE /schemas/1'],
  ])('%s is refused', (_why, change, problem) => {
    expect(problems(change)).toEqual([problem]);
  });

  test('fields of a node whose schema id stands for others are refused', () => {
    const schemaHash = hashFields(JSON.stringify(fields));
    const nodeOf = (schema_compat_id: string) =>
      sampleNode({ schema_compat_id, schema_hash: schemaHash, dependencies: [] });
    const problemsOf = (schema_compat_id: string) =>
      problems({ dag: { nodes: [nodeOf(schema_compat_id)] }, code: [] });
    expect(problemsOf(fieldsId(JSON.stringify(fields)))).toEqual([]);
    expect(problemsOf('chosen')).toEqual([]);
    expect(problemsOf(fieldsId('[["open","float64"]]'))).toEqual(['E_SCHEMA_INVALID /schemas/0']);
  });

  test.each<[what: string, atLimit: number, bounds: (max: number) => Partial<Limits>, change: object]>([
    ['bytes of a module', Buffer.byteLength(module), (max) => ({ moduleBytesMax: max }), {}],
    ['bytes of all modules', Buffer.byteLength(module), (max) => ({ modulesBytesMax: max }), {}],
    ['characters of inputs', '[]'.length, (max) => ({ codeInputsCharsMax: max }), {}],
    ['characters of a schema', '[["close","float64"]]'.length, (max) => ({ schemaFieldsCharsMax: max }), {}],
    [
      'signatures',
      1,
      (max) => ({ codeSignaturesMax: max }),
      { code: [{ module, inputs: [], signatures: [signature] }] },
    ],
  ])('%s are limited: %d are accepted, and one more is not', (_what, atLimit, bounds, change) => {
    expect(problems(change, { ...limits, ...bounds(atLimit) })).toEqual([]);
    expect(problems(change, { ...limits, ...bounds(atLimit - 1) })).toEqual([
      expect.stringMatching(/^E_LIMIT_EXCEEDED/),
    ]);
  });

  test('a list longer than a DAG is refused before it is hashed', () => {
    const code = [{ module, inputs: [] }];
    expect(problems({ code: [...code, ...code, ...code] }, { ...limits, dagNodesMax: 2 })).toEqual([
      'E_LIMIT_EXCEEDED /code',
    ]);
  });
});

test('a code hash is the digest of the list in the specification', () => {
  const { codeHash, moduleHash } = toNodeCode(module, '[["a"],["b","c"]]');
  expect(moduleHash).toBe(`blake3:${blake3Hex(module)}`);
  const list = JSON.stringify(['qmtl-compute/1', moduleHash, [['a'], ['b', 'c']]]);
  expect(codeHash).toBe(`blake3:${blake3Hex(list)}`);
});
