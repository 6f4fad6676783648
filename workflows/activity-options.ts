import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';

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

/** One drain of the outbox: a few batches to the bus. */
export const busPublish = {
  startToCloseTimeout: '20s',
  localRetryThreshold: '400ms',
  retry: round,
} as const satisfies LocalActivityOptions;

/** Broker administration. The heartbeat bounds how long a dead worker goes unnoticed; the total covers 20,000 topics in batches. */
export const topicAdmin = {
  startToCloseTimeout: '5m',
  heartbeatTimeout: '15s',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: round,
} as const satisfies ActivityOptions;
