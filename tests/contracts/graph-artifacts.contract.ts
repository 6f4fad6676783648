import { describe, expect, test } from 'vitest';
import { toNodeCode } from '../../domain/artifacts/node-code.js';
import { hashFields } from '../../domain/artifacts/record-schema.js';
import { limits } from '../../domain/base/limits.js';
import { canonicalDag, hashDag } from '../../domain/dag/dag-digest.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import { sampleSubmission } from '../samples.js';
import { registrationOf, sampleTime, submitWhole } from '../submit-whole.js';

const at = sampleTime;

/** The part of the contract of every graph store that is about artifacts. */
export function graphArtifactsContract(open: () => Promise<GraphStore>): void {
  describe('artifacts', () => {
    const module = '// qmtl node 2\n() => 1;\n';
    const code = toNodeCode(module, '[]');
    const sha256 = 'a'.repeat(64);
    const schema = { schemaHash: hashFields('[["value","float64"]]'), fields: '[["value","float64"]]' };
    const by = (key: string) => ({ keyId: key, signature: `by-${key}`, publicKey: `of-${key}` });
    const signed = (...keys: readonly string[]) => ({ sha256, code: { ...code, signatures: keys.map(by) } });

    test('code and schemas are read by their hashes, as they were stored', async () => {
      const store = await open();
      await store.storeArtifacts({ code: [signed('k1')], schemas: [schema], users: [] }, at);
      expect(await store.code(code.codeHash)).toEqual({ ...signed('k1'), createdAt: at });
      expect(await store.schema(schema.schemaHash)).toEqual(schema);
      expect(await store.code(schema.schemaHash)).toBeUndefined();
      expect(await store.schema(code.codeHash)).toBeUndefined();
    });

    test('storing artifacts again changes nothing, and adds the signatures of other keys', async () => {
      const store = await open();
      const store1 = (...keys: readonly string[]) =>
        store.storeArtifacts({ code: [signed(...keys)], schemas: [schema], users: [] }, at + 1);
      await store.storeArtifacts({ code: [signed('k1')], schemas: [schema], users: [] }, at);
      await store1('k1');
      expect(await store.code(code.codeHash)).toEqual({ ...signed('k1'), createdAt: at });
      await Promise.all([store1('k2', 'k1'), store1('k3')]);
      const found = await store.code(code.codeHash);
      expect(found?.createdAt).toBe(at);
      expect(found?.code.signatures.map(({ keyId }) => keyId).sort()).toEqual(['k1', 'k2', 'k3']);
    });

    test('one key signs once, and the signatures past the limit are not kept', async () => {
      const store = await open();
      const forged = {
        ...signed('k1'),
        code: { ...code, signatures: [{ ...by('k1'), signature: 'other' }] },
      };
      const keys = Array.from({ length: limits.storedSignaturesMax + 2 }, (_, index) => `k${index + 1}`);
      await store.storeArtifacts({ code: [signed('k1')], schemas: [], users: [] }, at);
      await store.storeArtifacts({ code: [forged], schemas: [], users: [] }, at);
      await store.storeArtifacts({ code: [signed(...keys)], schemas: [], users: [] }, at);
      const kept = keys.slice(0, limits.storedSignaturesMax);
      expect(await store.code(code.codeHash)).toEqual({ ...signed(...kept), createdAt: at });
    });

    test('code that a later submission brings is stored, also for nodes that exist already', async () => {
      const store = await open();
      const bare = sampleSubmission({ nodes: 2, module });
      await submitWhole(store, { ...bare, artifacts: { code: [], schemas: [] } });
      expect(await store.code(code.codeHash)).toBeUndefined();
      await submitWhole(store, sampleSubmission({ nodes: 2, module, strategy: 'second' }));
      expect(await store.code(code.codeHash)).toMatchObject({ code: { text: module } });
    });

    test('a node without a schema gets the first one whose fields are stored, and keeps it', async () => {
      const store = await open();
      const submit = async (strategy: string, fields: string | undefined) => {
        const pairs = fields === undefined ? {} : { fields: [[fields, 'float64'] as const] };
        return (await submitWhole(store, sampleSubmission({ nodes: 2, strategy, module, ...pairs }))).counts;
      };
      const schemasOf = async () =>
        (await store.nodes({ itemsMax: 9 })).items.map(({ node }) => node.schemaHash);
      await submit('first', undefined);
      expect(await schemasOf()).toEqual([undefined, undefined]);
      expect(await submit('second', 'value')).toEqual({ reuse: 2, buffering: 0, new: 0 });
      expect(await schemasOf()).toEqual([schema.schemaHash, schema.schemaHash]);
      expect(await submit('third', 'other')).toEqual({ reuse: 0, buffering: 2, new: 0 });
      expect(await schemasOf()).toEqual([schema.schemaHash, schema.schemaHash]);
    });

    test('a node that the graph holds otherwise gets no schema, and neither does one without stored fields', async () => {
      const store = await open();
      const submission = sampleSubmission({ nodes: 1, module });
      await submitWhole(store, { ...submission, artifacts: { code: [], schemas: [] } });
      const [node] = submission.dag.nodes;
      if (node === undefined) throw new Error('no node');
      const { schemaHash } = schema;
      const fill = (user: Partial<typeof node>, schemas = [schema]) =>
        store.storeArtifacts({ code: [], schemas, users: [{ ...node, schemaHash, ...user }] }, at);
      await fill({}, []);
      await fill({ codeHash: 'other' });
      await fill({ schemaCompatId: 'other' });
      expect((await store.nodesByIds([node.nodeId]))[0]?.node.schemaHash).toBeUndefined();
      await fill({});
      expect((await store.nodesByIds([node.nodeId]))[0]?.node.schemaHash).toBe(schemaHash);
    });

    test('a stored DAG is read as its digest says, with outputs and sorted tags', async () => {
      const store = await open();
      const tagQuery = { tags: ['btc'], matchMode: 'any', interval: 60 } as const;
      const submission = sampleSubmission({ nodes: 3, tags: ['z', 'a'], outputs: { last: 2 }, tagQuery });
      await store.register(registrationOf(submission));
      const dag = await store.dag(submission.dagDigest);
      if (dag === undefined) throw new Error('no DAG');
      expect(dag).toEqual(canonicalDag(submission.dag));
      expect(hashDag(dag)).toBe(submission.dagDigest);
      expect(dag.outputs).toEqual(submission.dag.outputs);
      expect(await store.dag(hashDag({ ...dag, outputs: [] }))).toBeUndefined();
    });

    test('a stored DAG has the names that its submission gave the nodes', async () => {
      const store = await open();
      const submission = sampleSubmission({ nodes: 2 });
      const renamed = {
        ...submission.dag,
        nodes: submission.dag.nodes.map((node) => ({ ...node, name: `my-${node.name}` })),
      };
      const dagDigest = hashDag(renamed);
      await submitWhole(store, sampleSubmission({ nodes: 2, strategy: 'first' }));
      await submitWhole(store, { ...submission, dag: renamed, dagDigest });
      expect(await store.nodeNames(dagDigest)).toEqual(
        new Map(renamed.nodes.map(({ nodeId, name }) => [nodeId, name])),
      );
      const [record] = await store.nodesByIds(renamed.nodes.slice(0, 1).map(({ nodeId }) => nodeId));
      expect(record?.node.name).toBe('n0');
      expect(
        await store.nodeNames(hashDag({ ...renamed, nodes: renamed.nodes.slice(0, 1) })),
      ).toBeUndefined();
    });
  });
}
