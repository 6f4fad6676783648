import { create } from '@bufbuild/protobuf';
import { artifactsDocument } from '../../domain/artifacts/artifacts-document.js';
import { signedCode } from '../../domain/artifacts/code-statement.js';
import type { NodeCode } from '../../domain/artifacts/node-code.js';
import { hashFields, type RecordSchema } from '../../domain/artifacts/record-schema.js';
import { isQmtlError, QmtlError } from '../../domain/base/errors.js';
import type { NodeId } from '../../domain/base/ids.js';
import { limits } from '../../domain/base/limits.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { dagDocumentFromWire } from '../../proto/convert/dag.js';
import { codeFromWire } from '../../proto/convert/stored-code.js';
import type { GetNodeCodeResponse } from '../../proto/gen/qmtl/v1/api_pb.js';
import { type ComputeNode, DagSchema } from '../../proto/gen/qmtl/v1/dag_pb.js';
import { checkedSubmission } from '../../sdk/compile/checked-submission.js';
import type { verifierWith } from '../../std/node/ed25519.js';
import { sha256Hex } from '../../std/node/sha256.js';
import type { ApiClient } from './api-client.js';
import type { CodeAudit, CodeVerification } from './code-audit.js';
import { readNodeCodes, readNodes } from './graph-nodes.js';

/** The keys that signed the code of a node; empty when signatures are not looked at. */
export interface SignedCode {
  readonly codeHash: string;
  readonly keyIds: readonly string[];
}

export interface StoredNode {
  /** The node and everything it depends on, with code and fields. */
  readonly submission: Submission;
  readonly signed: readonly SignedCode[];
}

/**
 * Reads a node of the graph with everything it depends on, and verifies all of it: NodeIDs, hashes of code and of fields,
 * SHA-256, and when keys are trusted, that each code has a signature of one of them.
 *
 * Throws `E_NOT_FOUND` for a node that the graph does not know, and `E_CODE_REFUSED` for what is not what it should be.
 */
export async function readStoredNode(
  api: ApiClient,
  nodeId: NodeId,
  trusted: ReturnType<typeof verifierWith> | undefined,
  audit: CodeAudit,
): Promise<StoredNode> {
  const nodes = await readAncestry(api, nodeId);
  const code = new Map<string, NodeCode>();
  const schemas = new Map<string, RecordSchema>();
  const signed: SignedCode[] = [];
  const asked = nodesWithOwnHashes(nodes);
  const texts = await readNodeCodes(
    api,
    asked.map(({ nodeId: id }) => id),
  );
  for (const node of asked) {
    const stored = codeOf(node, texts.get(node.nodeId), { trusted, audit });
    if (stored.schema !== undefined) schemas.set(node.schemaHash, stored.schema);
    if (stored.code === undefined || code.has(node.codeHash)) continue;
    code.set(node.codeHash, stored.code);
    signed.push({ codeHash: stored.code.codeHash, keyIds: stored.keyIds });
  }
  const artifacts = { code: [...code.values()], schemas: [...schemas.values()] };
  return { submission: checked(nodeId, nodes, artifactsDocument(artifacts), audit), signed };
}

/** One node for each code hash and each schema hash: many nodes have the same code. */
function nodesWithOwnHashes(nodes: readonly ComputeNode[]): readonly ComputeNode[] {
  const seen = new Set<string>();
  return nodes.filter(({ codeHash, schemaHash }) => {
    const isNew = !seen.has(`code ${codeHash}`) || !seen.has(`schema ${schemaHash}`);
    seen.add(`code ${codeHash}`).add(`schema ${schemaHash}`);
    return isNew;
  });
}

interface ReadCode {
  readonly code: NodeCode | undefined;
  readonly schema: RecordSchema | undefined;
  readonly keyIds: readonly string[];
}

interface Verifying {
  readonly trusted: ReturnType<typeof verifierWith> | undefined;
  readonly audit: CodeAudit;
}

/** `verifying`: before it is executed; without it only what was read is compared with its SHA-256. */
function codeOf(
  node: ComputeNode,
  stored: GetNodeCodeResponse | undefined,
  verifying: Verifying | undefined,
): ReadCode {
  if (stored === undefined) throw unknownNode(node.nodeId);
  const { fields, artifact } = stored;
  const code = stored.code === undefined ? undefined : codeFromWire(stored.code);
  return {
    code,
    schema: fields === '' ? undefined : { schemaHash: hashFields(fields), fields },
    keyIds: code === undefined ? [] : signersOf(node, code, artifact?.sha256 ?? '', verifying),
  };
}

