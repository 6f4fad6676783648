import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';
import type { ArtifactWork } from '../domain/artifacts/artifact-work.js';
import { queues } from './contract.js';

/**
 * Options by kind of work; every number has its reason. The attempts of one round: docs/spec/submission.md#retry. When
 * a round is used up the workflow waits durably and starts another (`domain/submissions/retry-budget.ts`).
 */
const round = {
  initialInterval: '500ms',
  backoffCoefficient: 2,
  maximumInterval: '4s',
  maximumAttempts: 5,
} as const;

/** One transaction on the graph. 10 s outlive a leader election; the low threshold turns every backoff into a timer, so queries are answered meanwhile. */
export const graphWrite = {
  startToCloseTimeout: '10s',
  localRetryThreshold: '400ms',
  retry: round,
} as const satisfies LocalActivityOptions;

/** The same for a registration or a commit, whose transactions take longer with each node (`graph/neo4j/driver/time-budget.ts`): 130 s for the largest. */
export function submissionWrite(nodes: number) {
  return { ...graphWrite, startToCloseTimeout: 10_000 + 6 * nodes } as const satisfies LocalActivityOptions;
}

/** Only in runs of earlier releases, whose drain of the outbox is in their history. */
export const busPublish = {
  startToCloseTimeout: '20s',
  localRetryThreshold: '400ms',
  retry: round,
} as const satisfies LocalActivityOptions;

/**
 * A round of the publisher ends by itself after half a minute. While an engine is away it is attempted for five minutes; then the workflow,
 * which every commit signals, may continue as new and goes on.
 */
export const publishing = {
  taskQueue: queues.publish,
  startToCloseTimeout: '3m',
  scheduleToCloseTimeout: '5m',
  heartbeatTimeout: '15s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' },
} as const satisfies ActivityOptions;

/** One transaction on the outbox for an operator or the schedule, who wait for it. */
export const outboxDecision = {
  taskQueue: queues.publish,
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '1m',
  retry: round,
} as const satisfies ActivityOptions;

/**
 * Broker administration. The heartbeat, sent by a timer while the broker is waited for, bounds how long a dead worker goes unnoticed. The deadline
 * grows with the work: 100 ms per topic are 20 times what a busy broker takes, and what an attempt verified is kept.
 */
export function topicAdmin(topics: number) {
  return {
    ...brokerWork,
    startToCloseTimeout: 300_000 + 100 * topics,
  } as const satisfies ActivityOptions;
}

const brokerWork = {
  heartbeatTimeout: '15s',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: round,
} as const satisfies ActivityOptions;

/**
 * Artifacts of one submission or part of one. The deadline grows with the work: 50 ms per text and 1 s per megabyte are
 * 100 times what they take, and what an attempt stored is kept. The heartbeat, sent after each transaction, bounds how long a dead worker goes unnoticed. A whole part
 * is tried for a day, as a submission is.
 */
export function artifactWrite(work: ArtifactWork) {
  return {
    startToCloseTimeout: deadlineMs(work),
    heartbeatTimeout: '30s',
    scheduleToCloseTimeout: '1d',
    retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '5m' },
  } as const satisfies ActivityOptions;
}

/** The same within a submission, whose rounds it takes part in. */
export function submissionArtifactWrite(work: ArtifactWork) {
  return {
    startToCloseTimeout: deadlineMs(work),
    localRetryThreshold: '400ms',
    retry: round,
  } as const satisfies LocalActivityOptions;
}

function deadlineMs({ texts, units }: ArtifactWork): number {
  return 10_000 + 50 * texts + Math.ceil(units / 1_000);
}
