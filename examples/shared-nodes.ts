import { bars, csv, days, node, source } from 'qmtl';

/** Daily bars of the S&P 500, 2000 to 2020. */
export const price = source('sp500', {
  type: 'PriceOhlcv',
  interval: days(1),
  output: { open: 'float64', high: 'float64', low: 'float64', close: 'float64', volume: 'float64' },
  params: { symbol: 'SPX' },
  tags: ['sp500', 'price'],
  data: csv(new URL('./data/sp500-daily.csv', import.meta.url)),
});

/** Return of each day over the day before. */
export const returns = node('returns', {
  inputs: { price },
  period: bars(2),
  tags: ['sp500', 'returns'],
  compute: (view) => view.price.close.at(-1) / view.price.close.at(-2) - 1,
});

/** Average close of the last `window` days. */
export const sma = (window: number) =>
  node(`sma-${window}`, {
    inputs: { price },
    period: bars(window),
    tags: ['sp500', 'average'],
    compute: (view) => view.price.close.mean(),
  });

/** Annualised volatility of the daily returns of the last `window` days; `perYear` trading days make a year. */
export const volatility = (window: number, perYear = 252) =>
  node(`volatility-${window}`, {
    inputs: { returns },
    period: bars(window),
    params: { perYear },
    tags: ['sp500', 'volatility'],
    compute: (view) => view.returns.value.std() * Math.sqrt(view.params.perYear),
  });
