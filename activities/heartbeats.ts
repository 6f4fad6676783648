/** Well below the heartbeat timeouts in workflows/activity-options.ts, however long a single call takes. */
const beatEveryMs = 3_000;

/** Does the work, and heartbeats by a timer meanwhile: the longest single call is not taken for a dead worker. */
export async function withHeartbeats<T>(beat: () => void, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(beat, beatEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
