import { inputReadings, type NodeCode } from '../../domain/artifacts/node-code.js';
import { QmtlError } from '../../domain/base/errors.js';
import type { NodeId } from '../../domain/base/ids.js';
import { isQuery, type NodeSpec } from '../../domain/dag/dag.js';
import { parseTagQuery } from '../../domain/dag/tag-query.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { closedModuleFault } from '../code/closed-module.js';
import type { ComputeCode } from '../code/code-analysis.js';
import type { CheckedNode, CheckedStrategy } from '../compile/compile-strategy.js';
import { strategy } from '../compile/define-strategy.js';
import type { Params } from '../nodes/cache-view.js';
import { node } from '../nodes/compute-node.js';
import { bars, seconds } from '../nodes/duration.js';
import type { SourceData, StreamNode } from '../nodes/node.js';
import { type FieldType, isFieldType, type OutputSchema } from '../nodes/output-schema.js';
import { source } from '../nodes/source.js';
import { tagQuery } from '../nodes/tag-query.js';

/**
 * A strategy whose only output is one node of the graph, made of what the graph stores of the node and of everything it depends
 * on. Its code is that of the submission: the hashes of the nodes vouch for it.
 *
 * `dataOf`: the history of a source.
 *
 * Throws `E_CODE_REFUSED` when code or fields are not stored, or when this version cannot execute the code.
 */
export function storedStrategy(
  submission: Submission,
  output: NodeId,
  dataOf: (source: NodeSpec) => SourceData | undefined,
): CheckedStrategy {
  const { dag, dagDigest, artifacts } = submission;
  const codes = new Map(artifacts.code.map((one) => [one.codeHash, one]));
  const schemas = new Map(artifacts.schemas.map(({ schemaHash, fields }) => [schemaHash, fields]));
  const made = new Map<NodeId, CheckedNode>();
  for (const spec of dag.nodes) {
    const fields = outputOf(spec, schemas.get(spec.schemaHash ?? ''));
    made.set(spec.nodeId, storedNode(spec, fields, codes.get(spec.codeHash), made, dataOf));
  }
  const root = made.get(output);
  if (root === undefined) throw new QmtlError('E_INTERNAL', `${output} is not a node of its own DAG`);
  const outputNode = root.node;
  if (outputNode.kind === 'tag-query')
    throw new QmtlError('E_INTERNAL', `${output} is a query, which has no stream to compute`);
  return {
    strategy: strategy(submission.strategyId, {
      version: submission.version,
      outputs: { output: outputNode },
    }),
    nodes: [...made.values()],
    dag,
    dagDigest,
    artifacts,
    outputs: { output },
    traded: undefined,
  };
}

function storedNode(
  spec: NodeSpec,
  output: OutputSchema,
  code: NodeCode | undefined,
  earlier: ReadonlyMap<NodeId, CheckedNode>,
  dataOf: (source: NodeSpec) => SourceData | undefined,
): CheckedNode {
  const { nodeId, nodeType: type, name = nodeId } = spec;
  const described = { type, interval: seconds(spec.interval), output };
  const base = { nodeId, spec, inputs: {}, code: undefined };
  if (isQuery(spec)) {
    const { tags = [], matchMode = 'any' } = parseTagQuery(spec) ?? {};
    return { ...base, node: tagQuery(name, { ...described, queryTags: tags, matchMode }) };
  }
  const params = paramsOf(spec);
  if (spec.dependencies.length === 0) {
    const data = dataOf(spec);
    return { ...base, node: source(name, { ...described, params, ...(data === undefined ? {} : { data }) }) };
  }
  if (code === undefined) {
    throw refused(`the graph does not have the code of ${titleOf(spec)}`, 'submit a strategy with this node');
  }
  const inputs = inputsOf(spec, code, earlier);
  const streams: Record<string, StreamNode> = {};
  for (const [input, { node: stream }] of inputs) streams[input] = stream;
  const definition = {
    ...described,
    inputs: streams,
    params,
    period: bars(spec.period),
    compute: onlyStored,
  };
  const made = node(name, definition);
  const [fault] = made.faults;
  if (fault !== undefined || Object.keys(streams).length !== inputs.length) {
    const reason = fault?.message ?? 'two inputs have one name';
    throw refused(`${titleOf(spec)} cannot be executed: ${reason}`, 'look at who submitted it');
  }
  return {
    ...base,
    node: made,
    code: computeCode(spec, code),
    inputs: Object.fromEntries(inputs.map(([input, upstream]) => [input, upstream.nodeId])),
  };
}

/** Takes the place of the function that an author's program would hold. */
function onlyStored(): never {
  throw new QmtlError('E_INTERNAL', 'code of the graph is executed as a closed module only');
}

/** Each name under which the module reads an upstream. */
function inputsOf(
  spec: NodeSpec,
  code: NodeCode,
  made: ReadonlyMap<NodeId, CheckedNode>,
): (readonly [name: string, upstream: CheckedNode])[] {
  const groups = inputReadings(code.inputs).map(({ names }) => names);
  const inputs = spec.dependencies.flatMap((nodeId, index) => {
    const upstream = made.get(nodeId);
    return upstream === undefined ? [] : (groups[index] ?? []).map((name) => [name, upstream] as const);
  });
  if (groups.length === spec.dependencies.length && groups.every((names) => names.length > 0)) return inputs;
  throw refused(
    `the code of ${titleOf(spec)} reads other inputs than the node has`,
    'submit a strategy with this node',
  );
}

function computeCode(spec: NodeSpec, { moduleHash, text }: NodeCode): ComputeCode {
  const fault = closedModuleFault(text);
  if (fault !== undefined) {
    throw refused(
      `the code of ${titleOf(spec)} is not a closed module of this version: ${fault}`,
      'use the version that the node was submitted with, and look at who submitted it',
    );
  }
  const module = `module ${moduleHash}`;
  return {
    digest: moduleHash,
    text,
    findings: [],
    isStored: true,
    placeOf: (position) =>
      position === undefined ? module : `${module}:${position.line + 1}:${position.column + 1}`,
  };
}

function outputOf(spec: NodeSpec, fields: string | undefined): OutputSchema {
  const pairs: unknown = JSON.parse(fields ?? 'null');
  if (!Array.isArray(pairs) || pairs.length === 0 || !pairs.every(isField)) {
    throw refused(
      `the graph does not have the fields of ${titleOf(spec)}`,
      'submit a strategy with this node',
    );
  }
  const output: OutputSchema = Object.fromEntries(pairs);
  if (Object.keys(output).join() !== pairs.map(([name]) => name).join()) {
    throw refused(
      `the fields that the graph has of ${titleOf(spec)} cannot be those of records: ${fields}`,
      'look at who submitted it first: a node keeps its first schema',
    );
  }
  return output;
}

function isField(pair: unknown): pair is [name: string, type: FieldType] {
  return Array.isArray(pair) && typeof pair[0] === 'string' && isFieldType(pair[1]);
}

function paramsOf({ paramsCanon }: NodeSpec): Params {
  const params: unknown = JSON.parse(paramsCanon);
  return isParams(params) ? params : {};
}

function isParams(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function titleOf({ name, nodeId }: NodeSpec): string {
  return name === undefined ? `node ${nodeId}` : `node ${name} (${nodeId})`;
}

function refused(message: string, hint: string): QmtlError {
  return new QmtlError('E_CODE_REFUSED', message, { hint });
}
