import type { ArtifactUser } from '../../../domain/artifacts/artifacts.js';
import {
  type CodeSignature,
  codeFramework,
  codePath,
  isCodeHash,
  type StoredCode,
  toNodeCode,
} from '../../../domain/artifacts/node-code.js';
import { type RecordSchema, schemaFramework, schemaPath } from '../../../domain/artifacts/record-schema.js';
import type { NodeSpec } from '../../../domain/dag/dag.js';
import type { ArtifactsToStore } from '../../../domain/ports/graph-store.js';
import {
  type CypherInput,
  maybe,
  type Row,
  readInteger,
  readText,
  readTexts,
} from '../driver/cypher-value.js';

/** Properties of a stored artifact. */
export interface ArtifactRow {
  readonly path: string;
  readonly properties: CypherInput;
  readonly signatures: readonly string[];
}

export function codeRow({ code, sha256 }: ArtifactsToStore['code'][number]): ArtifactRow {
  const properties = {
    checksum: code.moduleHash,
    sha256,
    size: Buffer.byteLength(code.text),
    framework: codeFramework,
    inputs: code.inputs,
    text: code.text,
  };
  const signatures = code.signatures.map(
    ({ keyId, signature, publicKey }) => `${keyId} ${signature} ${publicKey}`,
  );
  return { path: codePath(code.codeHash), properties, signatures };
}

export function schemaRow({ schemaHash, fields }: RecordSchema): ArtifactRow {
  const properties = {
    checksum: schemaHash,
    size: Buffer.byteLength(fields),
    framework: schemaFramework,
    text: fields,
  };
  return { path: schemaPath(schemaHash), properties, signatures: [] };
}

/** The code of a row, with the hashes of what the row holds. */
export function storedCodeFrom(row: Row): StoredCode {
  const signatures = (maybe(row, 'signatures', readTexts) ?? []).map(signatureFrom);
  return {
    code: toNodeCode(readText(row, 'text'), readText(row, 'inputs'), signatures),
    sha256: readText(row, 'sha256'),
    createdAt: readInteger(row, 'created_at'),
  };
}

function signatureFrom(text: string): CodeSignature {
  const [keyId = '', signature = '', publicKey = ''] = text.split(' ');
  return { keyId, signature, publicKey };
}

/** A node with the path of its code, and what the graph must hold of it to be that node. */
export interface UserRow {
  readonly node_id: string;
  readonly code_hash: string;
  readonly path: string;
}

/** Nodes that can have stored code. */
export function userRows(nodes: readonly Pick<NodeSpec, 'nodeId' | 'codeHash'>[]): UserRow[] {
  return nodes.flatMap(({ nodeId, codeHash }) =>
    isCodeHash(codeHash) ? [{ node_id: nodeId, code_hash: codeHash, path: codePath(codeHash) }] : [],
  );
}

/** A node with its schema and the path of its fields. */
export interface SchemaRow {
  readonly node_id: string;
  readonly code_hash: string;
  readonly schema_compat_id: string;
  readonly schema_hash: string;
  readonly path: string;
}

/** Nodes that have a schema. */
export function schemaRows(users: readonly ArtifactUser[]): SchemaRow[] {
  return users.flatMap(({ nodeId, codeHash, schemaCompatId, schemaHash }) =>
    schemaHash === undefined
      ? []
      : [
          {
            node_id: nodeId,
            code_hash: codeHash,
            schema_compat_id: schemaCompatId,
            schema_hash: schemaHash,
            path: schemaPath(schemaHash),
          },
        ],
  );
}
