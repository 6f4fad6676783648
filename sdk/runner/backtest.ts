import type { NodeId, TopicName } from '../../domain/base/ids.js';
import type { ExecutionContext } from '../../domain/context/execution-context.js';
import type { RecordLog } from '../../domain/ports/record-log.js';
import { checkedStrategy } from '../compile/define-strategy.js';
import type { CompiledStrategy } from '../compile/strategy.js';
import { makeTransactionalId, OutputTransactions } from './output-transactions.js';
import { type RunControls, runBars } from './run-bars.js';
import { eventTimes, loadMembers, loadRecorded, loadSources } from './run-inputs.js';
import type { RunNode } from './run-node.js';
import { planRun } from './run-plan.js';
import { type RunReport, runReport } from './run-report.js';
import { planStreams, type ResolvedTagQueries } from './run-streams.js';

/** A run over topics. */
export interface RunOptions extends RunControls {
  readonly strategy: CompiledStrategy;
  readonly context: ExecutionContext;
  /** Topic of every node, from the receipt of the submission. */
  readonly topics: ReadonlyMap<NodeId, TopicName>;
  readonly log: RecordLog;
  /** The matches of the strategy's tag queries, resolved before the run; a query without an entry matches nothing. */
  readonly tagQueries?: ResolvedTagQueries;
}

/**
 * Runs a strategy over the history of its sources, in event time and in a deterministic order: bar by bar, nodes in
 * topological order. A node computes a bucket when every input has that bucket and `period` bars up to it.
 *
 * Outputs are written to the nodes' topics in transactions of whole bars. Values that a topic already holds for the same
 * ComputeKey are reused instead of computed: shared nodes are computed once, and an interrupted run resumes where it
 * stopped. In safe mode nothing is reused.
 *
 * Only one run per strategy version and context writes at a time: a newer one makes the older fail with `E_PRODUCER_FENCED`.
 */
export async function runBacktest(options: RunOptions): Promise<RunReport> {
  const { context, log, topics, tagQueries = new Map() } = options;
  const strategy = checkedStrategy(options.strategy);
  const nodes = planRun(planStreams(strategy, topics, tagQueries), context, strategy.outputs.position);
  const whenStopped = 'run it again: the bars that were written are complete and are reused';
  await loadSources(nodes, { signal: options.signal, whenStopped });
  // Opened before topics are read: from then on an older run of the same strategy cannot write any more.
  const transactions = await OutputTransactions.open(log, makeTransactionalId(strategy.strategy, context));
  try {
    await loadTopics(nodes, options);
    const times = eventTimes(nodes);
    const commit = () => transactions.commit(nodes);
    await runBars(nodes, times, { commit, whenStopped }, options);
    return runReport(strategy, nodes, times.length, transactions.written);
  } finally {
    await transactions.close();
  }
}

/** In safe mode there is no snapshot, so recorded values may come from other data and are not reused. */
async function loadTopics(nodes: readonly RunNode[], { context, log }: RunOptions): Promise<void> {
  const isPinned = context.downgradeReason === undefined;
  await loadMembers(nodes, log, isPinned ? 'first' : 'last');
  if (isPinned) await loadRecorded(nodes, log);
}
