import { blake3Hex } from '../base/blake3.js';
import { branded, isNodeId, type NodeId } from '../base/ids.js';
import type { NodeIdentity } from './dag.js';

/**
 * What a NodeID is computed from, with dependencies of any name: the pure rule does not care.
 * Accepted DAGs hold `NodeIdentity`, whose dependencies are NodeIDs.
 */
export interface HashedFields extends Omit<NodeIdentity, 'dependencies'> {
  /** Sorted by code point, no repeats. */
  readonly dependencies: readonly string[];
}

/** Re-hashes tried on collisions, and accepted in a DAG. One has never been seen; nine for one node will not be. */
export const collisionAttemptsMax = 8;

/** `blake3:` and 64 hex digits. */
const baseIdChars = 71;

/**
 * Canonical form of a node, hashed as UTF-8 (docs/spec/identity.md#nodeid).
 *
 * Unambiguous because no field but params may hold `|` and no dependency may hold `,` (`parseNodeDocument` sees to it):
 * the first three and last three separators delimit everything else.
 */
export function canonicalNodeBytes(node: HashedFields): string {
  return `${node.nodeType}|${node.interval}|${node.period}|${node.paramsCanon}|${node.dependencies.join(',')}|${node.schemaCompatId}|${node.codeHash}`;
}

/** `blake3:` and 64 hex digits over the canonical form. */
export function nodeIdOf(node: HashedFields): NodeId {
  return branded(`blake3:${blake3Hex(canonicalNodeBytes(node))}`, isNodeId);
}

/** The id a node takes when a different node already has its id: `blake3:` and 128 hex digits; n = 1, 2, … */
export function collisionNodeId(node: HashedFields, n: number): NodeId {
  return branded(`blake3:${blake3Hex(`${canonicalNodeBytes(node)}|collision:${n}`, 64)}`, isNodeId);
}

/**
 * The first id of the node that no different node has. `taken` holds ids of different nodes only.
 *
 * Throws RangeError after `collisionAttemptsMax` re-hashes: then `taken` is not what it should be.
 */
export function nodeIdAvoiding(node: HashedFields, taken: ReadonlySet<string>): NodeId {
  const id = nodeIdOf(node);
  if (!taken.has(id)) return id;
  for (let n = 1; n <= collisionAttemptsMax; n += 1) {
    const next = collisionNodeId(node, n);
    if (!taken.has(next)) return next;
  }
  throw new RangeError(`node ${id} collides even after ${collisionAttemptsMax} re-hashes`);
}

/** Whether the id belongs to the content: its NodeID, or one of the ids it may take after a collision. */
export function isIdOfNode(id: NodeId, node: HashedFields): boolean {
  if (id.length === baseIdChars) return id === `blake3:${blake3Hex(canonicalNodeBytes(node))}`;
  for (let n = 1; n <= collisionAttemptsMax; n += 1) {
    if (collisionNodeId(node, n) === id) return true;
  }
  return false;
}
