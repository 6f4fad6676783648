import { signedCode } from '../../domain/artifacts/code-statement.js';
import type { NodeCode } from '../../domain/artifacts/node-code.js';
import { QmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { EncryptedKeyError, signerWith } from '../../std/node/ed25519.js';
import { sha256Hex } from '../../std/node/sha256.js';

/** The submission with a signature of all its code. Throws `E_USAGE` when the key is not an Ed25519 private key in PEM. */
export function withSignatures(submission: Submission, signingKey: string): Submission {
  const sign = signerOf(signingKey);
  const code = submission.artifacts.code.map((one): NodeCode => {
    const own = sign(signedCode(one, sha256Hex(one.text)));
    const others = one.signatures.filter(({ keyId }) => keyId !== own.keyId);
    return { ...one, signatures: [own, ...others].slice(0, limits.codeSignaturesMax) };
  });
  return { ...submission, artifacts: { ...submission.artifacts, code } };
}

function signerOf(pem: string): ReturnType<typeof signerWith> {
  try {
    return signerWith(pem);
  } catch (cause) {
    const isEncrypted = cause instanceof EncryptedKeyError;
    const reason = isEncrypted ? cause.message : 'is not an Ed25519 private key in PEM';
    throw new QmtlError('E_USAGE', `the signing key ${reason}`, {
      hint: isEncrypted
        ? 'pass it decrypted: createPrivateKey({ key, passphrase }).export({ type: "pkcs8", format: "pem" })'
        : 'openssl genpkey -algorithm ed25519 -out key.pem makes one',
      cause,
    });
  }
}
