import type { Client } from '@temporalio/client';
import { topicsOf } from '../../domain/submissions/queue-map.js';
import type { Receipt } from '../../domain/submissions/submission.js';
import { checkedStrategy } from '../../sdk/compile/define-strategy.js';
import { loadStrategy } from '../../sdk/compile/load-strategy.js';
import type { CompiledStrategy } from '../../sdk/compile/strategy.js';
import { runBacktest } from '../../sdk/runner/backtest.js';
import type { RunReport } from '../../sdk/runner/run-report.js';
import { submit } from '../../sdk/submission/submit.js';
import type { Stores } from '../../workers/stores/stores.js';
import type { CliIo } from '../io/io.js';
import { strategyDocument } from '../io/submission-file.js';
import { waitForReceipt } from '../io/wait-for-receipt.js';
import { type DiffLine, diffLines } from '../report/diff-table.js';
import { type DemoWorkspace, reformatted } from './workspace.js';

/** Placement of the demo. The data ends on this day, so it is the snapshot. */
const demoPlacement = { world: 'demo', domain: 'backtest', asOf: '2020-04-17' } as const;

/** One submission of the demo and, where it was run, its backtest. */
export interface DemoStep {
  readonly title: string;
  readonly compiled: CompiledStrategy;
  readonly workflowId: string;
  readonly receipt: Receipt;
  readonly joined: boolean;
  readonly lines: readonly DiffLine[];
  readonly run?: RunReport;
}

/** Whether two steps have the same receipt. */
export function hasReceiptOf(step: DemoStep, other: DemoStep | undefined): boolean {
  return other !== undefined && JSON.stringify(other.receipt) === JSON.stringify(step.receipt);
}

/** Numbers of outputs a run computed and of those it found in topics. */
export function countEvaluations({ nodes }: RunReport): {
  readonly computed: number;
  readonly reused: number;
} {
  return {
    computed: nodes.reduce((sum, node) => sum + node.computed, 0),
    reused: nodes.reduce((sum, node) => sum + node.reused, 0),
  };
}

export interface DemoDeps {
  readonly io: CliIo;
  readonly client: Client;
  readonly stores: Stores;
  readonly workspace: DemoWorkspace;
  /** Called after each step, to show it. */
  readonly onStep: (step: DemoStep) => void;
}

/** The steps of the demo: new nodes, shared nodes, a repetition, and a change. */
export async function playDemo(deps: DemoDeps): Promise<readonly DemoStep[]> {
  const { workspace } = deps;
  const crossover = workspace.example('ma-crossover');
  const retouched = await workspace.variant('ma-crossover', 'retouched', reformatted);
  const changed = await workspace.variant('ma-crossover', 'changed', (source) =>
    source.replace('sma(50)', 'sma(60)'),
  );
  const plan = [
    { title: 'Strategy A on an empty graph', file: crossover, run: true },
    { title: 'Strategy B shares nodes with A', file: workspace.example('momentum'), run: true },
    { title: 'Strategy A once more', file: crossover, run: false },
    { title: 'Strategy A with other comments and formatting', file: retouched, run: false },
    { title: 'Strategy A with a changed window', file: changed, run: true },
  ];
  const steps: DemoStep[] = [];
  for (const { title, file, run } of plan) {
    const step = await playStep(deps, title, file, run);
    deps.onStep(step);
    steps.push(step);
  }
  return steps;
}

async function playStep(deps: DemoDeps, title: string, file: string, run: boolean): Promise<DemoStep> {
  deps.io.interrupted.throwIfAborted();
  const compiled = (await loadStrategy(file)).compile();
  const handle = await submit(deps.client, strategyDocument(compiled, demoPlacement));
  const { receipt, joined } = await waitForReceipt(deps.io, handle);
  const step = {
    title,
    compiled,
    workflowId: handle.workflowId,
    receipt,
    joined,
    lines: linesOf(compiled, receipt, joined),
  };
  return run ? { ...step, run: await backtest(deps, compiled, receipt) } : step;
}

async function backtest(
  { io, stores }: DemoDeps,
  strategy: CompiledStrategy,
  receipt: Receipt,
): Promise<RunReport> {
  const report = await runBacktest({
    strategy,
    topics: topicsOf(receipt.nodes),
    context: receipt.context,
    log: stores.log,
    signal: io.interrupted,
    onProgress: ({ bars, barsTotal }) =>
      io.progress(`running ${strategy.strategy.id}: ${bars} of ${barsTotal} bars`),
  });
  io.progress('');
  return report;
}

/** What this submission changed. A joined one reuses everything; its receipt is that of the first submission. */
function linesOf(compiled: CompiledStrategy, receipt: Receipt, joined: boolean): readonly DiffLine[] {
  const lines = diffLines(checkedStrategy(compiled).dag.nodes, receipt.nodes);
  return joined ? lines.map((line) => ({ ...line, diff: 'reuse' })) : lines;
}
