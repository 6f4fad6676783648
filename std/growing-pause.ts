/** Pauses between repeated tries, in milliseconds: the first, then each `factor` times the one before, up to the longest. */
export interface GrowingPause {
  readonly firstMs: number;
  readonly factor: number;
  readonly longestMs: number;
}

/** The pause after try number `tries`, 1 being the first. */
export function pauseAfter({ firstMs, factor, longestMs }: GrowingPause, tries: number): number {
  return Math.min(firstMs * factor ** Math.max(tries - 1, 0), longestMs);
}
