import type { Performance } from '../../sdk/runner/performance.js';

/** Figures for machines: field names as on the wire, percentages as fractions. */
export function performanceResult({
  bars,
  trades,
  turnover,
  cagr,
  maxDrawdown,
  sharpe,
  volatility,
}: Performance) {
  return { bars, trades, turnover, cagr, max_drawdown: maxDrawdown, sharpe, volatility };
}
