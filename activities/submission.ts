import { create } from '@bufbuild/protobuf';
import { type Problem, QmtlError } from '../domain/base/errors.js';
import { isSubmissionId, type SubmissionId } from '../domain/base/ids.js';
import { limits } from '../domain/base/limits.js';
import { excerpt } from '../domain/base/problem-list.js';
import { type NamespacePolicy, resolveNamespace } from '../domain/context/namespace.js';
import type { GraphStore, RegisterOutcome } from '../domain/ports/graph-store.js';
import type { CrowdedNode, TooManyTags } from '../domain/submissions/registration.js';
import type { Submission } from '../domain/submissions/submission.js';
import { parseSubmission } from '../domain/submissions/submission-document.js';
import { isTraceparent } from '../domain/submissions/trace-context.js';
import type { WorkflowSignals } from '../domain/submissions/workflow-signals.js';
import { problemsToWire } from '../proto/convert/problems.js';
import { countsToWire, receiptToWire } from '../proto/convert/receipt.js';
import { submitRequestDocument } from '../proto/convert/submission.js';
import {
  type AnnouncementResult,
  AnnouncementResultSchema,
  type CancelSubmissionResult,
  CancelSubmissionResultSchema,
  type CommitSubmissionResult,
  CommitSubmissionResultSchema,
  ContendedSchema,
  NotRegisteredSchema,
  RegisteredSchema,
  type RegisterSubmissionRequest,
  type RegisterSubmissionResult,
  RegisterSubmissionResultSchema,
  type StoreSubmissionArtifactsResult,
  StoreSubmissionArtifactsResultSchema,
  type SubmissionRef,
} from '../proto/gen/qmtl/v1/steps_pb.js';
import { firstNames } from '../std/bounded-text.js';
import { type HashedCode, hashedCode, type OnSignature, signatureProblems } from './code-signatures.js';
import { translated } from './failure.js';
import { storeArtifacts } from './store-artifacts.js';
import { type RoomDeps, roomProblem } from './topic-room.js';

export interface SubmissionDeps {
  readonly graph: GraphStore;
  readonly topics: RoomDeps['topics'];
  readonly signals: WorkflowSignals;
  readonly namespacePolicy: NamespacePolicy;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onSignature?: OnSignature;
}

type RegisterOutcomeOnWire = RegisterSubmissionResult['outcome'];

/** The short steps of a submission: each one transaction on the graph, or one call of Temporal. All are safe to repeat. */
export function createSubmissionActivities(deps: SubmissionDeps) {
  return {
    storeSubmissionArtifacts: translated((request: RegisterSubmissionRequest) =>
      storeSubmissionArtifacts(deps, request),
    ),
    registerSubmission: translated((request: RegisterSubmissionRequest) => registerSubmission(deps, request)),
    commitSubmission: translated((ref: SubmissionRef) => commitSubmission(deps, ref)),
    wakePublisher: translated(() => deps.signals.wakePublisher()),
    readAnnouncement: translated((ref: SubmissionRef) => readAnnouncement(deps, ref)),
    cancelSubmission: translated((ref: SubmissionRef) => cancelSubmission(deps, ref)),
  };
}

export type SubmissionActivities = ReturnType<typeof createSubmissionActivities>;

type CheckedRequest =
  | { readonly ok: true; readonly submission: Submission; readonly code: readonly HashedCode[] }
  | {
      readonly ok: false;
      readonly submissionId: SubmissionId | undefined;
      readonly problems: readonly Problem[];
      readonly more: number;
    };

/** Everything is checked before the first write; the code is hashed, and its signatures verified, unless it is stored already. */
function checkedRequest(
  { onSignature = () => {} }: SubmissionDeps,
  request: RegisterSubmissionRequest,
): CheckedRequest {
  const wire = request.submission;
  const checked = parseSubmission(wire === undefined ? undefined : submitRequestDocument(wire));
  if (!checked.ok) return { ...checked, submissionId: undefined };
  const { submission } = checked;
  const code = request.artifactsStored ? [] : hashedCode(submission.artifacts);
  const problems = [
    ...callProblems(request, submission.submissionId),
    ...signatureProblems(code, submission.dag.nodes, onSignature),
  ];
  if (problems.length === 0) return { ok: true, submission, code };
  const listed = problems.slice(0, limits.problemsMax);
  const more = problems.length - listed.length;
  return { ok: false, submissionId: submission.submissionId, problems: listed, more };
}

