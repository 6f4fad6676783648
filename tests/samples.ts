import { toNodeCode } from '../domain/artifacts/node-code.js';
import { fieldsText, hashFields } from '../domain/artifacts/record-schema.js';
import { type BasisPoints, isBasisPoints } from '../domain/base/basis-points.js';
import type { MatchMode, NodeSpec } from '../domain/dag/dag.js';
import { hashDag } from '../domain/dag/dag-digest.js';
import { parseNodeDocument } from '../domain/dag/node-document.js';
import { hashNode } from '../domain/dag/node-id.js';
import type { Submission } from '../domain/submissions/submission.js';
import { parseSubmission } from '../domain/submissions/submission-document.js';
import { hashSubmission } from '../domain/submissions/submission-id.js';

export interface SampleOptions {
  readonly nodes: number;
  readonly strategy?: string;
  readonly world?: string;
  readonly version?: string;
  readonly schemaHash?: string;
  /** Tags of all nodes but the tag query. */
  readonly tags?: readonly string[];
  /** Number of the first node: samples with overlapping numbers share nodes. */
  readonly first?: number;
  /** The closed module of all nodes, which then have its hash. */
  readonly module?: string;
  /** The fields of all nodes, which then have their hash. */
  readonly fields?: readonly (readonly [name: string, type: string])[];
  /** Outputs by name: positions of nodes. */
  readonly outputs?: Readonly<Record<string, number>>;
  readonly tagQuery?: {
    readonly tags: readonly string[];
    readonly matchMode: MatchMode;
    readonly interval: number;
  };
}

/** A node document with the id of its content. */
export function sampleNode(
  fields: Readonly<Record<string, unknown>>,
): Record<string, unknown> & { node_id: string } {
  const document = {
    node_type: 'Indicator',
    interval: 60,
    period: 2,
    schema_compat_id: 'close',
    code_hash: 'code',
    tags: ['btc', 'indicator'],
    ...fields,
  };
  const parsed = parseNodeDocument(document, { dependencyIds: 'node-ids' });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { ...document, node_id: hashNode(parsed.node) };
}

/** A chain-like DAG: every node reads one before it. Equal numbers give equal nodes, whatever the strategy. */
export function sampleDocument(options: SampleOptions): Record<string, unknown> {
  const { nodes: count, first = 0, tagQuery } = options;
  const common = commonMembers(options);
  const nodes: { node_id: string }[] = [];
  for (let index = 0; index < count; index += 1) {
    const upstream = nodes[Math.floor((index - 1) / 2)];
    nodes.push(
      sampleNode({
        params: { number: first + index },
        dependencies: upstream === undefined ? [] : [upstream.node_id],
        name: `n${first + index}`,
        ...common,
      }),
    );
  }
  if (tagQuery !== undefined) {
    const { tags, matchMode, interval } = tagQuery;
    nodes.push(
      sampleNode({
        node_type: 'TagQueryNode',
        interval,
        params: { query_tags: tags, match_mode: matchMode, interval },
        tags: [],
        dependencies: [],
      }),
    );
  }
  return {
    strategy_id: options.strategy ?? 'sample',
    world_id: options.world ?? 'w1',
    execution_domain: 'backtest',
    as_of: '2020-01-01',
    meta: { version: options.version ?? 'v1' },
    dag: { nodes, ...(options.outputs === undefined ? {} : { outputs: outputIds(options.outputs, nodes) }) },
    ...(options.module === undefined ? {} : { code: [{ module: options.module, inputs: [] }] }),
    ...(options.fields === undefined ? {} : { schemas: [options.fields] }),
  };
}

function outputIds(
  outputs: Readonly<Record<string, number>>,
  nodes: readonly { readonly node_id: string }[],
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(outputs).map(([name, at]) => [name, nodes[at]?.node_id]));
}

/** Members that all nodes but the tag query have in common. */
function commonMembers({ schemaHash, module, fields, tags }: SampleOptions) {
  return {
    ...(tags === undefined ? {} : { tags }),
    ...(schemaHash === undefined ? {} : { schema_hash: schemaHash }),
    ...(module === undefined ? {} : { code_hash: toNodeCode(module, '[]').codeHash }),
    ...(fields === undefined ? {} : { schema_hash: hashFields(fieldsText(fields)) }),
  };
}

export function sampleSubmission(options: SampleOptions): Submission {
  return accepted(sampleDocument(options));
}

/** The same DAG with other tags: they are not part of a NodeID. */
export function withTags(submission: Submission, tags: readonly string[]): Submission {
  return withNodes(submission, (node) => ({ ...node, tags }));
}

/** The same nodes, described differently: another DAG, and so another submission. */
export function withNodes(submission: Submission, describe: (node: NodeSpec) => NodeSpec): Submission {
  const dag = { ...submission.dag, nodes: submission.dag.nodes.map(describe) };
  const changed = { ...submission, dag, dagDigest: hashDag(dag) };
  return { ...changed, submissionId: hashSubmission(changed) };
}

export function points(value: number): BasisPoints {
  if (!isBasisPoints(value)) throw new Error(`${value} basis points`);
  return value;
}

export function accepted(document: unknown): Submission {
  const parsed = parseSubmission(document);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 1));
  return parsed.submission;
}
