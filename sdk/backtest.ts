/** `qmtl/backtest`: runs a compiled strategy over the history of its sources, in event time. */
export { type BacktestOptions, type BacktestProgress, runBacktest } from './runner/backtest.js';
export { type Performance, performanceOf, type TimeSeries } from './runner/performance.js';
export type { NodeReport, RunReport } from './runner/run-report.js';
