import type { Artifacts } from '../../domain/artifacts/artifacts.js';
import { type Problem, sortProblems } from '../../domain/base/errors.js';
import type { DagDigest, NodeId } from '../../domain/base/ids.js';
import type { Dag, NodeSpec } from '../../domain/dag/dag.js';
import { parseSubmission } from '../../domain/submissions/submission-document.js';
import { deepFreeze } from '../../std/deep-freeze.js';
import { type Json, pointerSegment } from '../../std/json.js';
import type { ComputeCode, LoadedProject } from '../code/code-analysis.js';
import { computeCodes } from '../code/compute-code.js';
import { toProblem } from '../code/finding.js';
import { keepingScripts } from '../code/function-location.js';
import { isNode, type StreamNode } from '../nodes/node.js';
import { hashSchema } from '../nodes/schema-id.js';
import { authorProblem } from './author-problem.js';
import { withComparedConstants } from './constant-comparison.js';
import { fieldConflicts, type IdentifiedNode, identifyNodes } from './identify-nodes.js';
import { refuseWithoutInspector } from './needed-inspector.js';
import type { CompiledNode, CompiledStrategy, Strategy } from './strategy.js';

/** A compiled strategy with checked ids, compiled by this copy of the library; the input of a runner. */
export interface CheckedStrategy extends CompiledStrategy {
  readonly nodes: readonly CheckedNode[];
  readonly dag: Dag;
  readonly dagDigest: DagDigest;
  readonly artifacts: Artifacts;
  readonly outputs: Readonly<Record<string, NodeId>>;
  readonly traded: NodeId | undefined;
}

export interface CheckedNode extends CompiledNode {
  readonly nodeId: NodeId;
  readonly spec: NodeSpec;
  /** Undefined for nodes that compute nothing. */
  readonly code: ComputeCode | undefined;
  readonly inputs: Readonly<Record<string, NodeId>>;
}

/** The result of compiling a strategy: its ids, or all its problems. */
export interface StrategyCompilation {
  /** In catalogue order. */
  readonly problems: readonly Problem[];
  /** Undefined when there are problems. */
  readonly compiled: CheckedStrategy | undefined;
}

/** `loaded`: what was loaded with the strategy; undefined when the author's process loaded it by itself. */
export function compileStrategy(strategy: Strategy, loaded: LoadedProject | undefined): StrategyCompilation {
  const nodes = nodesOf(strategy);
  const own = [...strategy.faults, ...nodes.flatMap(nodeFaults)];
  if (nodes.length === 0) return refused(own);
  const codes = codesOf(nodes, loaded);
  const identified = identifyNodes(nodes, codes);
  const byId = firstById(identified);
  const artifacts = artifactsOf([...byId.values()], codes);
  const idOf = new Map(identified.map(({ node, nodeId }) => [node, nodeId]));
  const checked = parseSubmission({
    strategy_id: strategy.id,
    world_id: 'check',
    meta: { version: strategy.version },
    dag: {
      nodes: [...byId.values()].map(({ document }) => document),
      outputs: idsOf(strategy.outputs, idOf),
    },
    code: [...artifacts.code.values()].map(({ document }) => document),
    schemas: [...artifacts.schemas.values()].map(({ document }) => document),
  });
  const problems = [
    ...own,
    ...codeProblems(codes),
    ...fieldConflicts(identified),
    ...(checked.ok ? [] : inAuthorsTerms(checked.problems, byId, artifacts)),
  ];
  if (!checked.ok || problems.length > 0) return refused(problems);
  const { dag, dagDigest } = checked.submission;
  // Frozen: what was checked here is not checked again on its way to the control plane.
  const compiled = Object.freeze({
    strategy,
    dag: deepFreeze(dag),
    dagDigest,
    artifacts: deepFreeze(checked.submission.artifacts),
    nodes: Object.freeze(dag.nodes.flatMap((spec) => compiledNode(byId.get(spec.nodeId), spec, codes))),
    outputs: Object.freeze(idsOf(strategy.outputs, idOf)),
    traded: strategy.traded === undefined ? undefined : idOf.get(strategy.traded),
  });
  return { problems: [], compiled };
}

/** An entry of `code` or `schemas` in the document, and the first of the nodes that it comes from. */
interface Artifact {
  readonly document: Json;
  readonly node: StreamNode;
}

interface StrategyArtifacts {
  readonly code: ReadonlyMap<string, Artifact>;
  readonly schemas: ReadonlyMap<string, Artifact>;
}

