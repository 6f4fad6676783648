import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { computePerformance, drawdowns, type Performance } from '../../../sdk/runner/performance.js';
import { daily, placeAndRun } from './backtest-fixture.js';
import { busyStrategy, sumStrategy } from './strategies.js';

/** A Julian year in seconds: with one bar per year, annualised figures equal plain ones. */
const year = 31_557_600;

const series = (values: readonly number[], step = year) => ({
  times: Float64Array.from(values, (_, index) => index * step),
  values: Float64Array.from(values),
});

const marked = (closes: readonly number[], weights: readonly number[], step = year): Performance =>
  computePerformance(series(closes, step), series(weights, step));

/** To ten digits: the tables below were computed by hand with fractions. */
const close = (value: number) => expect.closeTo(value, 10);

describe('figures computed by hand', () => {
  test.each([
    {
      name: 'long, flat, short, long over +10 %, −10 %, +10 %',
      closes: [100, 110, 99, 108.9],
      weights: [1, 0, -0.5, 1],
      // Bar returns 1/10, 0, −1/20: mean 1/60, variance 7/1200.
      equity: [1, 1.1, 1.1, 1.045],
      figures: {
        trades: 3,
        turnover: 1 + 1 + 0.5 + 1.5,
        cagr: 1.045 ** (1 / 3) - 1,
        maxDrawdown: 0.05,
        volatility: Math.sqrt(7 / 1200),
        sharpe: 1 / Math.sqrt(21),
      },
    },
    {
      name: 'always long: the asset itself',
      closes: [50, 100, 75],
      weights: [1, 1, 1],
      // Bar returns 1, −1/4: mean 3/8, variance 25/32.
      equity: [1, 2, 1.5],
      figures: {
        trades: 1,
        turnover: 1,
        cagr: Math.sqrt(1.5) - 1,
        maxDrawdown: 0.25,
        volatility: Math.sqrt(25 / 32),
        sharpe: 3 / 8 / Math.sqrt(25 / 32),
      },
    },
    {
      name: 'short and doubled, then turned in one step',
      closes: [100, 80, 100],
      weights: [-1, 2, 0],
      // Bar returns 1/5, 1/2: mean 7/20, variance 9/200.
      equity: [1, 1.2, 1.8],
      figures: {
        trades: 2,
        turnover: 1 + 3 + 2,
        cagr: Math.sqrt(1.8) - 1,
        maxDrawdown: 0,
        volatility: Math.sqrt(9 / 200),
        sharpe: 0.35 / Math.sqrt(9 / 200),
      },
    },
  ])('the figures equal those computed by hand: $name', ({ closes, weights, equity, figures }) => {
    const performance = marked(closes, weights);
    expect([...performance.equity.values]).toEqual(equity.map(close));
    expect(performance).toMatchObject(
      Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, close(value)])),
    );
    expect([...performance.benchmark.values]).toEqual(closes.map((price) => close(price / (closes[0] ?? 1))));
    expect(performance.bars).toBe(closes.length);
  });

  test('figures are annualised by calendar time: the same bars four times a year', () => {
    const [yearly, quarterly] = [year, year / 4].map((step) =>
      marked([100, 110, 99, 108.9], [1, 0, -0.5, 1], step),
    );
    expect(quarterly?.volatility).toBeCloseTo(2 * (yearly?.volatility ?? 0), 10);
    expect(quarterly?.sharpe).toBeCloseTo(2 * (yearly?.sharpe ?? 0), 10);
    expect(quarterly?.cagr).toBeCloseTo((1 + (yearly?.cagr ?? 0)) ** 4 - 1, 10);
    expect(quarterly?.maxDrawdown).toBe(yearly?.maxDrawdown);
  });
});

describe('no look-ahead', () => {
  test('a position decided at a close never earns the return it is based on', () => {
    // A strategy that knew the bar ahead would be long before every rise and out before every fall: +20 % each time.
    const closes = [100, 120, 100, 120, 100, 120];
    const knowing = closes.map((price, index) => (index > 0 && price > (closes[index - 1] ?? 0) ? 1 : 0));
    const { equity } = marked(closes, knowing);
    expect([...equity.values]).toEqual([1, 1, 1 / 1.2, 1 / 1.2, 1 / 1.44, 1 / 1.44].map(close));
  });

  test('equity up to a bar does not depend on positions from that bar on', () => {
    const bars = fc.array(
      fc.tuple(
        fc.double({ min: 1, max: 1_000, noNaN: true }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        fc.double({ min: -1, max: 1, noNaN: true }),
      ),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(bars, fc.nat(19), (rows, at) => {
        const closes = rows.map(([price]) => price);
        const weights = rows.map(([, weight]) => weight);
        const changed = rows.map(([, weight, other], index) => (index < at ? weight : other));
        const [first, second] = [marked(closes, weights), marked(closes, changed)];
        expect(second.equity.values.slice(0, at + 1)).toEqual(first.equity.values.slice(0, at + 1));
      }),
    );
  });

  test('a run earns the return of the bar after the decision', async () => {
    const closes = [10, 10, 10, 10, 10, 10, 10, 20, 40, 40];
    const { performance } = await placeAndRun(busyStrategy(daily(closes)));
    // The average is first exceeded at the close of 20; the doubling before it is missed, the one after it is not.
    expect([...(performance?.equity.values ?? [])]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 2, 2]);
    expect(performance?.trades).toBe(1);
  });
});

