import { blake3Hex } from '../../domain/base/blake3.js';

/** Strong ETag of a body; equal bytes have equal tags on every replica. */
export function makeEtag(body: string | Uint8Array): string {
  return `"${blake3Hex(body, 16)}"`;
}

/** Whether an If-None-Match header names the tag, or any (`*`). Compares weakly (RFC 9110 §13.1.2). */
export function namesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.some((tag) => tag === etag || tag === '*');
}
