import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { signatureFault, signerWith, verifierWith } from '../../../std/node/ed25519.js';

function keyPair() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    secret: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    open: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    der: publicKey.export({ type: 'spki', format: 'der' }),
  };
}

describe('Ed25519 signatures', () => {
  test('a signature is valid for its text and its key only', () => {
    const [author, other] = [keyPair(), keyPair()];
    const signature = signerWith(author.secret)('text');
    expect(verifierWith(author.open)('text', [signature])).toEqual([signature]);
    expect(verifierWith(author.open)('texts', [signature])).toEqual([]);
    expect(verifierWith(other.open)('text', [signature])).toEqual([]);
    const forged = { ...signature, keyId: signerWith(other.secret)('text').keyId };
    expect(verifierWith(other.open)('text', [forged])).toEqual([]);
  });

  test('a signature that brings its key is valid only for that key, its id and its text', () => {
    const [author, other] = [keyPair(), keyPair()].map(({ secret }) => signerWith(secret)('text'));
    if (author === undefined || other === undefined) throw new Error('no signatures');
    expect(signatureFault('text', author)).toBeUndefined();
    expect(signatureFault('texts', author)).toBe('not-of-this-text');
    expect(signatureFault('text', { ...author, keyId: other.keyId })).toBe('id-of-another-key');
    expect(signatureFault('text', { ...author, publicKey: other.publicKey })).toBe('id-of-another-key');
    expect(signatureFault('text', { ...other, signature: author.signature })).toBe('not-of-this-text');
    expect(signatureFault('text', { ...author, publicKey: 'AAAA' })).toBe('not-a-key');
  });

  test('the id of a key is the SHA-256 of its public part', () => {
    const author = keyPair();
    const digest = createHash('sha256').update(author.der).digest('hex');
    expect(signerWith(author.secret)('text').keyId).toBe(`sha256:${digest}`);
  });

  test('one file may hold several trusted keys, with other text around them', () => {
    const [one, two] = [keyPair(), keyPair()];
    const verify = verifierWith(`# authors\n${one.open}\n# more\n${two.open}`);
    const signatures = [one, two].map(({ secret }) => signerWith(secret)('text'));
    expect(verify('text', signatures)).toEqual(signatures);
  });

  test('keys and signatures are those of RFC 8032, section 7.1, test 1', () => {
    const pem = (kind: string, hex: string) =>
      `-----BEGIN ${kind} KEY-----\n${Buffer.from(hex, 'hex').toString('base64')}\n-----END ${kind} KEY-----\n`;
    const secret = pem(
      'PRIVATE',
      '302e020100300506032b6570042204209d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    );
    const open = pem(
      'PUBLIC',
      '302a300506032b6570032100d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    );
    const signature = signerWith(secret)('');
    expect(Buffer.from(signature.signature, 'base64').toString('hex')).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    );
    expect(verifierWith(open)('', [signature])).toEqual([signature]);
  });

  test.each<[what: string, pem: string]>([
    ['nothing', ''],
    ['text', 'secret text'],
    ['a damaged key beside a sound one', `${keyPair().open}${keyPair().open.replace('-----END', '----END')}`],
    [
      'another kind of key',
      generateKeyPairSync('rsa', { modulusLength: 1024 })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString(),
    ],
  ])('%s is not a key, and the message contains nothing of it', (_what, pem) => {
    expect(() => signerWith(pem)).toThrow(new TypeError('is not an Ed25519 private key in PEM'));
    expect(() => verifierWith(pem)).toThrow(new TypeError('is not an Ed25519 public key in PEM'));
  });
});
