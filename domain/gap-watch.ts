/**
 * When a consumer behind a sequence gate has waited too long for a missing event: it then reads a snapshot over the API and
 * goes on from there (`resumeAfter`). Pure; times are milliseconds of one clock.
 */
export interface GapWatch {
  /** Since when each stream that waits has been waiting. */
  readonly since: ReadonlyMap<string, number>;
}

export const noGaps: GapWatch = { since: new Map() };

/** Notes what `admit` or `resumeAfter` answered for a stream (`Admitted.gap`). */
export function noteGap(watch: GapWatch, stream: string, gap: boolean, at: number): GapWatch {
  if (gap === watch.since.has(stream)) return watch;
  const since = new Map(watch.since);
  if (gap) since.set(stream, at);
  else since.delete(stream);
  return { since };
}

/** Streams whose gap has lasted `lastsMs` or longer: each needs a snapshot. Sorted. */
export function lastingGaps({ since }: GapWatch, at: number, lastsMs: number): readonly string[] {
  return [...since].flatMap(([stream, from]) => (at - from >= lastsMs ? [stream] : [])).sort();
}
