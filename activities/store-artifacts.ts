import { createHash } from 'node:crypto';
import type { NodeCode } from '../domain/artifacts/node-code.js';
import type { GraphStore } from '../domain/ports/graph-store.js';
import type { Submission } from '../domain/submissions/submission.js';

/** UTF-16 units of the modules of one transaction: the graph holds the texts of a transaction in memory. */
const unitsPerPartMax = 2 * 1024 * 1024;

/** Stores what a submission brings beside its DAG, in parts of bounded size. Safe to repeat. */
export async function storeArtifacts(
  { graph }: { readonly graph: GraphStore },
  { artifacts, dag }: Submission,
  at: number,
): Promise<void> {
  const { code, schemas } = artifacts;
  if (code.length + schemas.length === 0) return;
  for (const [index, part] of inParts(code).entries()) {
    const hashes = new Set(part.map(({ codeHash }) => codeHash));
    const hashed = part.map((one) => ({ code: one, sha256: sha256Hex(one.text) }));
    const users = dag.nodes.filter(({ codeHash }) => hashes.has(codeHash));
    await graph.storeArtifacts({ code: hashed, schemas: index === 0 ? schemas : [], users }, at);
  }
}

/** At least one part: sources have schemas only. */
function inParts(code: readonly NodeCode[]): NodeCode[][] {
  const first: NodeCode[] = [];
  const parts = [first];
  let last = first;
  let units = 0;
  for (const one of code) {
    units += one.text.length;
    if (units > unitsPerPartMax && last.length > 0) {
      last = [];
      parts.push(last);
      units = one.text.length;
    }
    last.push(one);
  }
  return parts;
}

function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
