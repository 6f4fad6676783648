/** The form of a NodeID, for hints. */
export const nodeIdHint = 'a NodeID is blake3: and 64 hex digits, 128 after a collision';

/** `1 problem`, `2 problems`. */
export function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}
