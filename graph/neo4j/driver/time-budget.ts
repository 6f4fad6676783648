/**
 * How long one call to the graph may take. Temporal owns retries (workflows/activity-options.ts: an attempt has 10 s, a round
 * 5 attempts); the retries here only hide short conflicts such as deadlocks, and end well within one attempt.
 */
export const timeBudget = {
  /** TCP and TLS. */
  connectMs: 2_000,
  /** Waiting for a connection of the pool, including a new one. */
  acquireMs: 3_000,
  /** No transaction is started again after this. */
  lastStartMs: 3_500,
  /** The server ends a transaction that is not done by then, measured from the beginning of the call. */
  callMs: 8_500,
  /** The call fails by then, whatever the server and the network do. */
  answerMs: 9_000,
  /** Pause before a transaction is run again: doubles, plus a random share of up to the same length. */
  pause: { firstMs: 5, factor: 2, longestMs: 200 },
} as const;

/** Nodes that a transaction writes well within the limits above. */
export const nodesUsual = 2_500;

/**
 * What a transaction over this many nodes may take beyond the limits above. A commit cannot be split, since all its queues become active at
 * once; others wait for it only where they need its nodes. Every attempt of workflows/activity-options.ts outlasts it.
 */
export function extraMsFor(nodes: number): number {
  return Math.max(0, nodes - nodesUsual);
}

/** Connections per process; further calls wait. A worker runs a few dozen local activities at once. */
export const poolSizeMax = 50;
