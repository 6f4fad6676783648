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
}

/** One key signs once, and the first of too many are kept. */
function withSignatures(code: NodeCode, added: NodeCode['signatures']): NodeCode {
  const byKey = new Map<string, NodeCode['signatures'][number]>();
  for (const one of [...code.signatures, ...added]) if (!byKey.has(one.keyId)) byKey.set(one.keyId, one);
  return { ...code, signatures: [...byKey.values()].slice(0, limits.storedSignaturesMax) };
}
