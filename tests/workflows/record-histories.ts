import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { NativeConnection } from '@temporalio/worker';
import { toNodeCode } from '../../domain/artifacts/node-code.js';
import { QmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { artifactPartToWire } from '../../proto/convert/artifact-parts.js';
import { submitRequestToWire } from '../../proto/convert/submission.js';
import { sendArtifacts } from '../../temporal/clients/add-artifacts.js';
import { startSubmission } from '../../temporal/clients/submit-strategy.js';
import { connectClient } from '../../temporal/connection.js';
import { startControlPlane } from '../../workers/control-plane.js';
import { memoryStores, type Stores } from '../../workers/stores/stores.js';
import {
  addArtifactsWorkflow,
  publishOutboxWorkflow,
  submitStrategyWorkflow,
} from '../../workflows/contract.js';
import { accepted, sampleDocument, sampleNode, sampleSubmission } from '../samples.js';
import { silentTelemetry } from '../silent-telemetry.js';
import { failing } from './failing.js';

/**
 * Records histories for the replay gate against a real Temporal server:
 * `node --import tsx tests/workflows/record-histories.ts ADDRESS FOLDER`. Only adds files; see CONTRIBUTING.md.
 */
const [address = '127.0.0.1:7233', folder = 'tests/histories'] = process.argv.slice(2);
const namespace = 'default';
const world = `recorded-${randomUUID().slice(0, 8)}`;
const connection = await NativeConnection.connect({ address });
const client = await connectClient({ address, namespace });

async function record(workflowId: string, name: string): Promise<void> {
  const handle: WorkflowHandle = client.workflow.getHandle(workflowId);
  // Stack traces contain paths of the recording machine; replay does not read them.
  const history = historyToJSON(await handle.fetchHistory()).replaceAll(`${process.cwd()}/`, '');
  mkdirSync(dirname(`${folder}/${name}`), { recursive: true });
  writeFileSync(`${folder}/${name}.json`, history, { flag: 'wx' });
}

const away = () => new QmtlError('E_BROKER_UNAVAILABLE', 'the broker is away');
const rejected = () => new QmtlError('E_TOPIC_REJECTED', 'policy violation');
const tooMuch = () => new QmtlError('E_LIMIT_EXCEEDED', 'too much');
const graphAway = () => new QmtlError('E_GRAPH_UNAVAILABLE', 'the graph is away');
const base = memoryStores(Date.now);
const sample = (nodes: number, strategy: string) => sampleSubmission({ nodes, world, strategy });
const tampered = (submission: Submission): Submission => ({
  ...submission,
  dag: { ...submission.dag, nodes: submission.dag.nodes.map((node) => ({ ...node, codeHash: 'other' })) },
});

/** More of them than one transaction stores. */
function manyModules(): Submission {
  const modules = Array.from({ length: limits.startTextsMax + 1 }, (_, index) => `// module ${index}`);
  const nodes = modules.map((module, index) =>
    sampleNode({ code_hash: toNodeCode(module, '[]').codeHash, params: { index }, dependencies: [] }),
  );
  const code = modules.map((module) => ({ module, inputs: [] }));
  return accepted({ ...sampleDocument({ nodes: 1, world, strategy: 'many' }), dag: { nodes }, code });
}

const many = manyModules();
const stories: readonly { name: string; submission: Submission; stores: Stores; cancel?: boolean }[] = [
  { name: 'all-new', submission: sample(5, 'all-new'), stores: base },
  { name: 'many-artifacts', submission: many, stores: base },
  { name: 'all-reuse', submission: sample(5, 'all-reuse'), stores: base },
  { name: 'joined', submission: sample(5, 'all-new'), stores: base },
  { name: 'refused', submission: tampered(sample(2, 'refused')), stores: base },
  {
    name: 'broker-away',
    submission: sample(6, 'broker-away'),
    stores: { ...base, topics: failing(base.topics, 'create', 7, away) },
  },
  {
    name: 'graph-away',
    submission: sample(7, 'graph-away'),
    stores: { ...base, graph: failing(base.graph, 'register', 3, graphAway) },
  },
  {
    name: 'operator-fault',
    submission: sample(9, 'operator-fault'),
    stores: { ...base, topics: failing(base.topics, 'create', 2, rejected) },
  },
  {
    name: 'failed',
    submission: sample(10, 'failed'),
    stores: { ...base, topics: failing(base.topics, 'create', 1, tooMuch) },
  },
  {
    name: 'cancelled',
    submission: sample(8, 'cancelled'),
    stores: { ...base, topics: failing(base.topics, 'create', 99, away) },
    cancel: true,
  },
];

for (const { name, submission, stores, cancel } of stories) {
  const worker = await startControlPlane({
    connection,
    namespace,
    ...stores,
    namespacePolicy: 'world-domain',
    telemetry: silentTelemetry(),
    now: Date.now,
  });
  const request = submitRequestToWire(submission, { traceparent: '', requestId: randomUUID() });
  const started = startSubmission(client, submission, request);
  if (cancel === true) await started.accepted().then(() => started.cancel());
  await started.result().catch((error: unknown) => console.log(`${name}: ${String(error)}`));
  await record(submitStrategyWorkflow.id(submission.submissionId), `submit-strategy/${name}`);
  await worker.drain();
}
await record(publishOutboxWorkflow.id, 'publish-outbox/rounds');

const partId = randomUUID();
const part = artifactPartToWire({ ...many.artifacts, users: many.dag.nodes });
const worker = await startControlPlane({
  connection,
  namespace,
  ...base,
  graph: failing(base.graph, 'storeArtifacts', 1, graphAway),
  namespacePolicy: 'world-domain',
  telemetry: silentTelemetry(),
  now: Date.now,
});
await sendArtifacts(client, [part], partId);
await record(addArtifactsWorkflow.id(partId, 0), 'add-artifacts/graph-away');
await worker.drain();
await client.connection.close();
await connection.close();
