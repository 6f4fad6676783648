import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  codeFramework,
  codePath,
  type NodeCode,
  type StoredCode,
  toNodeCode,
} from '../../domain/artifacts/node-code.js';
import type * as wire from '../gen/qmtl/v1/dag_pb.js';
import { type Artifact, ArtifactSchema } from '../gen/qmtl/v1/graph_pb.js';
import { signatureFromWire } from './artifacts.js';

/** The code with the hashes of what was received, whatever it claims to be. */
export function codeFromWire({ module, inputs, signatures }: wire.NodeCode): NodeCode {
  return toNodeCode(module, inputs, signatures.map(signatureFromWire));
}

export function artifactToWire({ code, sha256, createdAt }: StoredCode): Artifact {
  return create(ArtifactSchema, {
    path: codePath(code.codeHash),
    checksum: code.moduleHash,
    size: BigInt(Buffer.byteLength(code.text)),
    framework: codeFramework,
    sha256,
    createdAt: timestampFromMs(createdAt),
  });
}
