import { csv, days, node, source, strategy } from 'qmtl';

const price = source('price', {
  type: 'Price',
  interval: days(1),
  output: { open: 'float64' },
  data: csv(new URL('./prices.csv', import.meta.url)),
});

const last = node('last', { inputs: { price }, compute: (view) => view.price.open.at(-1) });

export default strategy('faulty', { outputs: { last } });
