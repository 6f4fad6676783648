/**
 * Errors of the engine's own limits differ between machines, and between calls of the same code: no bar may depend on one. Once
 * one has occurred, the bar fails, whatever code makes of the error.
 *
 * `caught` notes it in every catch clause, of which every try statement has one. Where the engine drops errors unseen, namely those
 * of an iterator that it closes because of another error, `guarded-iteration.ts` notes it.
 */
let limitError: Error | undefined;

/** Notes an error of the engine's own limits, and passes it on: a `finally` block can still replace it. */
export function caught(error: unknown): void {
  if (!isLimitError(error)) return;
  limitError = error;
  throw error;
}

/** In place of the code of an async function: the bar fails, whatever code makes of the error. */
export function asynchronous(): never {
  limitError = new TypeError(
    'an async function was called: compute returns its row synchronously, and is called for every bar',
  );
  throw limitError;
}

/** Runs code whose errors may be dropped unseen. */
export function noting<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    caught(error);
    throw error;
  }
}

function isLimitError(error: unknown): error is RangeError {
  if (!(error instanceof RangeError)) return false;
  return engineLimits.has(error.message) || typedArrayLimit.test(error.message);
}

/** More calls than anything here needs to note an error. */
const callsOfRoom = 32;

/**
 * Fails when the stack has too little room to note an error of a full stack. It is called where an error may be dropped, before
 * it can be: there the error of this call is not dropped.
 */
export function trying(): void {
  nested(callsOfRoom);
}

/** The engine does not inline a function into itself, so that each call takes room. */
function nested(calls: number): void {
  if (calls > 0) nested(calls - 1);
}

/** Throws the error of an engine's limit since the last call, if there was one. */
export function throwLimitError(): void {
  const error = takeLimitError();
  if (error !== undefined) throw error;
}

/** The error of an engine's limit since the last call. */
export function takeLimitError(): Error | undefined {
  const error = limitError;
  limitError = undefined;
  return error;
}

const engineLimits: ReadonlySet<string> = new Set([
  'Maximum call stack size exceeded',
  'Invalid string length',
  'Array buffer allocation failed',
  'Map maximum size exceeded',
  'Set maximum size exceeded',
]);

/** Which length is the first that is refused differs between releases, as does the error. A negative one is the author's. */
const typedArrayLimit = /^Invalid typed array length: \d/;
