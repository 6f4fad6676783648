import { authorPlace, errorMember } from '../compile/user-frame.js';

/** What the author's code says of its failure. */
export function messageOf(thrown: unknown): string {
  return errorMember(thrown, 'message') ?? String(thrown);
}

/** The file, line and column in the author's source that threw, as a hint; nothing when it cannot be known. */
export function thrownAt(thrown: unknown): { readonly hint?: string } {
  const place = authorPlace(thrown);
  return place === undefined ? {} : { hint: `it was thrown at ${place}` };
}
