import { setImmediate } from 'node:timers/promises';
import { QmtlError } from '../../domain/base/errors.js';
import type { NodeId, TopicName } from '../../domain/base/ids.js';
import type { ExecutionContext } from '../../domain/context/execution-context.js';
import type { RecordLog } from '../../domain/ports/record-log.js';
import type { CompiledStrategy } from '../compile/strategy.js';
import { evaluateBar } from './evaluate-bar.js';
import { OutputTransactions, transactionalIdOf } from './output-transactions.js';
import { eventTimes, loadMembers, loadRecorded, loadSources } from './run-inputs.js';
import type { RunNode } from './run-node.js';
import { planRun } from './run-plan.js';
import { type RunReport, runReport } from './run-report.js';
import { type ResolvedTagQueries, streamsOf } from './run-streams.js';

export interface BacktestOptions {
  readonly strategy: CompiledStrategy;
  readonly context: ExecutionContext;
  /** Topic of every node, from the receipt of the submission. */
  readonly topics: ReadonlyMap<NodeId, TopicName>;
  readonly log: RecordLog;
  /** What the strategy's tag queries stand for, resolved before the run; a query that is not named stands for nothing. */
  readonly tagQueries?: ResolvedTagQueries;
  readonly onProgress?: (progress: BacktestProgress) => void;
  /** Stops between two chunks of bars; what was committed stays and is reused by the next run. */
  readonly signal?: AbortSignal;
}

export interface BacktestProgress {
  readonly bars: number;
  readonly barsTotal: number;
}

/** Bars of one transaction, and between two looks at the event loop. */
const barsPerChunkMax = 256;
/** Keeps transactions of wide DAGs small, and the time until an interruption is noticed short. */
const recordsPerChunkMax = 50_000;

/**
 * Runs a strategy over the history of its sources, in event time and in one deterministic order: bar by bar, nodes in
 * topological order. A node computes a bucket when every input has that bucket and `period` bars up to it.
 *
 * Outputs go to the nodes' topics in transactions of whole bars. What a topic already holds for the same ComputeKey is
 * taken from there instead of computed: shared nodes are computed once, and an interrupted run goes on where it was.
 * In safe mode nothing is reused.
 *
 * One run of a strategy version and context writes at a time: a newer one makes the older fail with `E_PRODUCER_FENCED`.
 */
export async function runBacktest(options: BacktestOptions): Promise<RunReport> {
  const { strategy, context, log, topics, tagQueries = new Map() } = options;
  const nodes = planRun(streamsOf(strategy, topics, tagQueries), context);
  await loadSources(nodes);
  // Before topics are read: what an older run of the same strategy wrote is then all it will ever write.
  const transactions = await OutputTransactions.open(log, transactionalIdOf(strategy.strategy, context));
  try {
    await loadTopics(nodes, options);
    const times = eventTimes(nodes);
    await runBars(nodes, times, transactions, options);
    return runReport(strategy, nodes, times.length, transactions.written);
  } finally {
    await transactions.close();
  }
}

/** Without a snapshot, in safe mode, a recorded value says nothing about the data of this run. */
async function loadTopics(nodes: readonly RunNode[], { context, log }: BacktestOptions): Promise<void> {
  const isPinned = context.downgradeReason === undefined;
  await loadMembers(nodes, log, isPinned ? 'first' : 'last');
  if (isPinned) await loadRecorded(nodes, log);
}

async function runBars(
  nodes: readonly RunNode[],
  times: Float64Array,
  transactions: OutputTransactions,
  { onProgress, signal }: BacktestOptions,
): Promise<void> {
  const barsPerChunk = Math.min(barsPerChunkMax, Math.ceil(recordsPerChunkMax / nodes.length));
  for (let from = 0; from < times.length; from += barsPerChunk) {
    if (signal?.aborted === true) throw interrupted(from, times.length);
    const chunk = times.subarray(from, from + barsPerChunk);
    for (const time of chunk) evaluateBar(nodes, time);
    await transactions.commit(nodes);
    onProgress?.({ bars: from + chunk.length, barsTotal: times.length });
    await setImmediate();
  }
}

function interrupted(bars: number, barsTotal: number): QmtlError {
  return new QmtlError('E_INTERRUPTED', `the run was stopped after ${bars} of ${barsTotal} bars`, {
    hint: 'run it again: the bars that were written are whole',
  });
}
