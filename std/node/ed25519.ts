import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { sha256Hex } from './sha256.js';

/** A signature by an Ed25519 key. Keys are PEM texts, as `openssl genpkey -algorithm ed25519` writes them. */
export interface Signature {
  /** `sha256:` and 64 hex digits over the public key in DER (SPKI). */
  readonly keyId: string;
  /** In base64. */
  readonly signature: string;
  /** In DER (SPKI), in base64. */
  readonly publicKey: string;
}

/** Why `signerWith` refuses a key that is encrypted: nobody is there to ask for its passphrase. */
export class EncryptedKeyError extends TypeError {
  constructor() {
    super('is encrypted with a passphrase');
  }
}

const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/**
 * Signs texts with one key. Throws EncryptedKeyError for a key with a passphrase, and TypeError for anything else but an Ed25519
 * private key; the message contains nothing of it.
 */
export function signerWith(pem: string): (text: string) => Signature {
  if (encrypted.test(pem)) throw new EncryptedKeyError();
  const key = keyFrom('private', () => createPrivateKey(pem));
  const open = createPublicKey(key);
  const publicKey = derOf(open).toString('base64');
  const keyId = keyIdOf(open);
  return (text) => ({ keyId, signature: sign(null, Buffer.from(text), key).toString('base64'), publicKey });
}

/**
 * Says which of some signatures of a text are valid and of one of these keys. Throws TypeError for anything but Ed25519 public
 * keys.
 *
 * `pem`: one or more public keys, one after the other.
 */
export function verifierWith(pem: string): (text: string, signatures: readonly Signature[]) => Signature[] {
  const blocks = pem.match(/-----BEGIN PUBLIC KEY-----[^-]*-----END PUBLIC KEY-----/g) ?? [];
  // A block that is damaged, or of another kind, would be missed without a word.
  if (blocks.length === 0 || blocks.length !== pem.split('-----BEGIN ').length - 1) throw notAKey('public');
  const trusted = new Map(
    blocks.map((block) => {
      const key = keyFrom('public', () => createPublicKey(block));
      return [keyIdOf(key), key];
    }),
  );
  return (text, signatures) =>
    signatures.filter(({ keyId, signature }) => {
      const key = trusted.get(keyId);
      return key !== undefined && verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64'));
    });
}

/** Why it is not the signature of a text by the key that it brings, with the id of this key; undefined when it is. */
export function signatureFault(
  text: string,
  { keyId, signature, publicKey }: Signature,
): 'not-a-key' | 'id-of-another-key' | 'not-of-this-text' | undefined {
  const der = Buffer.from(publicKey, 'base64');
  let key: KeyObject;
  try {
    key = keyFrom('public', () => createPublicKey({ key: der, format: 'der', type: 'spki' }));
  } catch {
    return 'not-a-key';
  }
  if (keyIdOf(key) !== keyId) return 'id-of-another-key';
  const isValid = verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64'));
  return isValid ? undefined : 'not-of-this-text';
}

function keyFrom(kind: string, create: () => KeyObject): KeyObject {
  try {
    const key = create();
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // The error of OpenSSL says nothing to a user.
  }
  throw notAKey(kind);
}

function notAKey(kind: string): TypeError {
  return new TypeError(`is not an Ed25519 ${kind} key in PEM`);
}

function keyIdOf(key: KeyObject): string {
  return `sha256:${sha256Hex(derOf(key))}`;
}

function derOf(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}
