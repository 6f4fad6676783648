import { isQmtlError } from '../../../domain/base/errors.js';

/** Work on items in parts of a size that the server finishes in time. */
export interface PartsOptions {
  readonly sizeMax: number;
  /** No part begins after so many milliseconds. */
  readonly lateMs: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** A part of no more items is not made smaller: the server is away, not slow. */
export const partSizeMin = 250;
/** After this the next part is smaller: half of what a call may take. */
export const slowPartMs = 4_000;

/** Ends early when `work` returns false. Returns the number of items that were not worked on before it was too late. */
export async function inParts<T>(
  items: readonly T[],
  work: (part: readonly T[]) => Promise<boolean>,
  { sizeMax, lateMs, now }: PartsOptions,
): Promise<number> {
  const started = now();
  let size = sizeMax;
  for (let from = 0; from < items.length; ) {
    if (now() - started > lateMs) return items.length - from;
    const begun = now();
    const part = items.slice(from, from + size);
    const end = await endOf(part, work, size > partSizeMin && now() - started <= lateMs);
    if (end === 'enough') return 0;
    if (end === 'done') from += part.length;
    if (now() - begun > slowPartMs) size = Math.max(partSizeMin, Math.floor(size / 2));
  }
  return 0;
}

/** `too-much`: the server did not finish the part, but may finish a smaller one. */
async function endOf<T>(
  part: readonly T[],
  work: (part: readonly T[]) => Promise<boolean>,
  mayShrink: boolean,
): Promise<'done' | 'enough' | 'too-much'> {
  try {
    return (await work(part)) ? 'done' : 'enough';
  } catch (error) {
    if (mayShrink && isQmtlError(error) && error.code === 'E_GRAPH_UNAVAILABLE') return 'too-much';
    throw error;
  }
}
