import { signedCode } from '../domain/artifacts/code-statement.js';
import type { NodeCode } from '../domain/artifacts/node-code.js';
import type { Problem } from '../domain/base/errors.js';
import type { GraphStore } from '../domain/ports/graph-store.js';
import type { Submission } from '../domain/submissions/submission.js';
import { isSignatureOf } from '../std/node/ed25519.js';
import { sha256Hex } from '../std/node/sha256.js';

/** Signatures that are not what they claim to be: they would take the place of the real ones. */
export function signatureProblems({ artifacts }: Submission): Problem[] {
  return artifacts.code.flatMap((code, index) => {
    const text = code.signatures.length === 0 ? '' : signedCode(code, sha256Hex(code.text));
    return code.signatures.flatMap((signature, at): Problem[] =>
      isSignatureOf(text, signature)
        ? []
        : [
            {
              code: 'E_SCHEMA_INVALID',
              path: `/code/${index}/signatures/${at}`,
              message: `is not a signature of this code by key ${signature.keyId}`,
              hint: 'sign the statement of docs/spec/identity.md#artifacts, or leave the signature out',
            },
          ],
    );
  });
}

/** UTF-16 units of the modules of one transaction: the graph holds the texts of a transaction in memory. */
const unitsPerPartMax = 2 * 1024 * 1024;
/** Modules of one transaction: each costs some 0.1 ms, however small it is. */
const modulesPerPartMax = 1_000;

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
    if (last.length === modulesPerPartMax || (units > unitsPerPartMax && last.length > 0)) {
      last = [];
      parts.push(last);
      units = one.text.length;
    }
    last.push(one);
  }
  return parts;
}
