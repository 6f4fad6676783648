import type { CompiledStrategy } from '../../sdk/compile/strategy.js';
import { drawdowns } from '../../sdk/runner/performance.js';
import type { RunReport } from '../../sdk/runner/run-report.js';
import { type DrawnNode, dagDrawing } from './dag-drawing.js';
import { escapeHtml, htmlPage, htmlTable } from './html-page.js';
import { lineChart } from './line-chart.js';

/** The header of the table of figures. */
export const figureHead = [
  'strategy',
  'bars',
  'trades',
  'CAGR',
  'max drawdown',
  'Sharpe',
  'volatility',
] as const;

export function figureRow(label: string, { performance }: RunReport): readonly string[] {
  if (performance === undefined) return [label, '', '', '', '', '', ''];
  const { bars, trades, cagr, maxDrawdown, sharpe, volatility } = performance;
  return [
    label,
    String(bars),
    String(trades),
    percent(cagr),
    percent(maxDrawdown),
    sharpe.toFixed(2),
    percent(volatility),
  ];
}

/** Report of one run: figures, equity, drawdown, DAG. */
export function strategyReport(compiled: CompiledStrategy, run: RunReport): string {
  const { id } = compiled.strategy;
  const drawn = compiled.dag.nodes.map(
    (node): DrawnNode => ({
      id: node.nodeId,
      label: node.name ?? node.nodeType,
      detail: node.nodeType,
      diff: 'new',
      dependencies: node.dependencies,
    }),
  );
  const body = [
    htmlTable(figureHead, [figureRow(id, run)]),
    performanceCharts(run),
    `<h2>DAG</h2><section>${dagDrawing(drawn)}</section>`,
    `<p>Outputs digest <code>${escapeHtml(run.digest)}</code></p>`,
  ];
  return htmlPage(`Backtest of ${id}`, body.join('\n'));
}

/** Equity next to buy and hold, with the drawdown below. */
export function performanceCharts({ performance, strategyId }: RunReport): string {
  if (performance === undefined)
    return '<p>The strategy has no output <code>position</code> with a traded source, so there is nothing to value.</p>';
  const { equity, benchmark } = performance;
  const fall = { times: equity.times, values: drawdowns(equity.values).map((value) => -value) };
  const growth = lineChart(
    [
      { label: 'buy and hold', color: 'var(--c)', series: benchmark },
      { label: strategyId, color: 'var(--a)', series: equity },
    ],
    { height: 300, format: (value) => `${value.toFixed(1)}×` },
  );
  const drawdown = lineChart([{ label: 'drawdown', color: 'var(--fall)', series: fall, filled: true }], {
    height: 160,
    format: (value) => `${Math.round(value * 100)} %`,
  });
  return `<section><h3>Growth of one unit of capital, before costs</h3>${growth}</section>
<section><h3>Fall from the highest value so far</h3>${drawdown}</section>`;
}

/** `0.1` as `10.00 %`. */
export function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(2)} %`;
}
