import { bars, csv, days, node, source, strategy, tagQuery } from 'qmtl';

// Exported one by one, so that the compiler must name the type of each in a declaration file.
export const price = source('price', {
  type: 'Price',
  interval: days(1),
  output: { close: 'float64' },
  tags: ['btc', 'price'],
  data: csv(new URL('./prices.csv', import.meta.url)),
});

export const average = node('average', {
  inputs: { price },
  period: bars(2),
  params: { scale: 1 },
  compute: (view) => view.price.close.mean() * view.params.scale,
});

export const momenta = tagQuery('momenta', { queryTags: ['momentum'], interval: days(1) });

export const position = node('position', {
  type: 'PortfolioWeight',
  inputs: { price, average },
  output: { weight: 'float64' },
  compute: (view) => ({ weight: view.price.close.at(-1) > view.average.value.at(-1) ? 1 : 0 }),
});

export default strategy('consumer', { version: 'v1', outputs: { position, average }, traded: price });
