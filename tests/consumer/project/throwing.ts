import { csv, days, node, source, strategy } from 'qmtl';

const price = source('price', {
  type: 'Price',
  interval: days(1),
  output: { close: 'float64' },
  data: csv(new URL('./prices.csv', import.meta.url)),
});

const last = node('last', {
  inputs: { price },
  compute: (view) => {
    if (view.price.close.at(-1) > 105) throw new RangeError('too dear');
    return 1;
  },
});

export default strategy('throwing', { outputs: { last } });
