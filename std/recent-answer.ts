/**
 * The same question, asked at most once per `keptMs` milliseconds: who asks in between shares the last answer, also a failure, and
 * who asks while it is under way waits for it. `now` returns milliseconds of one clock.
 */
export function recentAnswer<T>(ask: () => Promise<T>, keptMs: number, now: () => number): () => Promise<T> {
  let asking: Promise<T> | undefined;
  let kept: { readonly until: number; readonly answer: Promise<T> } | undefined;
  const askOnce = async (): Promise<T> => {
    try {
      return await ask();
    } finally {
      asking = undefined;
      if (kept !== undefined) kept = { ...kept, until: now() + keptMs };
    }
  };
  return () => {
    if (asking !== undefined) return asking;
    if (kept !== undefined && now() < kept.until) return kept.answer;
    asking = askOnce();
    kept = { until: Number.POSITIVE_INFINITY, answer: asking };
    return asking;
  };
}
