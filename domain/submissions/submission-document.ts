import { isPlainObject, type Json } from '../../std/json.js';
import { artifactsDocument, readArtifacts } from '../artifacts/artifacts-document.js';
import { DocumentFields } from '../base/document-fields.js';
import type { Problem } from '../base/errors.js';
import { type DagDigest, isStrategyId, isWorldId, type StrategyId, type WorldId } from '../base/ids.js';
import { checkSchemaVersion, refuseUnknownMembers } from '../base/known-members.js';
import { type Limits, limits } from '../base/limits.js';
import { excerpt, ProblemList } from '../base/problem-list.js';
import { type ExecutionContext, resolveContext } from '../context/execution-context.js';
import { resolveVersion } from '../context/version-label.js';
import type { Dag } from '../dag/dag.js';
import { dagDocument, hashDag } from '../dag/dag-digest.js';
import { readDag } from '../dag/dag-document.js';
import type { Submission } from './submission.js';
import { hashSubmission } from './submission-id.js';

export type SubmissionDocument =
  | { readonly ok: true; readonly submission: Submission }
  /** `more`: problems found beyond those listed. */
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly more: number };

/**
 * A submission in its JSON form:
 * `{strategy_id, world_id | world_ids: [one], execution_domain?, as_of?, partition?, decision_stale?, dataset_fingerprint?,
 * meta?: {version?, strategy_version?}, sentinel?: {version?}, commit_hash?, dag: {nodes, outputs?, node_ids_crc32?},
 * code?: [{module, inputs, signatures?}], schemas?: [[[name, type]]]}`.
 *
 * Returns the problems of all parts at once, each with its place in `value` (I-7). `dataset_fingerprint` describes the
 * request and identifies nothing (docs/spec/submission.md#documents): it is checked and dropped.
 *
 * `acceptedDag` answers for a `dag` the caller has accepted already, under the same bounds, and which cannot have changed
 * since: it is neither read nor hashed again.
 */
export function parseSubmission(
  value: unknown,
  bounds: Limits = limits,
  acceptedDag: (document: unknown) => AcceptedDag | undefined = () => undefined,
): SubmissionDocument {
  const problems = new ProblemList(bounds.problemsMax);
  const submission = readSubmission(value, bounds, problems, acceptedDag);
  return submission === undefined || problems.count > 0
    ? { ok: false, ...problems.report() }
    : { ok: true, submission };
}

/** A DAG that was accepted, with its digest. */
export interface AcceptedDag {
  readonly dag: Dag;
  readonly dagDigest: DagDigest;
}

const submissionMembers: ReadonlySet<string> = new Set([
  'schema_version',
  'strategy_id',
  'world_id',
  'world_ids',
  'execution_domain',
  'as_of',
  'partition',
  'decision_stale',
  'dataset_fingerprint',
  'meta',
  'sentinel',
  'commit_hash',
  'dag',
  'code',
  'schemas',
]);

function readSubmission(
  value: unknown,
  bounds: Limits,
  problems: ProblemList,
  acceptedDag: (document: unknown) => AcceptedDag | undefined,
): Submission | undefined {
  if (!isPlainObject(value)) {
    const message = `a submission is an object, not ${excerpt(value)}`;
    problems.add(
      'E_SCHEMA_INVALID',
      '',
      message,
      'give {"strategy_id": …, "world_id": …, "dag": {"nodes": [ … ]}}',
    );
    return undefined;
  }
  refuseUnknownMembers(value, submissionMembers, '', problems);
  checkSchemaVersion(value.schema_version, '', problems);
  const fields = new DocumentFields(value, '', problems);
  const strategyId = readStrategyId(fields, bounds);
  const worldId = readWorldId(fields, bounds);
  const context = readContext(fields, worldId, bounds);
  const version = readVersion(fields, bounds);
  const commitHash = fields.text('commit_hash', bounds.fieldCharsMax);
  fields.text('dataset_fingerprint', bounds.fieldCharsMax);
  const document = fields.raw('dag');
  const accepted = acceptedDag(document);
  const dag = accepted?.dag ?? readDag(document, '/dag', bounds, problems);
  if (strategyId === undefined || context === undefined || dag === undefined) return undefined;
  const content = { strategyId, version, context, dagDigest: accepted?.dagDigest ?? hashDag(dag) };
  const artifacts = readArtifacts(fields, dag.nodes, bounds, problems);
  return { submissionId: hashSubmission(content), ...content, dag, artifacts, commitHash };
}

/** The document that `parseSubmission` reads as the same submission. */
export function submissionDocument(submission: Submission): { readonly [key: string]: Json } {
  const { worldId, domain, asOf, partition, downgradeReason } = submission.context;
  return {
    strategy_id: submission.strategyId,
    world_id: worldId,
    // Without a decision there is no domain: naming backtest would count as one.
    ...(downgradeReason === 'decision_unavailable' ? {} : { execution_domain: domain }),
    ...(downgradeReason === 'stale_decision' ? { decision_stale: true } : {}),
    as_of: asOf,
    partition,
    meta: { version: submission.version },
    commit_hash: submission.commitHash,
    dag: dagDocument(submission.dag),
    ...artifactsDocument(submission.artifacts),
  };
}

