import { hashedCode } from '../activities/code-signatures.js';
import { storeArtifacts } from '../activities/store-artifacts.js';
import type { SubmissionId, TopicName } from '../domain/base/ids.js';
import { type NamespacePolicy, resolveNamespace } from '../domain/context/namespace.js';
import type { GraphStore, RegistrationRequest } from '../domain/ports/graph-store.js';
import type { Receipt, ReceiptNode, Submission } from '../domain/submissions/submission.js';

/** The time every sample is registered, verified and committed at: milliseconds since the epoch. */
export const sampleTime = 1_700_000_000_000;

export function registrationOf(
  submission: Submission,
  policy: NamespacePolicy = 'world-domain',
): RegistrationRequest {
  return {
    submission,
    namespace: resolveNamespace(submission.context, policy),
    workflowId: `submit-strategy/${submission.submissionId}`,
    traceparent: '',
    at: sampleTime,
  };
}

export async function verifyAll(store: GraphStore, submissionId: SubmissionId): Promise<number> {
  const specs = await store.unverifiedTopics(submissionId, 100_000);
  await store.markVerified(
    specs.map(({ topic }) => ({ topic, mismatches: [] })),
    sampleTime,
  );
  return specs.length;
}

/** Stores what a submission brings beside its DAG, as its registration would. */
export async function storeArtifactsOf(
  graph: Pick<GraphStore, 'storeArtifacts'>,
  { artifacts, dag }: Submission,
): Promise<void> {
  const hashed = { code: hashedCode(artifacts), schemas: artifacts.schemas };
  await storeArtifacts({ graph }, hashed, dag.nodes, sampleTime);
}

/** Takes a submission through every step of the graph, as the workflow would. */
export async function submitWhole(store: GraphStore, submission: Submission): Promise<Receipt> {
  await storeArtifactsOf(store, submission);
  await store.register(registrationOf(submission));
  await verifyAll(store, submission.submissionId);
  const outcome = await store.commit(submission.submissionId, sampleTime);
  if (outcome.kind !== 'committed') throw new Error(`not committed: ${outcome.kind}`);
  return outcome.receipt;
}

/** The topic of an entry of a receipt that is not that of a query. */
export function topicIn(entry: ReceiptNode | undefined): TopicName {
  if (entry?.topic === undefined) throw new Error('no entry, or that of a query');
  return entry.topic;
}
