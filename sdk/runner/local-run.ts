import type { NodeId, TopicName } from '../../domain/base/ids.js';
import { type NamespacePolicy, resolveNamespace } from '../../domain/context/namespace.js';
import { topicsOf as topicsIn } from '../../domain/submissions/queue-map.js';
import { planRegistration } from '../../domain/submissions/registration.js';
import type { Submission } from '../../domain/submissions/submission.js';
import type { CheckedStrategy } from '../compile/compile-strategy.js';
import { type RunControls, runBars } from './run-bars.js';
import { eventTimes, loadSources } from './run-inputs.js';
import type { RunNode } from './run-node.js';
import { planRun } from './run-plan.js';
import { type RunReport, runReport } from './run-report.js';
import { planStreams } from './run-streams.js';

/** The result of a run in this process: its report, and every node with its outputs. */
export interface LocalRun {
  readonly report: RunReport;
  readonly nodes: readonly RunNode[];
}

/**
 * Runs a strategy over the history of its sources, as `runBacktest` does, but without topics: nothing is reused and
 * nothing is written. A tag query matches nothing, because there are no other streams.
 *
 * `submission`: of that strategy. `policy` only decides the names of the topics in the report.
 */
export async function runLocally(
  strategy: CheckedStrategy,
  submission: Submission,
  policy: NamespacePolicy,
  controls: RunControls,
): Promise<LocalRun> {
  const topics = topicsOf(submission, policy);
  const nodes = planRun(
    planStreams(strategy, topics, new Map()),
    submission.context,
    strategy.outputs.position,
  );
  const whenStopped = 'its results are not kept';
  await loadSources(nodes, { signal: controls.signal, whenStopped });
  const times = eventTimes(nodes);
  await runBars(nodes, times, { commit: undefined, whenStopped }, controls);
  return { report: runReport(strategy, nodes, times.length, new Map()), nodes };
}

/** The topics that a submission to an empty graph would get. */
function topicsOf(submission: Submission, policy: NamespacePolicy): ReadonlyMap<NodeId, TopicName> {
  const known = { nodes: new Map(), queues: new Map() };
  const plan = planRegistration(
    submission,
    resolveNamespace(submission.context, policy),
    known,
    () => undefined,
  );
  return topicsIn(plan.kind === 'plan' ? plan.queueMap : []);
}
