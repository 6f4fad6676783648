import { defineSearchAttributeKey } from '@temporalio/common';
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { SubmissionId } from '../domain/base/ids.js';
import type { Acceptance, SubmissionStatus } from '../proto/gen/qmtl/v1/submission_pb.js';

/** Every name, queue, id, query, update and search attribute of durable work. No other file spells one. */
export const queues = { control: 'qmtl-control' } as const;

export const submitStrategyWorkflow = {
  type: 'submitStrategy',
  queue: queues.control,
  idPrefix: 'submit-strategy/',
  /** One workflow id per content: the same submission joins the same run. */
  id: (submissionId: SubmissionId): string => `${submitStrategyWorkflow.idPrefix}${submissionId}`,
} as const;

/** Every workflow of the control plane. */
export const workflowContracts = [submitStrategyWorkflow] as const;

/** The submission id in a workflow id; undefined for an id of another kind. */
export function parseSubmissionWorkflowId(workflowId: string): string | undefined {
  const { idPrefix } = submitStrategyWorkflow;
  return workflowId.startsWith(idPrefix) ? workflowId.slice(idPrefix.length) : undefined;
}

/** Answers once the submission is registered or was committed before; throws E_… when it is refused. */
export const acceptUpdate = defineUpdate<Acceptance>('accept');

/** Valid from the first workflow task. */
export const statusQuery = defineQuery<SubmissionStatus>('status');

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
