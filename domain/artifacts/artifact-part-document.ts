import { isPlainObject } from '../../std/json.js';
import { DocumentFields } from '../base/document-fields.js';
import type { Problem } from '../base/errors.js';
import { isNodeId } from '../base/ids.js';
import { type Limits, limits } from '../base/limits.js';
import { excerpt, ProblemList } from '../base/problem-list.js';
import type { ArtifactPart } from './artifact-parts.js';
import type { ArtifactUser } from './artifacts.js';
import { readArtifacts } from './artifacts-document.js';

export type ArtifactPartDocument =
  | { readonly ok: true; readonly part: ArtifactPart }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly more: number };

/**
 * Reads `{users: [{node_id, code_hash, schema_compat_id, schema_hash?}, …], code?, schemas?}`, and computes the hashes of the texts.
 *
 * Each text belongs to a node of `users`; what is said of the nodes is compared with the graph when it is stored.
 */
export function parseArtifactPart(value: unknown, bounds: Limits = limits): ArtifactPartDocument {
  const problems = new ProblemList(bounds.problemsMax);
  const fields = new DocumentFields(isPlainObject(value) ? value : {}, '', problems);
  const users = readUsers(fields.raw('users'), bounds, problems);
  const artifacts = readArtifacts(fields, users, bounds, problems);
  return problems.count > 0
    ? { ok: false, ...problems.report() }
    : { ok: true, part: { ...artifacts, users } };
}

function readUsers(list: unknown, bounds: Limits, problems: ProblemList): ArtifactUser[] {
  const hint = `give a list of at most ${bounds.dagNodesMax} nodes`;
  if (!Array.isArray(list)) {
    problems.add('E_SCHEMA_INVALID', '/users', `is ${excerpt(list)}, not a list`, hint);
    return [];
  }
  if (list.length > bounds.dagNodesMax) {
    problems.add('E_LIMIT_EXCEEDED', '/users', `has ${list.length} nodes`, hint);
    return [];
  }
  return list.flatMap((entry: unknown, index) => readUser(entry, `/users/${index}`, bounds, problems));
}

function readUser(entry: unknown, at: string, bounds: Limits, problems: ProblemList): ArtifactUser[] {
  const fields = new DocumentFields(isPlainObject(entry) ? entry : {}, at, problems);
  const nodeId = fields.raw('node_id');
  const codeHash = fields.text('code_hash', bounds.fieldCharsMax);
  const schemaCompatId = fields.text('schema_compat_id', bounds.fieldCharsMax);
  const schemaHash = fields.text('schema_hash', bounds.fieldCharsMax);
  if (typeof nodeId === 'string' && isNodeId(nodeId)) {
    return [{ nodeId, codeHash, schemaCompatId, ...(schemaHash === '' ? {} : { schemaHash }) }];
  }
  const hint = 'give the NodeID of the node';
  problems.add('E_SCHEMA_INVALID', `${at}/node_id`, `is ${excerpt(nodeId)}, not a NodeID`, hint);
  return [];
}
