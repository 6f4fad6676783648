/**
 * One line about the current work of the dev stack, to be displayed.
 *
 * A `step` begins something, `progress` replaces the `progress` line before it, a `note` matters
 * afterwards too (a way that failed, how to install a missing program).
 */
export interface Progress {
  readonly kind: 'step' | 'progress' | 'note';
  readonly text: string;
}

export type Report = (line: Progress) => void;

/** Passes on the first `progress` line and then at most one per interval; other lines always. */
export function throttled(report: Report, intervalMs = 500): Report {
  let next = 0;
  return (line) => {
    const now = performance.now();
    if (line.kind === 'progress' && now < next) return;
    if (line.kind === 'progress') next = now + intervalMs;
    report(line);
  };
}

/** Environment variables; entry points pass `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** `3 s`, `1 min 20 s`. */
export function formatElapsed(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** The message of a thrown value with those of its causes, where fetch puts the reason. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : describeFailure(error.cause);
  return cause === '' || error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}
