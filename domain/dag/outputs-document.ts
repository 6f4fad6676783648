import { isPlainObject } from '../../std/json.js';
import { isNodeId } from '../base/ids.js';
import { pointerToken, refuseUnknownMembers } from '../base/known-members.js';
import type { Limits } from '../base/limits.js';
import { excerpt, type ProblemList } from '../base/problem-list.js';
import { type DagOutput, isQuery, type NodeSpec } from './dag.js';
import type { OrderedNode } from './topological-order.js';

/** The nodes that an output may name, in the order of the document. */
export interface OutputCandidates {
  readonly nodes: readonly OrderedNode[];
  /** Those without a problem, at the same positions. */
  readonly accepted: readonly (NodeSpec | undefined)[];
  /** JSON Pointer of the outputs. */
  readonly at: string;
}

/** An output as it is given. `at`: JSON Pointer of its node; `nameAt` that of its name. */
interface GivenOutput {
  readonly name: unknown;
  readonly nodeId: unknown;
  readonly at: string;
  readonly nameAt: string;
}

const namePattern = /^[A-Za-z][A-Za-z0-9._-]*$/;

/**
 * The outputs of a DAG, sorted by name: an object of NodeIDs by name, or a list of `{name, node_id}`, which is how they travel and the only
 * form in which a name can be doubled. Adds a problem for each that is refused; none at all is allowed.
 */
export function readOutputs(
  value: unknown,
  candidates: OutputCandidates,
  bounds: Limits,
  problems: ProblemList,
): readonly DagOutput[] {
  const given = givenOutputs(value, candidates.at, problems);
  if (given.length > bounds.dagOutputsMax) {
    const message = `the DAG has ${given.length} outputs; at most ${bounds.dagOutputsMax} are allowed`;
    problems.add('E_LIMIT_EXCEEDED', candidates.at, message, 'name the nodes that others read or compare');
    return [];
  }
  const nodes = new Map(
    candidates.nodes.map(({ nodeId }, position) => [nodeId, candidates.accepted[position]]),
  );
  const names = new Set<string>();
  const outputs = given.flatMap((one) => {
    const name = readName(one, names, bounds, problems);
    const nodeId = readNodeId(one, nodes, problems);
    return name === undefined || nodeId === undefined ? [] : [{ name, nodeId }];
  });
  return outputs.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function givenOutputs(value: unknown, at: string, problems: ProblemList): readonly GivenOutput[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value))
    return value.flatMap((one, index) => listedOutput(one, `${at}/${index}`, problems));
  if (isPlainObject(value))
    return Object.entries(value).map(([name, nodeId]) => {
      const place = `${at}/${pointerToken(name)}`;
      return { name, nodeId, at: place, nameAt: place };
    });
  const hint = 'give {"name": "blake3:…"}, the NodeID of a node of the DAG for each name';
  problems.add('E_SCHEMA_INVALID', at, `outputs is ${excerpt(value)}`, hint);
  return [];
}

const listedMembers: ReadonlySet<string> = new Set(['name', 'node_id']);

function listedOutput(value: unknown, at: string, problems: ProblemList): readonly GivenOutput[] {
  if (isPlainObject(value)) {
    refuseUnknownMembers(value, listedMembers, at, problems);
    return [{ name: value.name, nodeId: value.node_id, at: `${at}/node_id`, nameAt: `${at}/name` }];
  }
  const hint = 'give {"name": …, "node_id": …}';
  problems.add('E_SCHEMA_INVALID', at, `an output is ${excerpt(value)}`, hint);
  return [];
}

/** Adds a problem for a name that is refused, or that an earlier output has. */
function readName(
  { name, nameAt }: GivenOutput,
  names: Set<string>,
  bounds: Limits,
  problems: ProblemList,
): string | undefined {
  if (typeof name === 'string' && name.length > bounds.outputNameCharsMax) {
    const message = `the name of an output has ${name.length} characters; at most ${bounds.outputNameCharsMax} are allowed`;
    problems.add('E_LIMIT_EXCEEDED', nameAt, message, 'shorten it');
    return undefined;
  }
  if (typeof name !== 'string' || !namePattern.test(name)) {
    const hint = 'use letters, digits, ".", "_" and "-", beginning with a letter';
    problems.add('E_SCHEMA_INVALID', nameAt, `the name of an output is ${excerpt(name)}`, hint);
    return undefined;
  }
  if (names.has(name)) {
    problems.add('E_DUPLICATE', nameAt, `two outputs have the name ${name}`, 'name each output once');
    return undefined;
  }
  names.add(name);
  return name;
}

function readNodeId(
  { name, nodeId, at }: GivenOutput,
  nodes: ReadonlyMap<string, NodeSpec | undefined>,
  problems: ProblemList,
): DagOutput['nodeId'] | undefined {
  const title = typeof name === 'string' ? `output ${excerpt(name)}` : 'an output';
  if (typeof nodeId !== 'string' || !isNodeId(nodeId)) {
    const hint = 'give the NodeID of a node of the DAG';
    problems.add('E_SCHEMA_INVALID', at, `${title} is ${excerpt(nodeId)}, which is not a NodeID`, hint);
    return undefined;
  }
  if (!nodes.has(nodeId)) {
    const hint = 'list every node that is an output, including those that exist already';
    problems.add('E_DANGLING_DEPENDENCY', at, `${title} is ${nodeId}, which is not in the DAG`, hint);
    return undefined;
  }
  const node = nodes.get(nodeId);
  if (node === undefined || !isQuery(node)) return nodeId;
  const message = `${title} is a query, which reads the streams of others and has none of its own`;
  problems.add('E_SCHEMA_INVALID', at, message, 'name a node that reads the query');
  return undefined;
}
