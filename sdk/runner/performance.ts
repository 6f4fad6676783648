import { requireTimeSeries, type TimeSeries } from './time-series.js';

/**
 * The performance of a position, before costs and without interest on cash.
 * All ratios are fractions (0.1 = 10 %); NaN when there are too few bars or no variance.
 *
 * @example
 * ```ts
 * import type { Performance } from 'qmtl/backtest';
 *
 * const isCalm = ({ volatility, maxDrawdown }: Performance) => volatility < 0.2 && maxDrawdown < 0.1;
 * ```
 */
export interface Performance {
  readonly bars: number;
  /** How often the position was opened, or turned to the other side. */
  readonly trades: number;
  /** Sum of |change of weight|. */
  readonly turnover: number;
  /** Compound annual growth rate over calendar time. */
  readonly cagr: number;
  /** Largest fall of equity from its highest value so far, 0 … 1. */
  readonly maxDrawdown: number;
  /** Annualised mean divided by standard deviation of bar returns, without a risk-free rate. */
  readonly sharpe: number;
  /** Standard deviation of bar returns, annualised. */
  readonly volatility: number;
  /** Growth of one unit of capital. */
  readonly equity: TimeSeries;
  /** The same for holding the asset throughout. */
  readonly benchmark: TimeSeries;
}

const secondsPerYear = 365.25 * 24 * 3600;
/** Equal returns may differ by rounding, by about 1e-16 of their size; their Sharpe ratio would be meaningless. */
const noVariation = 1e-12;

/**
 * Marks positions to a price. A weight decided at the close of one bar is held over the next bar, so a decision never earns
 * the return it is based on. A bar of the price without a position is a bar in cash; a position at a time without a price is
 * never held. Lost capital stays lost: equity does not fall below 0.
 *
 * Throws `E_USAGE` when an argument is not a time series.
 *
 * @example
 * ```ts
 * import { computePerformance } from 'qmtl/backtest';
 *
 * const times = Float64Array.of(0, 86_400, 172_800);
 * const price = { times, values: Float64Array.of(100, 110, 99) };
 * const held = { times, values: Float64Array.of(1, 0, 0) };
 * console.log(computePerformance(price, held).equity.values.at(-1)); // 1.1
 * ```
 */
export function computePerformance(price: TimeSeries, position: TimeSeries): Performance {
  const { times, values: closes } = requireTimeSeries(price, 'the price of computePerformance()');
  const held = requireTimeSeries(position, 'the position of computePerformance()');
  const weights = weightsAt(times, held);
  const { equity, returns } = heldOver(closes, weights);
  const years = (at(times, times.length - 1) - at(times, 0)) / secondsPerYear;
  const barsPerYear = returns.length / years;
  const deviation = sampleDeviation(returns);
  const average = mean(returns);
  return {
    bars: times.length,
    ...activity(weights),
    cagr: at(equity, equity.length - 1) ** (1 / years) - 1,
    maxDrawdown: maxDrawdown(equity),
    sharpe:
      deviation > noVariation * Math.abs(average)
        ? (average / deviation) * Math.sqrt(barsPerYear)
        : Number.NaN,
    volatility: deviation * Math.sqrt(barsPerYear),
    equity: { times, values: equity },
    benchmark: { times, values: closes.map((close) => close / at(closes, 0)) },
  };
}

/** The weight decided at each time. */
function weightsAt(times: Float64Array, position: TimeSeries): Float64Array {
  const decided = new Map<number, number>();
  for (const [index, time] of position.times.entries()) decided.set(time, at(position.values, index));
  return times.map((time) => decided.get(time) ?? 0);
}

/** The equity at each close, and the return of each bar after the first. */
function heldOver(
  closes: Float64Array,
  weights: Float64Array,
): { readonly equity: Float64Array; readonly returns: Float64Array } {
  const equity = new Float64Array(closes.length);
  const returns = new Float64Array(Math.max(closes.length - 1, 0));
  if (closes.length > 0) equity[0] = 1;
  for (let bar = 1; bar < closes.length; bar += 1) {
    const before = at(equity, bar - 1);
    const earned = at(weights, bar - 1) * (at(closes, bar) / at(closes, bar - 1) - 1);
    returns[bar - 1] = before === 0 ? 0 : Math.max(earned, -1);
    equity[bar] = before * (1 + at(returns, bar - 1));
  }
  return { equity, returns };
}

/** The fall of each value from the highest value so far, 0 … 1. */
export function drawdowns(equity: Float64Array): Float64Array {
  let peak = Number.NEGATIVE_INFINITY;
  return equity.map((value) => {
    peak = Math.max(peak, value);
    return 1 - value / peak;
  });
}

function maxDrawdown(equity: Float64Array): number {
  let deepest = equity.length === 0 ? Number.NaN : 0;
  for (const fall of drawdowns(equity)) deepest = Math.max(deepest, fall);
  return deepest;
}

function activity(weights: Float64Array): { readonly trades: number; readonly turnover: number } {
  let trades = 0;
  let turnover = 0;
  let held = 0;
  for (const weight of weights) {
    turnover += Math.abs(weight - held);
    if (weight !== 0 && Math.sign(weight) !== Math.sign(held)) trades += 1;
    held = weight;
  }
  return { trades, turnover };
}

function mean(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total / values.length;
}

function sampleDeviation(values: Float64Array): number {
  const center = mean(values);
  let squares = 0;
  for (const value of values) squares += (value - center) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? Number.NaN;
}
