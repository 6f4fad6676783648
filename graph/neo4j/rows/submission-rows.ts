import { isNodeId, isStrategyId, isSubmissionId, type NodeId } from '../../../domain/base/ids.js';
import type { DagOutput, NodeSpec } from '../../../domain/dag/dag.js';
import type { NodeDiffClass } from '../../../domain/dag/diff.js';
import type { SubmissionRecord, SubmissionRecordState } from '../../../domain/ports/graph-reads.js';
import type { RegistrationRequest } from '../../../domain/ports/graph-store.js';
import type { RegistrationPlan } from '../../../domain/submissions/registration.js';
import type { DiffCounts } from '../../../domain/submissions/submission.js';
import {
  type CypherInput,
  maybe,
  type Row,
  readInteger,
  readKind,
  readKinds,
  readText,
  readTexts,
} from '../driver/cypher-value.js';
import { maybeStored, storedContext, storedReceipt, storedTagPlan, toStored } from './stored-form.js';

/** One letter per node, in DAG order: a queue map of 20,000 entries takes 20 kB. Queue names are looked up, since they may still change. */
const letterOf: Readonly<Record<NodeDiffClass, string>> = { reuse: 'r', buffering: 'b', new: 'n' };
const classOf: ReadonlyMap<string, NodeDiffClass> = new Map([
  ['r', 'reuse'],
  ['b', 'buffering'],
  ['n', 'new'],
]);

type Plan = Extract<RegistrationPlan, { kind: 'plan' }>;

/** Properties of a Submission at registration; those of an earlier, cancelled attempt are overwritten. */
export function submissionProperties(
  { submission, namespace, workflowId, traceparent, at }: RegistrationRequest,
  plan: Plan,
  buffering: readonly NodeSpec[],
): Readonly<Record<string, CypherInput>> {
  return {
    submission_id: submission.submissionId,
    strategy_id: submission.strategyId,
    version: submission.version,
    context: toStored(storedContext, submission.context),
    dag_digest: submission.dagDigest,
    commit_hash: submission.commitHash,
    namespace: namespace.key,
    workflow_id: workflowId,
    traceparent,
    state: 'registered',
    node_ids: plan.queueMap.map(({ nodeId }) => nodeId),
    diff_letters: plan.queueMap.map(({ diff }) => letterOf[diff]).join(''),
    buffering_ids: buffering.map(({ nodeId }) => nodeId),
    buffering_hashes: buffering.map(({ schemaHash }) => schemaHash ?? ''),
    query_ids: plan.queueMap.flatMap(({ nodeId, topic }) => (topic === undefined ? [nodeId] : [])),
    planned_tags: plannedTags(plan),
    output_names: submission.dag.outputs.map(({ name }) => name),
    output_ids: submission.dag.outputs.map(({ nodeId }) => nodeId),
    count_reuse: plan.counts.reuse,
    count_buffering: plan.counts.buffering,
    count_new: plan.counts.new,
    registered_at: at,
    cancelled_at: null,
  };
}

/** Tags that the commit adds, unless another one does so first; absent without any. */
function plannedTags({ queueMap }: Plan): Uint8Array | null {
  const planned = new Map(
    queueMap.flatMap(({ nodeId, tagsAdded }) =>
      tagsAdded === undefined ? [] : [[nodeId, tagsAdded] as const],
    ),
  );
  return planned.size === 0 ? null : toStored(storedTagPlan, planned);
}

/** The outputs of a registered submission; those of earlier releases have none. */
export function toOutputs(row: Row): readonly DagOutput[] {
  const nodeIds = maybe(row, 'output_ids', (r, name) => readKinds(r, name, isNodeId)) ?? [];
  const names = maybe(row, 'output_names', readTexts) ?? [];
  return nodeIds.flatMap((nodeId, index) => {
    const name = names[index];
    return name === undefined ? [] : [{ name, nodeId }];
  });
}

/** The classes in `diff_letters`, by node. */
export function toDiffClasses(
  letters: string,
  nodeIds: readonly NodeId[],
): ReadonlyMap<NodeId, NodeDiffClass> {
  return new Map(nodeIds.map((nodeId, index) => [nodeId, classOf.get(letters.charAt(index)) ?? 'new']));
}

export function toCounts(row: Row): DiffCounts {
  return {
    reuse: readInteger(row, 'count_reuse'),
    buffering: readInteger(row, 'count_buffering'),
    new: readInteger(row, 'count_new'),
  };
}

export function toSubmissionRecord(row: Row): SubmissionRecord {
  const submissionId = readKind(row, 'submission_id', isSubmissionId);
  const receipt = maybeStored(storedReceipt, row, 'receipt', `submission ${submissionId}`);
  return {
    submissionId,
    strategyId: readKind(row, 'strategy_id', isStrategyId),
    workflowId: readText(row, 'workflow_id'),
    state: readState(row),
    counts: toCounts(row),
    registeredAt: readInteger(row, 'registered_at'),
    ...(receipt === undefined ? {} : { receipt }),
  };
}

const states: readonly SubmissionRecordState[] = ['registered', 'committed', 'cancelled'];

/** A submission whose plan was outdated at its commit is under way: its next registration plans it again. */
function readState(row: Row): SubmissionRecordState {
  return readText(row, 'state') === 'set-back' ? 'registered' : readKind(row, 'state', isSubmissionState);
}

function isSubmissionState(text: string): text is SubmissionRecordState {
  return states.some((state) => state === text);
}
