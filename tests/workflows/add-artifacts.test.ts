import { generateKeyPairSync } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toNodeCode } from '../../domain/artifacts/node-code.js';
import { QmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { artifactPartToWire } from '../../proto/convert/artifact-parts.js';
import { withSignatures } from '../../sdk/submission/code-signatures.js';
import { submit } from '../../sdk/submission/submit.js';
import { sendArtifacts } from '../../temporal/clients/add-artifacts.js';
import { memoryStores, type Stores } from '../../workers/stores/stores.js';
import { accepted, sampleDocument, sampleNode, sampleSubmission } from '../samples.js';
import { failing } from './failing.js';
import { checkInvariants, openEnvironment, openPlane, skippingTime, type TestPlane } from './harness.js';

let env: TestWorkflowEnvironment;

beforeAll(async () => {
  env = await openEnvironment();
});

afterAll(async () => {
  await env.teardown();
});

function newKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** A submission whose nodes each have a module of their own. */
function withModules(count: number, world: string): Submission {
  const modules = Array.from({ length: count }, (_, index) => `// module ${index}`);
  const nodes = modules.map((module, index) =>
    sampleNode({ code_hash: toNodeCode(module, '[]').codeHash, params: { index }, dependencies: [] }),
  );
  return accepted({
    ...sampleDocument({ nodes: 1, world }),
    dag: { nodes },
    code: modules.map((module) => ({ module, inputs: [] })),
  });
}

async function storedOf({ graph }: Stores, { artifacts }: Submission) {
  const found = await Promise.all(artifacts.code.map(({ codeHash }) => graph.code(codeHash)));
  return found.flatMap((one) => (one === undefined ? [] : [one.code]));
}

/** The stores, with the number of modules of each transaction. */
function counting(stores: Stores): { stores: Stores; transactions: number[] } {
  const transactions: number[] = [];
  const graph: Stores['graph'] = {
    ...stores.graph,
    storeArtifacts: (artifacts, at) => {
      transactions.push(artifacts.code.length);
      return stores.graph.storeArtifacts(artifacts, at);
    },
  };
  return { stores: { ...stores, graph }, transactions };
}

async function withWorker<T>(plane: TestPlane, use: () => Promise<T>): Promise<T> {
  const worker = await plane.startWorker();
  try {
    return await use();
  } finally {
    await worker.stop();
  }
}

const away = () => new QmtlError('E_GRAPH_UNAVAILABLE', 'the graph is away');

describe('artifacts of a call that joins a running submission', () => {
  test('the code and the signatures of the second call are stored while the first one runs', async () => {
    const plane = openPlane(env);
    const whole = sampleSubmission({ nodes: 2, module: '// joined', world: 'joins' });
    const bare = { ...whole, artifacts: { code: [], schemas: [] } };
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const worker = await plane.startWorker({
      before: (name) => (name === 'ensureTopics' ? held : undefined),
    });
    const first = plane.submit(bare);
    await first.accepted();
    expect(await storedOf(plane.stores, whole)).toEqual([]);
    const document = sampleDocument({ nodes: 2, module: '// joined', world: 'joins' });
    const second = await submit(plane.client, document, { signingKey: newKey() });
    await second.accepted();
    expect(await storedOf(plane.stores, whole)).toMatchObject([{ signatures: { length: 1 } }]);
    expect((await plane.stores.graph.submission(whole.submissionId))?.state).toBe('registered');
    release();
    expect((await second.receipt()).joined).toBe(true);
    await first.result();
    await worker.stop();
  });
});

describe('many artifacts', () => {
  test('more than one transaction of them is stored before the submission starts', async () => {
    const base = memoryStores(Date.now);
    const { stores, transactions } = counting(base);
    const plane = openPlane(env, stores);
    const submission = withModules(limits.startTextsMax + 1, 'many');
    await withWorker(plane, async () => {
      const document = { ...sampleDocument({ nodes: 1, world: 'many' }), ...documentOf(submission) };
      const handle = await submit(plane.client, document);
      expect((await handle.receipt()).joined).toBe(false);
    });
    expect(transactions).toEqual([limits.startTextsMax, 1]);
    expect(await storedOf(base, submission)).toHaveLength(limits.startTextsMax + 1);
    expect(await checkInvariants(base)).toEqual([]);
  });

  test('an attempt that fails leaves what it stored to the next one', async () => {
    const base = memoryStores(Date.now);
    const submission = withModules(limits.startTextsMax + 1, 'again');
    const graph = failing(base.graph, 'storeArtifacts', 3, away);
    const plane = openPlane(env, { ...base, graph });
    const part = artifactPartToWire({ ...submission.artifacts, users: submission.dag.nodes });
    await withWorker(plane, () => skippingTime(env, sendArtifacts(plane.client, [part, part], 'again')));
    expect(await storedOf(base, submission)).toHaveLength(limits.startTextsMax + 1);
  });

  test('a start that brings them has them stored once, however often its registration is tried', async () => {
    const base = memoryStores(Date.now);
    const { stores, transactions } = counting(base);
    const plane = openPlane(env, { ...stores, graph: failing(stores.graph, 'register', 2, away) });
    const submission = withModules(limits.startTextsMax + 1, 'started');
    await withWorker(plane, () => skippingTime(env, plane.submit(submission).result()));
    expect(transactions).toEqual([limits.startTextsMax, 1]);
    expect(await storedOf(base, submission)).toHaveLength(limits.startTextsMax + 1);
  });

  test('I-7: a start that brings them with a forged signature is refused before anything is written', async () => {
    const plane = openPlane(env);
    const submission = forged(withSignatures(withModules(limits.startTextsMax + 1, 'forged'), newKey()));
    await withWorker(plane, async () => {
      await expect(plane.submit(submission).accepted()).rejects.toMatchObject({
        code: 'E_SCHEMA_INVALID',
        problems: [{ path: '/code/0/signatures/0' }],
      });
    });
    expect(await storedOf(plane.stores, submission)).toEqual([]);
  });

  test('I-7: a part with a forged signature is refused before anything is written', async () => {
    const plane = openPlane(env);
    const submission = forged(withSignatures(withModules(2, 'part'), newKey()));
    const part = artifactPartToWire({ ...submission.artifacts, users: submission.dag.nodes });
    await withWorker(plane, async () => {
      await expect(sendArtifacts(plane.client, [part], 'forged')).rejects.toMatchObject({
        code: 'E_SCHEMA_INVALID',
        problems: [
          { path: '/code/0/signatures/0', message: expect.stringContaining('made of something else') },
        ],
      });
    });
    expect(await storedOf(plane.stores, submission)).toEqual([]);
  });
});

function documentOf({ dag, artifacts }: Submission) {
  return {
    dag: {
      nodes: dag.nodes.map(({ nodeId, codeHash, paramsCanon }) =>
        sampleNode({
          node_id: nodeId,
          code_hash: codeHash,
          params: JSON.parse(paramsCanon),
          dependencies: [],
        }),
      ),
    },
    code: artifacts.code.map(({ text }) => ({ module: text, inputs: [] })),
  };
}

/** The first signature is that of the second module. */
function forged(submission: Submission): Submission {
  const [first, second, ...rest] = submission.artifacts.code;
  if (first === undefined || second === undefined) throw new Error('too few modules');
  const code = [{ ...first, signatures: second.signatures }, second, ...rest];
  return { ...submission, artifacts: { ...submission.artifacts, code } };
}
