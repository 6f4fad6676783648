import { resolveNamespace } from '../../domain/context/namespace.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import { planRegistration } from '../../domain/submissions/registration.js';
import { makeDagDocument } from '../dag-samples.js';
import { type Benchmark, type Figure, quantile, timed } from '../report.js';
import { withEngines } from './engines.js';
import { benchDocument, commitInGraph, fillGraph, parsed } from './fill-graph.js';
import { openLoop } from './open-loop.js';

const graphNodes = 50_000;
const runs = 3;
const load = { perSecond: 50, calls: 3_000 };
const coneNodes = 20;

/**
 * The diff of a document: reading, checks, NodeIDs, look-up in Neo4j, classes and planned topics; nothing is written. The DAG is
 * known except for a cone of twenty nodes, which differs in every document.
 */
export const stackDiffBenchmark: Benchmark = { name: 'stack-diff', measure: against(underLoad) };

/** The same with 10,000 nodes, one at a time. */
export const stackDiffLargeBenchmark: Benchmark = { name: 'stack-diff-large', measure: against(oneAtATime) };

type Say = (line: string) => void;
type Measure = (say: Say, graph: GraphStore) => Promise<readonly Figure[]>;

/** Measures against a graph that is filled first. */
function against(measure: Measure): Benchmark['measure'] {
  return (say) =>
    withEngines(say, async ({ stores: { graph } }) => {
      await fillGraph(graph, graphNodes);
      say(`the graph has ${(await graph.totals()).nodes} nodes`);
      return measure(say, graph);
    });
}

async function underLoad(say: Say, graph: GraphStore): Promise<readonly Figure[]> {
  const documents = variants(1_000, 1);
  for (let i = 0; i < 100; i += 1) await diff(graph, documents[i % documents.length], 1_000);
  const rounds: (readonly number[])[] = [];
  for (let run = 0; run < runs; run += 1) {
    const result = await openLoop(load, (index) => diff(graph, documents[index % documents.length], 1_000));
    if (result.failures.length > 0) throw result.failures[0];
    rounds.push(result.milliseconds);
    say(`  p95 ${Math.round(quantile(result.milliseconds, 0.95))} ms`);
  }
  const what = `diff of 1,000 nodes, graph of ${graphNodes.toLocaleString('en-US')}, 50 a second for 60 s`;
  return [0.5, 0.95, 0.99].map((fraction) => ({
    what: `${what}, p${fraction * 100}`,
    unit: 'ms',
    values: rounds.map((round) => quantile(round, fraction)),
    ...(fraction === 0.95 ? { aim: '< 80' } : {}),
  }));
}

async function oneAtATime(_say: Say, graph: GraphStore): Promise<readonly Figure[]> {
  const { nodes } = makeDagDocument({ nodes: 10_000, seed: 1_000 });
  // A thousand more each time: nodes follow their dependencies, so the first ones are a DAG themselves.
  for (let count = 1_000; count <= nodes.length; count += 1_000)
    await commitInGraph(graph, parsed(benchDocument(`large-${count}`, { nodes: nodes.slice(0, count) })));
  const documents = variants(10_000, 1_000);
  const values = await timed({ warmUps: 2, runs: 10 }, (run) =>
    diff(graph, documents[Math.abs(run) % documents.length], 10_000),
  );
  return [{ what: 'diff of 10,000 nodes, one at a time', unit: 'ms', values, aim: '< 1,000' }];
}

/** Documents as received, just parsed from JSON: equal strings are different objects in memory. */
function variants(nodes: number, seed: number): readonly unknown[] {
  return Array.from({ length: 10 }, (_, index): unknown => {
    const cone = { from: nodes - coneNodes, name: `-cone-${index}` };
    const document = benchDocument(`variant-${index}`, makeDagDocument({ nodes, seed, cone }));
    return JSON.parse(JSON.stringify(document));
  });
}

async function diff(graph: GraphStore, document: unknown, nodes: number): Promise<void> {
  const submission = parsed(document);
  const namespace = resolveNamespace(submission.context, 'world-domain');
  const ids = submission.dag.nodes.map((node) => node.nodeId);
  const known = await graph.known(ids, namespace.key);
  const plan = planRegistration(submission, namespace, known, () => undefined);
  // A tag query in the cone equals one outside of it, and so is known.
  if (plan.kind !== 'plan' || plan.counts.new === 0 || plan.counts.reuse < nodes - coneNodes) {
    throw new TypeError(
      `not what was expected: ${JSON.stringify(plan.kind === 'plan' ? plan.counts : plan)}`,
    );
  }
}
