import { create } from '@bufbuild/protobuf';
import type { ArtifactPart } from '../../domain/artifacts/artifact-parts.js';
import {
  type AddArtifactsRequest,
  AddArtifactsRequestSchema,
  ArtifactUserSchema,
} from '../gen/qmtl/v1/artifacts_pb.js';
import { codeDocumentFromWire, codeToWire, listFromWire } from './artifacts.js';

export function artifactPartToWire({ code, schemas, users }: ArtifactPart): AddArtifactsRequest {
  return create(AddArtifactsRequestSchema, {
    code: code.map(codeToWire),
    schemas: schemas.map(({ fields }) => fields),
    users: users.map(({ nodeId, codeHash, schemaCompatId, schemaHash = '' }) =>
      create(ArtifactUserSchema, { nodeId, codeHash, schemaCompatId, schemaHash }),
    ),
  });
}

/** The document that `parseArtifactPart` checks. */
export function artifactPartDocument({ code, schemas, users }: AddArtifactsRequest): unknown {
  return {
    code: code.map(codeDocumentFromWire),
    schemas: schemas.map(listFromWire),
    users: users.map(({ nodeId, codeHash, schemaCompatId, schemaHash }) => ({
      node_id: nodeId,
      code_hash: codeHash,
      schema_compat_id: schemaCompatId,
      schema_hash: schemaHash,
    })),
  };
}
