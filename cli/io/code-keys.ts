import type { Config } from '../../config/schema.js';
import { QmtlError } from '../../domain/base/errors.js';
import { EncryptedKeyError, signerWith, verifierWith } from '../../std/node/ed25519.js';
import { codeKeys } from '../../workers/stores/access.js';

/** The configured key that signs code; undefined without one. Throws `E_CONFIG` when it is not usable. */
export async function signingKeyOf(config: Config): Promise<string | undefined> {
  const pem = await codeKeys(config, 'signing_key_file');
  if (pem !== undefined) usable('code.signing_key_file', config.code.signing_key_file, () => signerWith(pem));
  return pem;
}

/** What says which signatures are of trusted keys; undefined when all code is trusted. */
export async function trustedKeysOf(config: Config): Promise<ReturnType<typeof verifierWith> | undefined> {
  const pem = await codeKeys(config, 'trusted_keys_file');
  return pem === undefined
    ? undefined
    : usable('code.trusted_keys_file', config.code.trusted_keys_file, () => verifierWith(pem));
}

const withoutPassphrase =
  'openssl pkey -in FILE -out plain.pem writes it without one: let nobody but this user read that file';

function usable<T>(field: string, path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new QmtlError('E_CONFIG', `${field}: ${path} ${cause.message}`, {
      hint:
        cause instanceof EncryptedKeyError
          ? withoutPassphrase
          : 'openssl genpkey -algorithm ed25519 -out key.pem, then openssl pkey -in key.pem -pubout -out public.pem',
      cause,
    });
  }
}
