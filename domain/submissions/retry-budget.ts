import type { ErrorCode } from '../base/errors.js';

/**
 * Faults that an operator repairs: a password that was changed, a missing right, a quota, a certificate. No attempt helps before, so the
 * steps of a round are not repeated; but the work itself is right, and waits like work for an engine that is away.
 */
const operatorFaults: ReadonlySet<string> = new Set<ErrorCode>([
  'E_CONFIG',
  'E_TOPIC_REJECTED',
  'E_TOPIC_FOREIGN',
]);

export function isOperatorFault(code: string): boolean {
  return operatorFaults.has(code);
}

/**
 * How long a submission waits for engines that are away (docs/spec/submission.md#retry). Each round is one activity with its own
 * attempts; between rounds the workflow sleeps durably. Only this budget turns "retrying" into "failed".
 */
export const retryBudget = {
  /** With the pauses below: a little over 24 hours. */
  roundsMax: 300,
  pause: { firstMs: 5_000, factor: 2, longestMs: 300_000 },
  /** How often a submission may start over because another run undid what it had (contention). */
  setBacksMax: 50,
} as const;
