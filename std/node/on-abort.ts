/**
 * Calls `stop` when the signal is aborted, at once when it already is: a listener alone never hears of that. Returns what removes
 * it again.
 */
export function onAbort(signal: AbortSignal | undefined, stop: () => void): () => void {
  if (signal?.aborted === true) stop();
  else signal?.addEventListener('abort', stop, { once: true });
  return () => signal?.removeEventListener('abort', stop);
}
