import { describe, expect, test } from 'vitest';
import { type BacktestProgress, backtest } from '../../sdk/backtest.js';
import { bars, days, node, source, strategy } from '../../sdk/index.js';
import { dataOf, day, placeAndRun } from './runner/backtest-fixture.js';

const closes = [10, 11, 12, 9, 15];
const price = source('price', {
  type: 'Price',
  interval: days(1),
  output: { close: 'float64', volume: 'int32' },
  data: dataOf(closes.map((close, at) => [at * day, close, 100 + at])),
});
const position = node('position', {
  inputs: { price },
  period: bars(2),
  output: { weight: 'float64', change: 'float64' },
  compute: (view) => {
    const change = view.price.close.at(-1) - view.price.close.at(-2);
    return { weight: change > 0 ? 1 : 0, change };
  },
});
const rising = strategy('rising', { outputs: { position, quotes: price }, traded: price });

describe('a backtest in memory', () => {
  test('a backtest returns outputs as columns under the names of the strategy', async () => {
    const { outputs, bars: count, strategyId } = await backtest(rising);
    expect([strategyId, count]).toEqual(['rising', 5]);
    expect(outputs).toEqual({
      position: {
        times: Float64Array.of(day, 2 * day, 3 * day, 4 * day),
        columns: { weight: Float64Array.of(1, 1, 0, 1), change: Float64Array.of(1, 1, -3, 6) },
      },
      quotes: {
        times: Float64Array.of(0, day, 2 * day, 3 * day, 4 * day),
        columns: { close: Float64Array.from(closes), volume: Float64Array.of(100, 101, 102, 103, 104) },
      },
    });
  });

  test('a backtest returns a performance only for a strategy that trades', async () => {
    const { performance } = await backtest(rising);
    expect(performance).toMatchObject({ bars: 5, trades: 2, turnover: 3 });
    expect(await backtest(strategy('quotes', { outputs: { price } }))).not.toHaveProperty('performance');
  });

  test('a backtest returns the same bits as a run over topics', async () => {
    expect((await backtest(rising)).digest).toBe((await placeAndRun(rising)).digest);
  });

  test('a backtest accepts a compiled strategy and returns the name of the snapshot', async () => {
    const [plain, compiled] = [await backtest(rising), await backtest(rising.compile(), { asOf: ' 2020 ' })];
    expect([plain.asOf, compiled.asOf, compiled.digest]).toEqual(['local', '2020', plain.digest]);
  });

  test('a backtest reports its progress', async () => {
    const seen: BacktestProgress[] = [];
    await backtest(rising, { onProgress: (progress) => seen.push(progress) });
    expect(seen).toEqual([{ bars: 5, barsTotal: 5 }]);
  });

  test('a backtest is stopped by its signal', async () => {
    await expect(backtest(rising, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
      message: 'the run was stopped while the data of source price were read',
      hint: 'its results are not kept',
    });
  });

  test.each([[undefined], [null], [{}], ['rising']])(
    'a backtest of %o, which is not a strategy, is refused',
    async (value) => {
      await expect(Reflect.apply(backtest, undefined, [value])).rejects.toMatchObject({ code: 'E_USAGE' });
    },
  );

  test.each([
    [null, 'backtest() was given null, not an object'],
    [{ asof: '2020' }, 'backtest() has no option asof'],
    [{ asOf: 5 }, 'option asOf of backtest() is 5, not a non-empty text'],
    [{ signal: { aborted: false } }, 'option signal of backtest() is { aborted: false }, not an AbortSignal'],
    [{ onProgress: 1 }, 'option onProgress of backtest() is 1, not a function'],
  ])('a backtest with the options %o is refused', async (options, message) => {
    const failure = Reflect.apply(backtest, undefined, [rising, options]);
    await expect(failure).rejects.toMatchObject({ code: 'E_USAGE', message });
  });

  test('a backtest throws all problems of a strategy, as compile does', async () => {
    const dated = node('dated', { inputs: { price }, compute: () => Date.now() });
    await expect(backtest(strategy('dated', { outputs: { dated } }))).rejects.toMatchObject({
      code: 'E_IMPURE_COMPUTE',
      problems: [expect.objectContaining({ code: 'E_IMPURE_COMPUTE' })],
    });
  });
});
