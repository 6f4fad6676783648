import type { Artifacts } from '../domain/artifacts/artifacts.js';
import { signedCode } from '../domain/artifacts/code-statement.js';
import type { NodeCode } from '../domain/artifacts/node-code.js';
import type { Problem } from '../domain/base/errors.js';
import type { NodeSpec } from '../domain/dag/dag.js';
import { signatureFault } from '../std/node/ed25519.js';
import { sha256Hex } from '../std/node/sha256.js';

/** One verification of a signature that a submission brought: a line of the audit log. */
export interface SignatureVerification {
  /** `accepted`, or why it was refused. */
  readonly outcome: 'accepted' | Exclude<ReturnType<typeof signatureFault>, undefined>;
  readonly keyId: string;
  readonly codeHash: string;
  /** A node with this code, and how many there are. */
  readonly nodeId: string;
  readonly nodes: number;
}

export type OnSignature = (verification: SignatureVerification) => void;

/** Code, and the SHA-256 of its module in hex. */
export interface HashedCode {
  readonly code: NodeCode;
  readonly sha256: string;
}

/** Hashed once: for the statement that is signed, and for the graph. */
export function hashedCode({ code }: Artifacts): readonly HashedCode[] {
  return code.map((one) => ({ code: one, sha256: sha256Hex(one.text) }));
}

/** Signatures that are not what they claim to be: they would take the place of the real ones. */
export function signatureProblems(
  hashed: readonly HashedCode[],
  users: readonly Pick<NodeSpec, 'nodeId' | 'codeHash'>[],
  onSignature: OnSignature,
): Problem[] {
  const usersOf = new Map<string, { readonly nodeId: string; nodes: number }>();
  for (const { codeHash, nodeId } of users) {
    const known = usersOf.get(codeHash);
    if (known === undefined) usersOf.set(codeHash, { nodeId, nodes: 1 });
    else known.nodes += 1;
  }
  return hashed.flatMap(({ code, sha256 }, index) => {
    const text = code.signatures.length === 0 ? '' : signedCode(code, sha256);
    return code.signatures.flatMap((signature, at): Problem[] => {
      const { keyId } = signature;
      const fault = signatureFault(text, signature);
      const { nodeId = '', nodes = 0 } = usersOf.get(code.codeHash) ?? {};
      onSignature({ outcome: fault ?? 'accepted', keyId, codeHash: code.codeHash, nodeId, nodes });
      if (fault === undefined) return [];
      return [
        {
          code: 'E_SCHEMA_INVALID',
          path: `/code/${index}/signatures/${at}`,
          message: `is not a signature of this code by key ${keyId}: ${says[fault]}`,
          hint: 'sign the statement of docs/spec/identity.md#artifacts, or leave the signature out',
        },
      ];
    });
  });
}

const says = {
  'not-a-key': 'its key is not an Ed25519 public key',
  'id-of-another-key': 'the key that it brings has another id',
  'not-of-this-text': 'it was made of something else, or by another key',
} as const;
