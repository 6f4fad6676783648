import { authorPlace, errorMember } from '../compile/user-frame.js';

/** The message of an error thrown by the author's code. */
export function messageOf(thrown: unknown): string {
  return errorMember(thrown, 'message') ?? String(thrown);
}

/** A hint with file, line and column of the throw in the author's source; empty when the place is unknown. */
export function thrownAt(thrown: unknown): { readonly hint?: string } {
  const place = authorPlace(thrown);
  return place === undefined ? {} : { hint: `it was thrown at ${place}` };
}