/** Stores what a large submission brings beside its DAG: work that outlasts one attempt of its registration. */
async function storeSubmissionArtifacts(
  deps: SubmissionDeps,
  request: RegisterSubmissionRequest,
): Promise<StoreSubmissionArtifactsResult> {
  const checked = checkedRequest(deps, request);
  if (checked.ok) await storeChecked(deps, checked);
  return create(StoreSubmissionArtifactsResultSchema, { stored: checked.ok });
}

async function storeChecked(
  deps: SubmissionDeps,
  { submission, code }: Extract<CheckedRequest, { ok: true }>,
): Promise<void> {
  const { schemas } = submission.artifacts;
  await storeArtifacts(deps, { code, schemas }, submission.dag.nodes, deps.now());
}

async function registerSubmission(
  deps: SubmissionDeps,
  request: RegisterSubmissionRequest,
): Promise<RegisterSubmissionResult> {
  const checked = checkedRequest(deps, request);
  if (!checked.ok) {
    const { submissionId, problems, more } = checked;
    return create(RegisterSubmissionResultSchema, {
      ...(submissionId === undefined ? {} : { submissionId }),
      outcome: { case: 'refused', value: problemsToWire(problems, more) },
    });
  }
  const { submission } = checked;
  const { submissionId } = submission;
  const namespace = resolveNamespace(submission.context, deps.namespacePolicy);
  const tooLarge = await roomProblem(deps, submission, namespace);
  if (tooLarge !== undefined) {
    return create(RegisterSubmissionResultSchema, {
      submissionId,
      outcome: { case: 'refused', value: problemsToWire([tooLarge], 0) },
    });
  }
  if (!request.artifactsStored) await storeChecked(deps, checked);
  const outcome = await deps.graph.register({
    submission,
    namespace,
    workflowId: request.workflowId,
    traceparent: request.submission?.traceparent ?? '',
    at: deps.now(),
  });
  return create(RegisterSubmissionResultSchema, {
    submissionId,
    outcome: registerOutcomeToWire(outcome),
    committedNow: outcome.kind === 'committed' && outcome.now === true,
  });
}

/** What is wrong with a call whose content is fine. Other languages and the Temporal UI start runs too. */
function callProblems(request: RegisterSubmissionRequest, submissionId: SubmissionId): Problem[] {
  const { workflowId, expectedSubmissionId, submission } = request;
  const problems: Problem[] = [];
  if (expectedSubmissionId !== undefined && expectedSubmissionId !== submissionId) {
    problems.push({
      code: 'E_USAGE',
      path: '/workflow_id',
      message: `the run ${excerpt(workflowId)} has the content of ${submissionId}`,
      hint: `start it with the workflow id of its content, which ends in ${submissionId}`,
    });
  }
  if (submission !== undefined && !isTraceparent(submission.traceparent)) {
    problems.push({
      code: 'E_SCHEMA_INVALID',
      path: '/traceparent',
      message: `${excerpt(submission.traceparent)} is not a trace context`,
      hint: 'give a W3C traceparent (00-trace id-parent id-flags), or leave it out',
    });
  }
  return problems;
}

function registerOutcomeToWire(outcome: RegisterOutcome): RegisterOutcomeOnWire {
  switch (outcome.kind) {
    case 'registered': {
      const { counts, unverified } = outcome;
      return {
        case: 'registered',
        value: create(RegisteredSchema, { counts: countsToWire(counts), topicsUnverified: unverified }),
      };
    }
    case 'committed':
      return { case: 'committed', value: receiptToWire(outcome.receipt) };
    case 'draining':
      return {
        case: 'contended',
        value: create(ContendedSchema, { reason: 'queues are being collected', topics: [...outcome.topics] }),
      };
    case 'too-many-tags':
      return refusal([...allTagsProblems(outcome), ...outcome.nodes.map(tagsProblem)]);
    case 'collision':
      return refusal(outcome.nodeIds.map(collisionProblem));
  }
}

