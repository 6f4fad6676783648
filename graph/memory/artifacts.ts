import type { ArtifactUser } from '../../domain/artifacts/artifacts.js';
import type { NodeCode } from '../../domain/artifacts/node-code.js';
import { limits } from '../../domain/base/limits.js';
import type { ArtifactsToStore } from '../../domain/ports/graph-store.js';
import type { MemoryDatabase } from './database.js';

export function storeArtifacts(db: MemoryDatabase, artifacts: ArtifactsToStore, at: number): void {
  for (const { code, sha256 } of artifacts.code) {
    const known = db.code.get(code.codeHash);
    db.code.set(
      code.codeHash,
      known === undefined
        ? { code: withSignatures(code, []), sha256, createdAt: at }
        : { ...known, code: withSignatures(known.code, code.signatures) },
    );
  }
  for (const schema of artifacts.schemas) db.schemas.set(schema.schemaHash, schema);
  for (const user of artifacts.users) fillSchema(db, user);
}

/** A node that was registered without a schema gets the first one whose fields are stored, and keeps it. */
function fillSchema(
  db: MemoryDatabase,
  { nodeId, codeHash, schemaCompatId, schemaHash }: ArtifactUser,
): void {
  const held = db.nodes.get(nodeId);
  if (held === undefined || held.node.schemaHash !== undefined || schemaHash === undefined) return;
  if (held.node.codeHash !== codeHash || held.node.schemaCompatId !== schemaCompatId) return;
  if (db.schemas.get(schemaHash) === undefined) return;
  db.nodes.set(nodeId, { ...held, node: { ...held.node, schemaHash } });
}

/** One key signs once, and the first of too many are kept. */
function withSignatures(code: NodeCode, added: NodeCode['signatures']): NodeCode {
  const byKey = new Map<string, NodeCode['signatures'][number]>();
  for (const one of [...code.signatures, ...added]) if (!byKey.has(one.keyId)) byKey.set(one.keyId, one);
  return { ...code, signatures: [...byKey.values()].slice(0, limits.storedSignaturesMax) };
}