/** The code of one node, as its hash says; undefined when the graph does not have it. */
export async function readStoredCode(
  api: ApiClient,
  nodeId: NodeId,
): Promise<{ readonly name: string; readonly code: NodeCode | undefined }> {
  const [record] = await readNodes(api, [nodeId]);
  if (record?.node === undefined) throw unknownNode(nodeId);
  const texts = await readNodeCodes(api, [nodeId]);
  const { code } = codeOf(record.node, texts.get(nodeId), undefined);
  if (code !== undefined && code.codeHash !== record.node.codeHash) throw changed(nodeId);
  return { name: record.node.name, code };
}

/** The node and its upstreams, directly or not. */
async function readAncestry(api: ApiClient, nodeId: NodeId): Promise<readonly ComputeNode[]> {
  const found = new Map<string, ComputeNode>();
  let missing: readonly string[] = [nodeId];
  while (missing.length > 0) {
    const records = await readNodes(api, missing);
    for (const { node } of records) if (node !== undefined) found.set(node.nodeId, node);
    const lost = missing.find((id) => !found.has(id));
    if (lost !== undefined) throw unknownNode(lost);
    if (found.size > limits.dagNodesMax) {
      const message = `${nodeId} depends on more than ${limits.dagNodesMax} nodes`;
      throw new QmtlError('E_LIMIT_EXCEEDED', message, { hint: 'run a node upstream of it' });
    }
    const upstreams = records.flatMap(({ node }) => node?.dependencies ?? []);
    missing = [...new Set(upstreams)].filter((id) => !found.has(id));
  }
  return [...found.values()];
}

function unknownNode(nodeId: string): QmtlError {
  return new QmtlError('E_NOT_FOUND', `the graph knows no node ${nodeId}`, {
    hint: '`qmtl nodes` lists the nodes of the graph',
  });
}

/** The trusted keys that signed the code. */
function signersOf(
  { name, nodeId }: ComputeNode,
  code: NodeCode,
  sha256: string,
  { trusted, audit }: Verifying = { trusted: undefined, audit: () => {} },
): readonly string[] {
  const named = code.signatures.map(({ keyId }) => keyId);
  const note = (outcome: CodeVerification['outcome'], keyIds: readonly string[]) =>
    audit({ outcome, nodeId, codeHash: code.codeHash, keyIds });
  const title = `the stored code of node ${name} (${nodeId})`;
  const found = sha256Hex(code.text);
  if (found !== sha256) {
    note('changed', named);
    throw new QmtlError('E_CODE_REFUSED', `${title} has SHA-256 ${found}, and the graph says ${sha256}`, {
      hint: 'something else than QMTL changed the graph',
    });
  }
  if (trusted === undefined) {
    note('unasked', named);
    return [];
  }
  const valid = trusted(signedCode(code, sha256), code.signatures).map(({ keyId }) => keyId);
  note(valid.length > 0 ? 'accepted' : 'unsigned', valid.length > 0 ? valid : named);
  if (valid.length > 0) return valid;
  const by = named.join(', ');
  throw new QmtlError(
    'E_CODE_REFUSED',
    `${title} has no valid signature of a key in code.trusted_keys_file: it has ${by || 'none'}`,
    { hint: 'let an author whose key is trusted submit it, or add the key of its author' },
  );
}

/** The rules of a submission are those of the graph: every id is computed again from what was read. */
function checked(
  nodeId: NodeId,
  nodes: readonly ComputeNode[],
  artifacts: Readonly<Record<string, unknown>>,
  audit: CodeAudit,
): Submission {
  try {
    return checkedSubmission({
      strategy_id: `node-${nodeId.slice('blake3:'.length, 'blake3:'.length + 16)}`,
      world_id: 'local',
      execution_domain: 'backtest',
      as_of: 'local',
      // Tags lead to nodes, and no hash covers them: a node may have more of them in the graph than in one submission.
      dag: dagDocumentFromWire(create(DagSchema, { nodes: nodes.map((node) => ({ ...node, tags: [] })) })),
      ...artifacts,
    });
  } catch (cause) {
    if (!isQmtlError(cause)) throw cause;
    audit({ outcome: 'changed', nodeId, codeHash: '', keyIds: [] });
    throw changed(nodeId, cause);
  }
}

function changed(nodeId: string, cause?: QmtlError): QmtlError {
  return new QmtlError('E_CODE_REFUSED', `what the graph stores of ${nodeId} is not what its hashes say`, {
    hint: 'something else than QMTL changed the graph',
    ...(cause === undefined ? {} : { problems: cause.problems, cause }),
  });
}
