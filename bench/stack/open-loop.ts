import { setTimeout as delay } from 'node:timers/promises';

/** The result of a load. */
export interface LoadResult {
  /** Latencies from the time a call was due, in order of completion: a late start counts as waiting. */
  readonly milliseconds: readonly number[];
  readonly failures: readonly unknown[];
  /** From the first call to the last completion. */
  readonly tookMs: number;
}

/** Calls at a fixed rate, whether or not earlier calls have ended, then waits for all: slow answers do not reduce the load. */
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
