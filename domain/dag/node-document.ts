import { isPlainObject } from '../../std/json.js';
import { canonicalParams } from '../base/canonical-json.js';
import { DocumentFields, noteJsonFault } from '../base/document-fields.js';
import type { Problem } from '../base/errors.js';
import { refuseUnknownMembers } from '../base/known-members.js';
import { type Limits, limits } from '../base/limits.js';
import { excerpt, ProblemList } from '../base/problem-list.js';
import { isQuery } from './dag.js';
import {
  anyDependency,
  type DependencyRule,
  nodeIdsOnly,
  readDependencies,
} from './dependencies-document.js';
import type { HashedFields } from './node-id.js';
import { tagQueryInterval, tagQueryParams } from './tag-query-document.js';
import { readTags } from './tags-document.js';

/** A node as described by its author, in normal form. */
export interface ParsedNode<D extends string = string> extends HashedFields {
  readonly dependencies: readonly D[];
  readonly tags: readonly string[];
  readonly schemaHash?: string;
  readonly name?: string;
  readonly owner?: string;
}

/** A node being read. When `sound` is false, `node` contains placeholders. */
export interface NodeDraft<D extends string = string> {
  readonly node: ParsedNode<D>;
  /** The id given by the document, unchecked; '' when none is readable. */
  readonly givenId: string;
  readonly sound: boolean;
}

export type NodeDocument =
  | {
      readonly ok: true;
      readonly node: ParsedNode;
      /** The `node_id` given by the document, unchecked; '' = none. */
      readonly givenId: string;
    }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly more: number };

/**
 * One node in its JSON form, with the legacy names (docs/spec/identity.md#node-documents): `config` for `params`,
 * `schema_id` for `schema_compat_id`, `inputs` for `dependencies`, numbers as strings of digits, tags as one string.
 *
 * Returns all problems at once. Unknown members are refused, except for `metadata` and those that begin with `x-`.
 */
export function parseNodeDocument(
  value: unknown,
  options: { readonly dependencyIds: 'any' | 'node-ids' },
  bounds: Limits = limits,
): NodeDocument {
  const problems = new ProblemList(bounds.problemsMax);
  const rule: DependencyRule<string> = options.dependencyIds === 'any' ? anyDependency : nodeIdsOnly;
  const draft = readNode(value, '', rule, bounds, problems);
  if (draft === undefined || problems.count > 0) return { ok: false, ...problems.report() };
  return { ok: true, node: draft.node, givenId: draft.givenId };
}

const nodeMembers: ReadonlySet<string> = new Set([
  'node_id',
  'node_type',
  'interval',
  'period',
  'params',
  'config',
  'dependencies',
  'inputs',
  'schema_compat_id',
  'schema_id',
  'schema_hash',
  'code_hash',
  'tags',
  'query_tags',
  'match_mode',
  'owner',
  // What other producers write at a node, and what identifies nothing: where it ran, and what a query found there.
  'config_hash',
  'world',
  'execution_domain',
  'queues',
]);

