import { limits } from '../../domain/base/limits.js';
import { resolveNamespace } from '../../domain/context/namespace.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { parseSubmission } from '../../domain/submissions/submission-document.js';
import { makeDagDocument } from '../dag-samples.js';

/** A submission of sample nodes. */
export function benchDocument(strategyId: string, dag: ReturnType<typeof makeDagDocument>) {
  return {
    strategy_id: strategyId,
    world_id: 'bench',
    execution_domain: 'backtest',
    as_of: '2020-01-01',
    dag,
  };
}

export function parsed(document: unknown): Submission {
  const answer = parseSubmission(document);
  if (answer.ok) return answer.submission;
  throw new TypeError(`the sample is not valid: ${JSON.stringify(answer.problems[0])}`);
}

/** Takes a submission through the graph as a worker does, without the broker. */
export async function commitInGraph(graph: GraphStore, submission: Submission): Promise<void> {
  const at = Date.now();
  const namespace = resolveNamespace(submission.context, 'world-domain');
  await graph.register({ submission, namespace, workflowId: 'bench', traceparent: '', at });
  for (;;) {
    const specs = await graph.unverifiedTopics(submission.submissionId, limits.topicsPerRequestMax);
    if (specs.length === 0) break;
    await graph.markVerified(
      specs.map(({ topic }) => ({ topic, mismatches: [] })),
      at,
    );
  }
  const outcome = await graph.commit(submission.submissionId, at);
  if (outcome.kind !== 'committed') throw new TypeError(`not committed: ${outcome.kind}`);
}

/** Fills a graph with `nodes` committed nodes, a thousand per submission. */
export async function fillGraph(graph: GraphStore, nodes: number): Promise<void> {
  for (let seed = 1; seed * 1_000 <= nodes; seed += 1) {
    const dag = makeDagDocument({ nodes: 1_000, seed });
    await commitInGraph(graph, parsed(benchDocument(`fill-${seed}`, dag)));
  }
}
