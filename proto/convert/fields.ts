import { QmtlError } from '../../domain/base/errors.js';

/** Text of a message as the domain type it stands for; E_SCHEMA_INVALID when it has another form. */
export function parsed<T extends string>(text: string, is: (text: string) => text is T, field: string): T {
  return is(text) ? text : malformed(field);
}

/** Throws E_SCHEMA_INVALID for a field that is missing or unusable. */
export function malformed(field: string): never {
  throw new QmtlError('E_SCHEMA_INVALID', `the message has no usable ${field}`, {
    hint: 'sender and receiver run different versions; update the older one',
  });
}
