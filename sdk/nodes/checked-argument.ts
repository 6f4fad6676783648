import { QmtlError } from '../../domain/base/errors.js';
import { describeValue } from './foreign-value.js';

/** Refuses a call whose argument is not an object, for authors without a compiler. `call`: for messages, e.g. `node()`. */
export function requireObject(value: unknown, call: string, hint: string): void {
  if (typeof value === 'object' && value !== null) return;
  throw new QmtlError('E_USAGE', `${call} was given ${describeValue(value)}, not an object`, { hint });
}
