/** Pauses between attempts, in milliseconds: the first, then each `factor` times the previous one, up to the longest. */
export interface GrowingPause {
  readonly firstMs: number;
  readonly factor: number;
  readonly longestMs: number;
}

/** The pause after the given number of attempts, 1 or more. */
export function pauseAfter({ firstMs, factor, longestMs }: GrowingPause, tries: number): number {
  return Math.min(firstMs * factor ** Math.max(tries - 1, 0), longestMs);
}
