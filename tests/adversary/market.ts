import type { OutputSchema, Params } from '../../sdk/index.js';

/** One bar: its start, then a value for each field. */
export interface MarketBar {
  readonly time: number;
  readonly values: Float64Array;
}

/** The inputs of every function under test: two instruments, and params. */
export interface Market {
  readonly price: readonly MarketBar[];
  readonly other: readonly MarketBar[];
}

export const marketOutput = {
  open: 'float64',
  high: 'float64',
  low: 'float64',
  close: 'float64',
  volume: 'float64',
} as const satisfies OutputSchema;

export const marketParams = {
  factor: 2,
  window: 3,
  limits: [0.5, 1.5],
  mode: 'fast',
  nested: { depth: 4, on: true },
} as const satisfies Params;

export const secondsPerBar = 86_400;
/** 2020-02-20: leap day, the start of summer time in New York and the end of a quarter are within 60 bars. */
const start = 18_312 * secondsPerBar;

/**
 * Whole closes at first, so that a difference of one is easy to see, then a walk. The generator is integer arithmetic:
 * the same on every release of Node.
 */
export function marketOf(bars: number): Market {
  return { price: barsOf(bars, 7), other: barsOf(bars, 11) };
}

function barsOf(count: number, seed: number): readonly MarketBar[] {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  let last = 0;
  return Array.from({ length: count }, (_, bar) => {
    const close = bar < 10 ? bar + 1 : Math.max(1, last + (next() - 0.45) * 4);
    const open = bar === 0 ? 1 : last;
    const high = Math.max(open, close) + next();
    const low = Math.min(open, close) - next() / 2;
    last = close;
    const volume = Math.floor(next() * 10_000) + 1;
    return { time: start + bar * secondsPerBar, values: Float64Array.of(open, high, low, close, volume) };
  });
}
