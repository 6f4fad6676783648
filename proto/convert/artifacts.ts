import { create } from '@bufbuild/protobuf';
import { type ArtifactWork, artifactWork } from '../../domain/artifacts/artifact-work.js';
import type { NodeCode } from '../../domain/artifacts/node-code.js';
import type * as wire from '../gen/qmtl/v1/dag_pb.js';
import { CodeSignatureSchema, NodeCodeSchema } from '../gen/qmtl/v1/dag_pb.js';

/** Converts without hashing: workflows import this file, and BLAKE3 needs more than their sandbox has. */
export function codeToWire({ text, inputs, signatures }: NodeCode): wire.NodeCode {
  return create(NodeCodeSchema, {
    module: text,
    inputs,
    signatures: signatures.map(({ keyId, signature, publicKey }) =>
      create(CodeSignatureSchema, {
        keyid: keyId,
        sig: Buffer.from(signature, 'base64'),
        key: Buffer.from(publicKey, 'base64'),
      }),
    ),
  });
}

/** How much of it a request has to have stored. */
export function artifactWorkOf(request: {
  readonly code: readonly wire.NodeCode[];
  readonly schemas: readonly string[];
}): ArtifactWork {
  return artifactWork(
    request.code.map(({ module, inputs }) => [module, inputs]),
    request.schemas,
  );
}

/** An entry of `code` in a submission document. */
export function codeDocumentFromWire({ module, inputs, signatures }: wire.NodeCode): unknown {
  const signed = signatures.map(signatureFromWire);
  return {
    module,
    inputs: listFromWire(inputs),
    signatures: signed.map(({ keyId, signature, publicKey }) => ({
      keyid: keyId,
      sig: signature,
      key: publicKey,
    })),
  };
}

/** Text that is not JSON is passed on as it is, and refused as what it is. */
export function listFromWire(text: string): unknown {
  try {
    const list: unknown = JSON.parse(text);
    return list;
  } catch {
    return text;
  }
}

export function signatureFromWire({ keyid, sig, key }: wire.CodeSignature) {
  const [signature, publicKey] = [sig, key].map((bytes) => Buffer.from(bytes).toString('base64'));
  return { keyId: keyid, signature: signature ?? '', publicKey: publicKey ?? '' };
}