describe('undefined figures are NaN', () => {
  test.each([
    { name: 'no bars', closes: [], weights: [], known: { bars: 0, trades: 0, turnover: 0 } },
    {
      name: 'one bar',
      closes: [100],
      weights: [1],
      known: { bars: 1, trades: 1, turnover: 1, maxDrawdown: 0 },
    },
  ])('figures that are undefined are NaN with $name', ({ closes, weights, known }) => {
    const performance = marked(closes, weights);
    expect(performance).toMatchObject({
      cagr: Number.NaN,
      sharpe: Number.NaN,
      volatility: Number.NaN,
      ...known,
    });
  });

  test('two bars have a growth rate, but no variance', () => {
    expect(marked([100, 121], [1, 1])).toMatchObject({
      cagr: close(0.21),
      maxDrawdown: 0,
      sharpe: Number.NaN,
      volatility: Number.NaN,
    });
  });

  test.each([
    { name: 'never in the market', closes: [100, 120, 90, 130], weights: [0, 0, 0, 0] },
    { name: 'a constant price', closes: [100, 100, 100, 100], weights: [1, 1, 1, 1] },
    {
      name: 'equal returns but for rounding',
      closes: [1, 1.1, 1.21, 1.331, 1.4641],
      weights: [1, 1, 1, 1, 1],
    },
  ])('a Sharpe ratio without variance is NaN: $name', ({ closes, weights }) => {
    const { sharpe, volatility } = marked(closes, weights);
    expect(sharpe).toBeNaN();
    expect(volatility).toBeCloseTo(0, 12);
  });
});

describe('unusual positions', () => {
  test('a bar without a position is a bar in cash, also between two positions', () => {
    const price = series([100, 200, 400, 800]);
    const position = { times: Float64Array.of(0, 2 * year), values: Float64Array.of(1, 1) };
    const performance = computePerformance(price, position);
    expect([...performance.equity.values]).toEqual([1, 2, 2, 4]);
    expect(performance).toMatchObject({ trades: 2, turnover: 4 });
  });

  test('a position at a time without a price is never held', () => {
    const price = series([100, 200]);
    const position = { times: Float64Array.of(0, year / 2, year), values: Float64Array.of(1, -1, 1) };
    expect(computePerformance(price, position)).toMatchObject({ trades: 1, turnover: 1 });
  });

  test('lost capital stays lost', () => {
    const performance = marked([100, 250, 100, 50], [-1, 1, 1, 1]);
    expect([...performance.equity.values]).toEqual([1, 0, 0, 0]);
    expect(performance).toMatchObject({ cagr: -1, maxDrawdown: 1 });
  });

  test('a position that is NaN makes every later figure NaN', () => {
    const { equity, cagr, maxDrawdown } = marked([100, 110, 120], [1, Number.NaN, 1]);
    expect([...equity.values]).toEqual([1, close(1.1), Number.NaN]);
    expect([cagr, maxDrawdown]).toEqual([Number.NaN, Number.NaN]);
  });
});

test('a drawdown is the fall from the highest value so far', () => {
  expect([...drawdowns(Float64Array.of(1, 2, 1, 4, 3, 4))]).toEqual([0, 0, 0.5, 0, 0.25, 0]);
});

test('a strategy without a position has no performance', async () => {
  expect((await placeAndRun(sumStrategy(daily([1, 2, 3]), 2))).performance).toBeUndefined();
});

describe('time series that are refused', () => {
  const sound = series([1, 2]);
  const what = 'the price of computePerformance()';

  test.each([
    [undefined, `${what} is undefined, not a time series`],
    [{ times: [0], values: [1] }, `${what} is { times: [ 0 ], values: [ 1 ] }, not a time series`],
    [{ ...sound, values: Float64Array.of(1) }, `${what} has times and values of different length: 2 and 1`],
    [
      { ...sound, times: Float64Array.of(60, 60) },
      `${what} has 60 as time 1, not a whole number of seconds after the time before it`,
    ],
    [
      { ...sound, times: Float64Array.of(0.5, 1) },
      `${what} has 0.5 as time 0, not a whole number of seconds after the time before it`,
    ],
  ])('the time series %j is refused', (given, message) => {
    const compute = () => Reflect.apply(computePerformance, undefined, [given, sound]);
    expect(compute).toThrow(expect.objectContaining({ code: 'E_USAGE', message, hint: expect.any(String) }));
  });
});
