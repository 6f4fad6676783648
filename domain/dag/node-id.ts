import { blake3Hex } from '../base/blake3.js';
import { branded, isNodeId, type NodeId } from '../base/ids.js';
import type { NodeIdentity } from './dag.js';

/**
 * What a NodeID is computed from. Dependencies may have any name here; those of an accepted DAG (`NodeIdentity`) are NodeIDs.
 */
export interface HashedFields extends Omit<NodeIdentity, 'dependencies'> {
  /** Sorted by code point, no repeats. */
  readonly dependencies: readonly string[];
}

/** Re-hashes tried after collisions, and accepted in a DAG. No collision has ever been observed. */
export const collisionAttemptsMax = 8;

/** `blake3:` and 64 hex digits. */
const baseIdChars = 71;

/**
 * Canonical form of a node, hashed as UTF-8 (docs/spec/identity.md#nodeid).
 *
 * Unambiguous because only params may contain `|` and no dependency may contain `,` (`parseNodeDocument` ensures it):
 * the first three and the last three separators delimit everything else.
 */
export function canonicalNodeBytes(node: HashedFields): string {
  return `${node.nodeType}|${node.interval}|${node.period}|${node.paramsCanon}|${node.dependencies.join(',')}|${node.schemaCompatId}|${node.codeHash}`;
}

/** `blake3:` and 64 hex digits over the canonical form. */
export function hashNode(node: HashedFields): NodeId {
  return branded(`blake3:${blake3Hex(canonicalNodeBytes(node))}`, isNodeId);
}

/** The id of a node whose NodeID belongs to a different node: `blake3:` and 128 hex digits; n = 1, 2, … */
export function collisionNodeId(node: HashedFields, n: number): NodeId {
  return branded(`blake3:${blake3Hex(`${canonicalNodeBytes(node)}|collision:${n}`, 64)}`, isNodeId);
}

/**
 * The first id of the node that no different node has. `taken` contains ids of different nodes only.
 *
 * Throws RangeError after `collisionAttemptsMax` re-hashes, which means that `taken` is wrong.
 */
export function nodeIdAvoiding(node: HashedFields, taken: ReadonlySet<string>): NodeId {
  const id = hashNode(node);
  if (!taken.has(id)) return id;
  for (let n = 1; n <= collisionAttemptsMax; n += 1) {
    const next = collisionNodeId(node, n);
    if (!taken.has(next)) return next;
  }
  throw new RangeError(`node ${id} collides even after ${collisionAttemptsMax} re-hashes`);
}

/** Whether the id belongs to the content: its NodeID, or one of its ids after a collision. */
export function isIdOfNode(id: NodeId, node: HashedFields): boolean {
  if (id.length === baseIdChars) return id === `blake3:${blake3Hex(canonicalNodeBytes(node))}`;
  for (let n = 1; n <= collisionAttemptsMax; n += 1) {
    if (collisionNodeId(node, n) === id) return true;
  }
  return false;
}
