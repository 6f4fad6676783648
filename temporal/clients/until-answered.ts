import { setTimeout as delay } from 'node:timers/promises';
import { type GrowingPause, pauseAfter } from '../../std/growing-pause.js';
import { isPassing, isRateLimited } from './submission-error.js';

/** Pause between two attempts of a call that may be answered later, milliseconds. */
const passingPauseMs = 500;

/** A limited rate is not helped by asking at the same rate: about ten minutes together, then the caller decides. */
const limitedPause: GrowingPause = { firstMs: 500, factor: 2, longestMs: 30_000 };
export const limitedAnswersMax = 25;

/**
 * Repeats a call while the server does not answer, or not yet: a wait may outlive a server. A server that answers and limits the rate is
 * asked less and less often, and not without an end.
 */
export async function untilAnswered<T>(
  ask: () => Promise<T>,
  pause: (ms: number) => Promise<unknown> = delay,
): Promise<T> {
  for (let limited = 0; ; ) {
    try {
      return await ask();
    } catch (error) {
      limited = isRateLimited(error) ? limited + 1 : 0;
      await pause(pauseAfterFailure(error, limited));
    }
  }
}

/** Throws the error when no further call helps. `limited`: how often in a row the rate was limited. */
function pauseAfterFailure(error: unknown, limited: number): number {
  if (!isPassing(error) || limited > limitedAnswersMax) throw error;
  return limited === 0 ? passingPauseMs : pauseAfter(limitedPause, limited);
}
