/**
 * How long one call to the graph may take. The owner of retries is Temporal (workflows/activity-options.ts: an attempt has
 * 10 s, a round 5 attempts); what is repeated in here only hides what needs no news, such as a deadlock, and all of it ends
 * well within one attempt.
 */
export const timeBudget = {
  /** TCP and TLS. */
  connectMs: 2_000,
  /** Waiting for a connection of the pool, a new one included. */
  acquireMs: 3_000,
  /** A transaction is not started again after this. */
  lastStartMs: 3_500,
  /** The server ends a transaction that is not done by then, counted from the beginning of the call. */
  callMs: 8_500,
  /** The call fails, whatever the server and the network do. */
  answerMs: 9_000,
  /** Pause before a transaction is run again: doubles, plus up to as much by chance. */
  pause: { firstMs: 5, factor: 2, longestMs: 200 },
} as const;

/** Connections a process keeps: more wait. A worker runs a few dozen local activities at once. */
export const poolSizeMax = 50;
