import { QmtlError } from '../../domain/base/errors.js';
import { DefinitionMembers } from './definition-members.js';
import { describeThrown, describeValue } from './foreign-value.js';
import { text } from './member-kinds.js';

/** Refuses a call whose argument is not an object, for authors without a compiler. `call`: for messages, e.g. `node()`. */
export function requireObject(value: unknown, call: string, hint: string): void {
  if (typeof value === 'object' && value !== null) return;
  throw new QmtlError('E_USAGE', `${call} was given ${describeValue(value)}, not an object`, { hint });
}

/** The same for the name or id of what is defined. */
export function requireText(value: unknown, call: string, what: string): void {
  if (text.accept(value) !== undefined) return;
  throw new QmtlError('E_USAGE', `${call} was given ${describeValue(value)} as ${what}, not ${text.is}`, {
    hint: text.hint,
  });
}

/** What `read` makes of the options of a call. Throws `E_USAGE` for the first that is unknown or of another kind. */
export function readOptions<O extends object, R>(
  call: string,
  options: O,
  names: readonly (keyof O & string)[],
  read: (members: DefinitionMembers<O>) => R,
): R {
  const hint = `the options are ${names.join(', ')}`;
  requireObject(options, call, hint);
  const unknown = givenNames(call, options).find((name) => !names.some((known) => known === name));
  if (unknown !== undefined) throw new QmtlError('E_USAGE', `${call} has no option ${unknown}`, { hint });
  const members = new DefinitionMembers(options, (name) => `option ${name} of ${call}`);
  const result = read(members);
  const [fault] = members.faults;
  if (fault !== undefined) throw new QmtlError('E_USAGE', fault.message, { hint: fault.hint });
  return result;
}

function givenNames(call: string, options: object): readonly string[] {
  try {
    return Object.keys(options);
  } catch (cause) {
    const message = `the options of ${call} cannot be read: ${describeThrown(cause)}`;
    throw new QmtlError('E_USAGE', message, { hint: 'give a plain object', cause });
  }
}