function readStrategyId(fields: DocumentFields, bounds: Limits): StrategyId | undefined {
  const before = fields.problems.count;
  const text = fields.text('strategy_id', bounds.strategyIdCharsMax);
  if (isStrategyId(text)) return text;
  if (fields.problems.count === before) {
    const message = text === '' ? 'strategy_id is missing' : `strategy_id is ${excerpt(text)}`;
    const hint = 'use a-z, 0-9, ".", "_" and "-", beginning with a letter or digit';
    fields.problems.add('E_SCHEMA_INVALID', fields.path('strategy_id'), message, hint);
  }
  return undefined;
}

function readWorldId(fields: DocumentFields, bounds: Limits): WorldId | undefined {
  const before = fields.problems.count;
  const world = fields.text('world_id', bounds.worldIdCharsMax);
  const listed = readWorldIds(fields);
  if (fields.problems.count > before) return undefined;
  if (world === '' && listed === undefined) {
    fields.problems.add(
      'E_WORLD_IDS_REQUIRED',
      '/world_id',
      'the submission names no world',
      'give world_id',
    );
    return undefined;
  }
  if (world !== '' && listed !== undefined && listed !== world) {
    const message = `world_id is ${excerpt(world)} and world_ids names ${excerpt(listed)}`;
    fields.problems.add('E_SCHEMA_INVALID', '/world_ids', message, 'give world_id only');
    return undefined;
  }
  return checkedWorldId(
    world === '' ? listed : world,
    world === '' ? '/world_ids/0' : '/world_id',
    fields.problems,
  );
}

/** The one entry of `world_ids`; undefined when there is none or the list is not usable. */
function readWorldIds(fields: DocumentFields): unknown {
  const raw = fields.raw('world_ids');
  if (raw === undefined) return undefined;
  if (!Array.isArray(raw)) {
    fields.problems.add(
      'E_SCHEMA_INVALID',
      '/world_ids',
      `world_ids is ${excerpt(raw)}`,
      'give one world as world_id',
    );
    return undefined;
  }
  const distinct = new Set<unknown>(raw);
  if (distinct.size > 1) {
    const message = `world_ids names ${distinct.size} worlds`;
    fields.problems.add(
      'E_SCHEMA_INVALID',
      '/world_ids',
      message,
      'submit once per world, each with its world_id',
    );
    return undefined;
  }
  return raw[0];
}

function checkedWorldId(world: unknown, path: string, problems: ProblemList): WorldId | undefined {
  if (typeof world === 'string' && isWorldId(world)) return world;
  const hint = 'use letters, digits, ".", "_" and "-", beginning with a letter or digit';
  problems.add('E_SCHEMA_INVALID', path, `${excerpt(world)} is not a world id`, hint);
  return undefined;
}

function readContext(
  fields: DocumentFields,
  worldId: WorldId | undefined,
  bounds: Limits,
): ExecutionContext | undefined {
  const decision = {
    domain: fields.text('execution_domain', bounds.fieldCharsMax),
    asOf: fields.text('as_of', bounds.asOfCharsMax),
    partition: fields.text('partition', bounds.fieldCharsMax),
    stale: readStale(fields),
  };
  return worldId === undefined ? undefined : resolveContext({ worldId, ...decision });
}

function readStale(fields: DocumentFields): boolean {
  const raw = fields.raw('decision_stale') ?? false;
  if (typeof raw === 'boolean') return raw;
  const message = `decision_stale is ${excerpt(raw)}`;
  fields.problems.add('E_SCHEMA_INVALID', fields.path('decision_stale'), message, 'give true or false');
  return false;
}

function readVersion(fields: DocumentFields, bounds: Limits): string {
  const meta = readPart(fields, 'meta');
  const sentinel = readPart(fields, 'sentinel');
  return resolveVersion({
    sentinelVersion: sentinel?.text('version', bounds.versionCharsMax),
    metaVersion: meta?.text('version', bounds.versionCharsMax),
    metaStrategyVersion: meta?.text('strategy_version', bounds.versionCharsMax),
  });
}

function readPart(fields: DocumentFields, key: string): DocumentFields | undefined {
  const raw = fields.raw(key);
  if (raw === undefined) return undefined;
  if (isPlainObject(raw)) return new DocumentFields(raw, fields.path(key), fields.problems);
  fields.problems.add(
    'E_SCHEMA_INVALID',
    fields.path(key),
    `${key} is ${excerpt(raw)}`,
    `give ${key} as an object`,
  );
  return undefined;
}