/** The code and the schemas of the nodes, each once. Code with findings has no text, and is left out. */
function artifactsOf(
  nodes: readonly IdentifiedNode[],
  codes: ReadonlyMap<StreamNode, ComputeCode>,
): StrategyArtifacts {
  const code = new Map<string, Artifact>();
  const schemas = new Map<string, Artifact>();
  for (const { node, codeInputs: inputs } of nodes) {
    const { text = '', digest = '' } = codes.get(node) ?? {};
    const codeKey = `${digest} ${JSON.stringify(inputs)}`;
    if (inputs !== undefined && text !== '' && !code.has(codeKey))
      code.set(codeKey, { document: { module: text, inputs }, node });
    const schemaKey = hashSchema(node.output);
    if (!schemas.has(schemaKey)) schemas.set(schemaKey, { document: Object.entries(node.output), node });
  }
  return { code, schemas };
}

function inAuthorsTerms(
  problems: readonly Problem[],
  byId: ReadonlyMap<NodeId, IdentifiedNode>,
  artifacts: StrategyArtifacts,
): readonly Problem[] {
  const nodes = [...byId.values()].map(({ node }) => node);
  const owners = {
    code: [...artifacts.code.values()].map(({ node }) => node),
    schemas: [...artifacts.schemas.values()].map(({ node }) => node),
  };
  return problems.map((problem) => authorProblem(problem, nodes, owners));
}

/** Equal nodes, and nodes defined at the same place in the source, have the same problems, which are reported once. */
function refused(problems: readonly Problem[]): StrategyCompilation {
  const distinct = new Map(problems.map((problem) => [`${problem.path}\n${problem.message}`, problem]));
  return { problems: sortProblems([...distinct.values()]), compiled: undefined };
}

/** Nodes with equal ids are one node, described by the first. */
function firstById(identified: readonly IdentifiedNode[]): Map<NodeId, IdentifiedNode> {
  const byId = new Map<NodeId, IdentifiedNode>();
  for (const one of identified) if (!byId.has(one.nodeId)) byId.set(one.nodeId, one);
  return byId;
}

function compiledNode(
  identified: IdentifiedNode | undefined,
  spec: CheckedNode['spec'],
  codes: ReadonlyMap<StreamNode, ComputeCode>,
): CheckedNode[] {
  if (identified === undefined) return [];
  const { node, inputs } = identified;
  return [{ nodeId: spec.nodeId, spec, node, code: codes.get(node), inputs }];
}

function idsOf(
  nodes: Readonly<Record<string, StreamNode>>,
  idOf: ReadonlyMap<StreamNode, NodeId>,
): Record<string, NodeId> {
  return Object.fromEntries(
    Object.entries(nodes).flatMap(([name, node]) => {
      const nodeId = idOf.get(node);
      return nodeId === undefined ? [] : [[name, nodeId] as const];
    }),
  );
}

/** All nodes the strategy needs, each after its inputs. */
function nodesOf(strategy: Strategy): StreamNode[] {
  const ordered = new Set<StreamNode>();
  const roots: readonly unknown[] = [...Object.values(strategy.outputs), strategy.traded];
  const waiting = roots.filter(isNode).reverse();
  for (let node = waiting.at(-1); node !== undefined; node = waiting.at(-1)) {
    const missing = upstreamsOf(node).filter((upstream) => !ordered.has(upstream));
    if (missing.length > 0 && !ordered.has(node)) {
      waiting.push(...missing.reverse());
    } else {
      ordered.add(node);
      waiting.pop();
    }
  }
  return [...ordered];
}

function upstreamsOf(node: StreamNode): StreamNode[] {
  return node.kind === 'compute' ? Object.values(node.inputs).filter(isNode) : [];
}

function codesOf(
  nodes: readonly StreamNode[],
  loaded: LoadedProject | undefined,
): Map<StreamNode, ComputeCode> {
  const computing = nodes
    .filter((node) => node.kind === 'compute')
    .filter(({ faults }) => faults.every(({ path }) => path !== '/compute'));
  const functions = computing.map(({ compute }) => compute);
  if (functions.length > 0) refuseWithoutInspector();
  const codes = keepingScripts(() => withComparedConstants(functions, computeCodes(functions, loaded)));
  return new Map(
    computing.flatMap((node, index) => {
      const code = codes[index];
      return code === undefined ? [] : [[node, code] as const];
    }),
  );
}

/** A problem at one place is reported once, for the first node that reaches it. */
function codeProblems(codes: ReadonlyMap<StreamNode, ComputeCode>): Problem[] {
  const byMessage = new Map<string, Problem>();
  for (const [node, code] of codes) {
    for (const finding of code.findings) {
      const problem = toProblem(finding, `${nodePath(node)}/compute`);
      if (!byMessage.has(problem.message)) byMessage.set(problem.message, problem);
    }
  }
  return [...byMessage.values()];
}

function nodeFaults(node: StreamNode): Problem[] {
  return node.faults.map((one) => ({
    ...one,
    path: `${nodePath(node)}${one.path}`,
    message: `node ${node.name}: ${one.message}`,
  }));
}

function nodePath(node: StreamNode): string {
  return `/nodes/${pointerSegment(node.name)}`;
}
