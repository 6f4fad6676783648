/** An error of the engine's own limits that code of the bar has met; undefined when there was none. */
let limitError: RangeError | undefined;

/**
 * Passes on errors of the engine's own limits: they differ between machines, so no code may go on after one. It is also
 * remembered, because a `finally` block can replace it by another error or result.
 */
export function caught(error: unknown): void {
  if (!(error instanceof RangeError) || !engineLimits.has(error.message)) return;
  limitError = error;
  throw error;
}

/** Throws the error of an engine's limit since the last call, if there was one. */
export function throwLimitError(): void {
  const error = takeLimitError();
  if (error !== undefined) throw error;
}

/** The error of an engine's limit since the last call. */
export function takeLimitError(): RangeError | undefined {
  const error = limitError;
  limitError = undefined;
  return error;
}

const engineLimits: ReadonlySet<string> = new Set([
  'Maximum call stack size exceeded',
  'Invalid string length',
  'Array buffer allocation failed',
]);
