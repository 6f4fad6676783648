import { setTimeout as delay } from 'node:timers/promises';

/** What came of a load. */
export interface LoadResult {
  /** From the moment a call was due, in order of their ends: a call that starts late has waited. */
  readonly milliseconds: readonly number[];
  readonly failures: readonly unknown[];
  /** From the first call to the last end. */
  readonly tookMs: number;
}

/** Calls at a fixed rate whether or not earlier calls have ended, then waits for all: slow answers cannot slow the load down. */
export async function openLoop(
  { perSecond, calls }: { readonly perSecond: number; readonly calls: number },
  call: (index: number) => Promise<unknown>,
): Promise<LoadResult> {
  const milliseconds: number[] = [];
  const failures: unknown[] = [];
  const started = performance.now();
  const running: Promise<void>[] = [];
  for (let index = 0; index < calls; index += 1) {
    const due = started + (index * 1_000) / perSecond;
    const early = due - performance.now();
    if (early > 1) await delay(early);
    running.push(
      call(index).then(
        () => void milliseconds.push(performance.now() - due),
        (error: unknown) => void failures.push(error),
      ),
    );
  }
  await Promise.all(running);
  return { milliseconds, failures, tookMs: performance.now() - started };
}