/** Reads one node and adds its problems; undefined when the value is not an object. */
export function readNode<D extends string>(
  value: unknown,
  at: string,
  rule: DependencyRule<D>,
  bounds: Limits,
  problems: ProblemList,
): NodeDraft<D> | undefined {
  if (!isPlainObject(value)) {
    problems.add(
      'E_SCHEMA_INVALID',
      at,
      `a node is an object, not ${excerpt(value)}`,
      'give {"node_type": …, "schema_compat_id": …, "code_hash": …}',
    );
    return undefined;
  }
  const before = problems.count;
  refuseUnknownMembers(value, nodeMembers, at, problems);
  const fields = new DocumentFields(value, at, problems);
  const nodeType = requiredText(fields, 'node_type', bounds);
  const interval = isQuery({ nodeType })
    ? tagQueryInterval(fields, bounds)
    : fields.count('interval', bounds.intervalSecondsMax, 'seconds');
  const tags = readTags(fields, 'tags', bounds) ?? [];
  const node: Writable<ParsedNode<D>> = {
    nodeType,
    interval,
    period: fields.count('period', bounds.periodBarsMax, 'bars'),
    paramsCanon: readParams(fields, nodeType, interval, tags, bounds),
    dependencies: readDependencies(fields, rule, nodeType, bounds),
    schemaCompatId: readSchemaCompatId(fields, bounds),
    codeHash: requiredText(fields, 'code_hash', bounds),
    tags,
  };
  describe(node, fields, bounds);
  return {
    node,
    givenId: fields.text('node_id', bounds.fieldCharsMax),
    sound: problems.count === before,
  };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads the members that describe a node without identifying it. */
function describe(node: Writable<ParsedNode>, fields: DocumentFields, bounds: Limits): void {
  const schemaHash = fields.text('schema_hash', bounds.fieldCharsMax);
  const name = fields.text('name', bounds.fieldCharsMax);
  const owner = fields.text('owner', bounds.fieldCharsMax);
  if (schemaHash !== '') node.schemaHash = schemaHash;
  if (name !== '') node.name = name;
  if (owner !== '') node.owner = owner;
}

/** A text that the NodeID requires. */
function requiredText(fields: DocumentFields, key: string, bounds: Limits): string {
  const before = fields.problems.count;
  const text = fields.hashedText(key, bounds.fieldCharsMax);
  if (text.trim() === '' && fields.problems.count === before) noteMissing(fields, key);
  return text;
}

function noteMissing(fields: DocumentFields, key: string): void {
  const whose = fields.at === '' ? 'the node' : fields.at;
  fields.problems.add(
    'E_NODE_ID_FIELDS',
    fields.path(key),
    `${whose} has no ${key}`,
    `give ${key}: the NodeID is computed from it`,
  );
}

function readSchemaCompatId(fields: DocumentFields, bounds: Limits): string {
  const before = fields.problems.count;
  const current = fields.hashedText('schema_compat_id', bounds.fieldCharsMax).trim();
  const legacy = fields.hashedText('schema_id', bounds.fieldCharsMax).trim();
  const missing = current === '' && legacy === '' && fields.problems.count === before;
  if (missing) noteMissing(fields, 'schema_compat_id');
  if (current === '' || legacy === '' || current === legacy) return current === '' ? legacy : current;
  fields.problems.add(
    'E_SCHEMA_COMPAT_MISMATCH',
    fields.path('schema_id'),
    `schema_compat_id is ${excerpt(current)} and schema_id is ${excerpt(legacy)}`,
    'give schema_compat_id only; schema_id is its old name',
  );
  return current;
}

function readParams(
  fields: DocumentFields,
  nodeType: string,
  interval: number,
  tags: readonly string[],
  bounds: Limits,
): string {
  const legacy = fields.raw('params') === undefined && fields.raw('config') !== undefined;
  const key = legacy ? 'config' : 'params';
  if (isQuery({ nodeType })) return tagQueryParams(fields, key, interval, tags, bounds);
  const text = canonicalMember(fields, key, bounds);
  if (key === 'params' && fields.raw('config') !== undefined) noteConfigFault(fields, text, bounds);
  return text;
}

function noteConfigFault(fields: DocumentFields, params: string, bounds: Limits): void {
  if (canonicalMember(fields, 'config', bounds) === params) return;
  const message = 'params and config are both given and differ';
  fields.problems.add(
    'E_SCHEMA_INVALID',
    fields.path('config'),
    message,
    'give params only; config is its old name',
  );
}

function canonicalMember(fields: DocumentFields, key: string, bounds: Limits): string {
  const canonical = canonicalParams(fields.raw(key) ?? null, bounds.nodeParamsDepthMax);
  if (!canonical.ok) {
    noteJsonFault(canonical.fault, fields.path(key), fields.problems);
    return 'null';
  }
  // Counting also flattens the string, whose many pieces V8 would otherwise keep as long as the node lives.
  const bytes = Buffer.byteLength(canonical.text);
  if (bytes > bounds.nodeParamsBytesMax) noteParamsSize(fields, key, bytes, bounds);
  return canonical.text;
}

function noteParamsSize(fields: DocumentFields, key: string, bytes: number, bounds: Limits): void {
  const message = `${key} has ${bytes} bytes of canonical JSON; at most ${bounds.nodeParamsBytesMax} are allowed`;
  fields.problems.add('E_LIMIT_EXCEEDED', fields.path(key), message, 'pass large data by reference');
}
