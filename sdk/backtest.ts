/** `qmtl/backtest`: runs a strategy over the history of its sources, in this process and in event time. */
export {
  type BacktestOptions,
  type BacktestResult,
  backtest,
  type OutputColumns,
} from './runner/local-backtest.js';
export { computePerformance, type Performance } from './runner/performance.js';
export type { BacktestProgress } from './runner/run-bars.js';
export type { TimeSeries } from './runner/time-series.js';
