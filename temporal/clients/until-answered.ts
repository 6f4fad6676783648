import { setTimeout as delay } from 'node:timers/promises';
import { isPassing } from './submission-error.js';

/** Pause between two attempts of a call that may be answered later, milliseconds. */
const passingPauseMs = 500;

/** Repeats a call while the server does not answer, or not yet: a wait may outlive a server. */
export async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isPassing(error)) throw error;
      await delay(passingPauseMs);
    }
  }
}
