import { setTimeout as delay } from 'node:timers/promises';
import type { SubmissionProgress } from '../../sdk/submission/submission-types.js';
import type { SubmissionHandle, SubmissionOutcome } from '../../sdk/submission/submit.js';
import { unlessInterrupted } from './interruption.js';
import type { CliIo } from './io.js';

/** Interval of the status queries while waiting; the receipt does not depend on them. */
const askEveryMs = 1_000;

/** Waits for a receipt and shows the progress: "in progress, retrying" is not "failed". Ctrl-C stops the wait, not the submission. */
export async function waitForReceipt(
  io: CliIo,
  handle: SubmissionHandle,
  everyMs = askEveryMs,
): Promise<SubmissionOutcome> {
  const done = new AbortController();
  const receipt = handle.receipt().finally(() => done.abort());
  const watching = tellProgress(io, handle, done.signal, everyMs);
  try {
    return await unlessInterrupted(
      io,
      receipt,
      'stopped waiting; the submission continues',
      `follow it with \`qmtl status ${handle.submission.submissionId}\``,
    );
  } finally {
    done.abort();
    await watching;
    io.progress('');
  }
}

async function tellProgress(
  io: CliIo,
  handle: SubmissionHandle,
  done: AbortSignal,
  everyMs: number,
): Promise<void> {
  while (!done.aborted) {
    await delay(everyMs, undefined, { signal: done }).catch(() => {});
    if (done.aborted) return;
    const progress = await handle.progress().catch(() => undefined);
    if (progress === undefined) continue;
    io.progress(progressText(progress));
  }
}

/** One line: what the submission does, why it waits, and which source is silent. */
export function progressText({ state, retrying, faults = [] }: SubmissionProgress): string {
  const waits = retrying === undefined ? [] : [`in progress, retrying ${retrying.step}: ${retrying.reason}`];
  return [state, ...waits, ...faults.map(({ message }) => message)].join('; ');
}
