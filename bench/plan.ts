import { branded, isTopicName, type NodeId } from '../domain/base/ids.js';
import { type Limits, limits } from '../domain/base/limits.js';
import type { Dag } from '../domain/dag/dag.js';
import { parseDag } from '../domain/dag/dag-document.js';
import { diffDag, type KnownGraph, type KnownNode, type KnownQueue } from '../domain/dag/diff.js';
import { makeDagDocument } from './dag-samples.js';
import { type Benchmark, type Figure, timed } from './report.js';

const sizes = [
  { nodes: 1_000, warmUps: 20, runs: 40, aimMs: 10 },
  { nodes: 10_000, warmUps: 5, runs: 20, aimMs: 100 },
  { nodes: 100_000, warmUps: 2, runs: 10, aimMs: 1_000 },
];

/** A plan: from parsed JSON to a diff; half of the nodes exist. Hashing every node is part of it. */
export const planBenchmark: Benchmark = { name: 'plan', measure };

async function measure(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const { nodes, warmUps, runs, aimMs } of sizes) {
    // As received: equal strings are different objects in memory.
    const document: unknown = JSON.parse(JSON.stringify(makeDagDocument({ nodes })));
    const known = halfOf(document);
    const milliseconds = await timed({ warmUps, runs }, () => plan(document, known));
    const perNode = milliseconds.map((ms) => (ms * 1e6) / nodes);
    const what = `plan of ${nodes.toLocaleString('en-US')} nodes`;
    figures.push({ what, unit: 'ms', values: milliseconds, aim: `median ≤ ${aimMs}` });
    figures.push({ what, unit: 'ns/node', values: perNode });
  }
  return figures;
}

/** The limits of the product, except for those that refuse a DAG of 100,000 nodes. */
const wide: Limits = {
  ...limits,
  dagNodesMax: 100_000,
  dagBytesMax: 5 * limits.dagBytesMax,
  dagDepthMax: 5 * limits.dagDepthMax,
};

function plan(document: unknown, known: KnownGraph): void {
  const { entries } = diffDag(parsed(document), known);
  const reused = entries.filter((entry) => entry.class === 'reuse').length;
  if (reused !== known.nodes.size) throw new TypeError(`${reused} nodes reused, not ${known.nodes.size}`);
}

function parsed(document: unknown): Dag {
  const answer = parseDag(document, wide);
  if (answer.ok) return answer.dag;
  throw new TypeError(`the sample is not valid: ${JSON.stringify(answer.problems[0])}`);
}

function halfOf(document: unknown): KnownGraph {
  const nodes = new Map<NodeId, KnownNode>();
  const queues = new Map<NodeId, KnownQueue>();
  for (const node of parsed(document).nodes.filter((_, index) => index % 2 === 0)) {
    const topic = branded(`t_${node.nodeId.slice(-16)}`, isTopicName);
    nodes.set(node.nodeId, node);
    queues.set(node.nodeId, { nodeId: node.nodeId, topic, state: 'active', generation: 1 });
  }
  return { nodes, queues };
}
