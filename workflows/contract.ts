import { defineSearchAttributeKey } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { SubmissionId } from '../domain/base/ids.js';
import type { RedriveRequest, RedriveResult } from '../proto/gen/qmtl/v1/steps_pb.js';
import type { Acceptance, SubmissionStatus } from '../proto/gen/qmtl/v1/submission_pb.js';

/** Every name, queue, id, query, update and search attribute of durable work. No other file spells one. */
/** Publishing has its own workers, so that a bus that is slow or away costs submissions no slot. */
export const queues = { control: 'qmtl-control', publish: 'qmtl-publish' } as const;

export const submitStrategyWorkflow = {
  type: 'submitStrategy',
  queue: queues.control,
  idPrefix: 'submit-strategy/',
  /** One workflow id per content: the same submission joins the same run. */
  id: (submissionId: SubmissionId): string => `${submitStrategyWorkflow.idPrefix}${submissionId}`,
} as const;

export const addArtifactsWorkflow = {
  type: 'addArtifacts',
  queue: queues.control,
  idPrefix: 'add-artifacts/',
  /** One workflow id per part of a call, so that a start that is repeated joins the first. */
  id: (requestId: string, part: number): string => `${addArtifactsWorkflow.idPrefix}${requestId}/${part}`,
} as const;

/** The one publisher of an installation: its id is fixed, so that at most one run exists. */
export const publishOutboxWorkflow = {
  type: 'publishOutbox',
  queue: queues.control,
  id: 'publish-outbox',
} as const;

/** Started by a schedule: wakes the publisher when something waits that nobody woke it for. */
export const superviseOutboxWorkflow = {
  type: 'superviseOutbox',
  queue: queues.control,
  id: 'supervise-outbox',
  scheduleId: 'supervise-outbox',
  every: '1 minute',
} as const;

/** Every workflow of the control plane. */
export const workflowContracts = [
  submitStrategyWorkflow,
  addArtifactsWorkflow,
  publishOutboxWorkflow,
  superviseOutboxWorkflow,
] as const;

/** Beginnings of the ids that are made from something else; the other workflows have fixed ids. */
export const workflowIdPrefixes = [submitStrategyWorkflow.idPrefix, addArtifactsWorkflow.idPrefix] as const;

/** The submission id in a workflow id; undefined for an id of another kind. */
export function parseSubmissionWorkflowId(workflowId: string): string | undefined {
  const { idPrefix } = submitStrategyWorkflow;
  return workflowId.startsWith(idPrefix) ? workflowId.slice(idPrefix.length) : undefined;
}

/** Answers once the submission is registered or was committed before; throws E_… when it is refused. */
export const acceptUpdate = defineUpdate<Acceptance>('accept');

/** Valid from the first workflow task. */
export const statusQuery = defineQuery<SubmissionStatus>('status');

/** Sent to a submission when its events are on the bus or parked. */
export const announcedSignal = defineSignal('announced');

/** Sent to the publisher when something waits for it. */
export const wakeSignal = defineSignal('wake');

/** Sends parked events again, or drops them. */
export const redriveUpdate = defineUpdate<RedriveResult, [RedriveRequest]>('redrive');

export const searchAttributes = {
  strategyId: defineSearchAttributeKey('QmtlStrategyId', 'KEYWORD'),
  worldId: defineSearchAttributeKey('QmtlWorldId', 'KEYWORD'),
  domain: defineSearchAttributeKey('QmtlDomain', 'KEYWORD'),
  state: defineSearchAttributeKey('QmtlState', 'KEYWORD'),
} as const;

/** Name → type of every search attribute: what a server needs before the first workflow starts. */
export const searchAttributeTypes: Readonly<Record<string, 'Keyword'>> = Object.fromEntries(
  Object.values(searchAttributes).map(({ name }) => [name, 'Keyword']),
);