function refusal(problems: readonly Problem[]): RegisterOutcomeOnWire {
  const listed = problems.slice(0, limits.problemsMax);
  return { case: 'refused', value: problemsToWire(listed, problems.length - listed.length) };
}

function allTagsProblems({ added }: TooManyTags): readonly Problem[] {
  if (added <= limits.submissionTagsAddedMax) return [];
  return [
    {
      code: 'E_LIMIT_EXCEEDED',
      path: '/dag/nodes',
      message: `the submission would add ${added} tags to nodes of the graph; at most ${limits.submissionTagsAddedMax} are allowed`,
      hint: 'split the strategy into several, or give its nodes fewer tags that they do not have yet',
    },
  ];
}

function tagsProblem({ nodeId, held, missing }: CrowdedNode): Problem {
  const shown = firstNames(missing.map(excerpt), tagsShownMax);
  return {
    code: 'E_LIMIT_EXCEEDED',
    path: '/dag/nodes',
    message: `${nodeId} has ${held} tags in the graph and would get ${shown}; at most ${limits.nodeTagsTotalMax} are allowed`,
    hint: 'give the node tags that it has already (`qmtl nodes` shows them), or fewer of its own',
  };
}

const tagsShownMax = 5;

function collisionProblem(nodeId: string): Problem {
  return {
    code: 'E_NODE_ID_MISMATCH',
    path: '/dag/nodes',
    message: `${nodeId} is the id of a node with other content`,
    hint: 'compute another id with `qmtl node-id --existing` and the taken id',
  };
}

async function commitSubmission(deps: SubmissionDeps, ref: SubmissionRef): Promise<CommitSubmissionResult> {
  const outcome = await deps.graph.commit(submissionIdOf(ref), deps.now());
  switch (outcome.kind) {
    case 'committed':
      return create(CommitSubmissionResultSchema, {
        outcome: { case: 'committed', value: receiptToWire(outcome.receipt) },
        withoutEvents: outcome.withoutEvents === true,
      });
    case 'unverified': {
      const topics = outcome.topics.slice(0, limits.queueMapEntriesMax);
      const value = create(ContendedSchema, { reason: 'topics are not verified', topics });
      return create(CommitSubmissionResultSchema, { outcome: { case: 'unverified', value } });
    }
    case 'outdated': {
      const topics = outcome.nodeIds.slice(0, limits.queueMapEntriesMax);
      const value = create(ContendedSchema, {
        reason: 'queues or tags of nodes changed since the registration',
        topics,
      });
      return create(CommitSubmissionResultSchema, { outcome: { case: 'outdated', value } });
    }
    case 'not-registered':
      return create(CommitSubmissionResultSchema, {
        outcome: { case: 'notRegistered', value: create(NotRegisteredSchema) },
      });
  }
}

async function readAnnouncement(deps: SubmissionDeps, ref: SubmissionRef): Promise<AnnouncementResult> {
  const submissionId = submissionIdOf(ref);
  const found = (await deps.graph.announcements([submissionId])).get(submissionId);
  return create(AnnouncementResultSchema, found ?? {});
}

async function cancelSubmission(deps: SubmissionDeps, ref: SubmissionRef): Promise<CancelSubmissionResult> {
  const cancelled = await deps.graph.cancel(submissionIdOf(ref), deps.now());
  return create(CancelSubmissionResultSchema, { cancelled });
}

function submissionIdOf(ref: SubmissionRef): SubmissionId {
  if (isSubmissionId(ref.submissionId)) return ref.submissionId;
  throw new QmtlError('E_SCHEMA_INVALID', `${ref.submissionId} is not a submission id`);
}
