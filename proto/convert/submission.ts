import { create } from '@bufbuild/protobuf';
import type { ExecutionContext } from '../../domain/context/execution-context.js';
import type { ObservedStatus, RunProgress, StatusFailure } from '../../domain/submissions/observed-status.js';
import type { Submission } from '../../domain/submissions/submission.js';
import {
  type AnnouncementState,
  type SubmissionState,
  type SubmissionStateKind,
  submissionStateKinds,
} from '../../domain/submissions/submission-state.js';
import * as wire from '../gen/qmtl/v1/submission_pb.js';
import { codeDocumentFromWire, codeToWire, listFromWire } from './artifacts.js';
import { dagDocumentFromWire, dagToWire } from './dag.js';
import { problemsToWire } from './problems.js';
import { countsFromWire, countsToWire } from './receipt.js';

// The table stops compiling when either side gains a value.

const stateToWire = {
  received: wire.SubmissionState.RECEIVED,
  registered: wire.SubmissionState.REGISTERED,
  'topics-ready': wire.SubmissionState.TOPICS_READY,
  committed: wire.SubmissionState.COMMITTED,
  completed: wire.SubmissionState.COMPLETED,
  refused: wire.SubmissionState.REFUSED,
  failed: wire.SubmissionState.FAILED,
  cancelled: wire.SubmissionState.CANCELLED,
} as const satisfies Record<SubmissionState['kind'], wire.SubmissionState>;

const announcementWires = {
  done: wire.Announcement.DONE,
  pending: wire.Announcement.PENDING,
  parked: wire.Announcement.PARKED,
} as const satisfies Record<AnnouncementState, wire.Announcement>;

/** The part of a request that belongs to the call, not to the content. */
export interface CallIdentity {
  /** W3C trace context; '' = none. */
  readonly traceparent: string;
  readonly requestId: string;
}

export function submitRequestToWire(submission: Submission, call: CallIdentity): wire.SubmitStrategyRequest {
  const { context } = submission;
  return create(wire.SubmitStrategyRequestSchema, {
    strategyId: submission.strategyId,
    version: submission.version,
    worldId: context.worldId,
    executionDomain: requestedDomain(context),
    asOf: context.asOf,
    partition: context.partition,
    commitHash: submission.commitHash,
    decisionStale: context.downgradeReason === 'stale_decision',
    dag: dagToWire(submission.dag),
    code: submission.artifacts.code.map(codeToWire),
    schemas: submission.artifacts.schemas.map(({ fields }) => fields),
    ...call,
  });
}

/** A domain that the receiver demotes again for the same reason, so that the submission id stays the same. */
function requestedDomain(context: ExecutionContext): string {
  return context.downgradeReason === 'decision_unavailable' ? '' : context.domain;
}

/** The document that `parseSubmission` checks; a protobuf message is checked like any other input. */
export function submitRequestDocument(request: wire.SubmitStrategyRequest): unknown {
  return {
    strategy_id: request.strategyId,
    world_id: request.worldId,
    execution_domain: request.executionDomain,
    as_of: request.asOf,
    partition: request.partition,
    ...(request.decisionStale ? { decision_stale: true } : {}),
    meta: { version: request.version },
    commit_hash: request.commitHash,
    dag: dagDocumentFromWire(request.dag),
    code: request.code.map(codeDocumentFromWire),
    schemas: request.schemas.map(listFromWire),
  };
}

export function stateKindToWire(kind: SubmissionState['kind']): wire.SubmissionState {
  return stateToWire[kind];
}

/** The readable name of a wire state. */
export function stateName(state: wire.SubmissionState): string {
  return wire.SubmissionState[state].toLowerCase().replaceAll('_', '-');
}

export function announcementToWire(announcement: AnnouncementState): wire.Announcement {
  return announcementWires[announcement];
}

/** Results of earlier releases do not say it; their events had been sent. */
export function announcementFromWire(announcement: wire.Announcement): AnnouncementState {
  switch (announcement) {
    case wire.Announcement.PENDING:
      return 'pending';
    case wire.Announcement.PARKED:
      return 'parked';
    case wire.Announcement.DONE:
    case wire.Announcement.UNSPECIFIED:
      return 'done';
  }
}

/** What a run says of itself. A state of another release, which is unknown here, is one before the registration. */
export function progressFromWire(status: wire.SubmissionStatus): RunProgress {
  const { counts, retrying, topicsUnverified } = status;
  return {
    state: stateFromWire(status.state) ?? 'received',
    ...(counts === undefined ? {} : { counts: countsFromWire(counts) }),
    ...(topicsUnverified === 0 ? {} : { unverified: topicsUnverified }),
    ...(retrying === undefined
      ? {}
      : {
          retrying: {
            step: retrying.step,
            rounds: retrying.rounds,
            code: retrying.code,
            message: retrying.message,
          },
        }),
  };
}

function stateFromWire(state: wire.SubmissionState): SubmissionStateKind | undefined {
  return submissionStateKinds.find((kind) => stateToWire[kind] === state);
}

function failureToWire({ code, message, problems = [] }: StatusFailure) {
  const failure = create(wire.SubmissionFailureSchema, { code, message });
  return problems.length === 0 ? { failure } : { failure, problems: problemsToWire(problems, 0) };
}

/** The status of a submission as several sources together show it. */
export function observedStatusToWire(
  ids: { readonly submissionId: string; readonly strategyId: string },
  observed: ObservedStatus,
): wire.SubmissionStatus {
  const { state, counts, unverified, retrying, announcement, failure, faults } = observed;
  return create(wire.SubmissionStatusSchema, {
    ...ids,
    ...(state === undefined ? {} : { state: stateToWire[state] }),
    ...(counts === undefined ? {} : { counts: countsToWire(counts) }),
    ...(unverified === undefined ? {} : { topicsUnverified: unverified }),
    ...(retrying === undefined ? {} : { retrying: create(wire.RetryingSchema, retrying) }),
    ...(announcement === undefined ? {} : { announcement: announcementToWire(announcement) }),
    ...(failure === undefined ? {} : failureToWire(failure)),
    faults: faults.map((fault) => create(wire.SourceFaultSchema, fault)),
  });
}
