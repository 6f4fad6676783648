import { textTable } from '../io/io.js';
import { diffTable } from '../report/diff-table.js';
import { percent } from '../report/strategy-report.js';
import { countEvaluations, type DemoStep, hasReceiptOf } from './scenario.js';

/** One step as text: the submission, the diff, and its meaning. */
export function stepText(number: number, step: DemoStep, first: DemoStep | undefined): string {
  const { receipt, compiled } = step;
  const lines = [
    `${number}. ${step.title}: ${compiled.strategy.id} (${receipt.nodes.length} nodes)`,
    diffTable(step.lines),
    meaning(step, first),
  ];
  const { run } = step;
  if (run !== undefined) {
    const { computed, reused } = countEvaluations(run);
    lines.push(`Ran ${run.bars} bars: ${computed} outputs computed, ${reused} read from topics.`);
  }
  return `${lines.join('\n')}\n`;
}

export function meaning(step: DemoStep, first: DemoStep | undefined): string {
  const names = (diff: string) => step.lines.filter((line) => line.diff === diff).map((line) => line.name);
  if (step.joined) {
    return hasReceiptOf(step, first)
      ? 'Joined: the same receipt as the first time, nothing was created.'
      : 'Joined: nothing was created.';
  }
  const reused = names('reuse');
  const created = names('new');
  const shared =
    reused.length === 0 ? 'nothing to reuse yet' : `${reused.length} reused (${reused.join(', ')})`;
  return `${created.length} new (${created.join(', ')}); ${shared}.`;
}

/** One line per strategy that ran. */
export function summaryTable(steps: readonly DemoStep[]): string {
  const rows = steps.flatMap(({ compiled, run, title }) => {
    const performance = run?.performance;
    if (performance === undefined) return [];
    const { bars, trades, cagr, maxDrawdown, sharpe } = performance;
    return [
      [
        `${compiled.strategy.id}\n${title}`,
        bars,
        trades,
        percent(cagr),
        percent(maxDrawdown),
        sharpe.toFixed(2),
      ],
    ];
  });
  return textTable(['strategy', 'bars', 'trades', 'CAGR', 'max drawdown', 'Sharpe'], rows);
}
