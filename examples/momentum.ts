import { bars, node, strategy } from 'qmtl';
import { price, returns, sma } from './shared-nodes.js';

/** Return over half a year, per unit of risk. */
const momentum = node('momentum-120', {
  inputs: { returns },
  period: bars(120),
  tags: ['sp500', 'momentum'],
  compute: (view) => view.returns.value.mean() / view.returns.value.std(),
});

/** Holds in proportion to momentum, and only while the price is above its long average: a bull market. */
const position = node('position', {
  type: 'PortfolioWeight',
  inputs: { momentum, price, regime: sma(200) },
  params: { fullAt: 0.1 },
  output: { weight: 'float64' },
  tags: ['sp500', 'position'],
  compute: (view) => {
    const isBullMarket = view.price.close.at(-1) > view.regime.value.at(-1);
    const conviction = view.momentum.value.at(-1) / view.params.fullAt;
    return { weight: isBullMarket ? Math.max(0, Math.min(1, conviction)) : 0 };
  },
});

export default strategy('momentum', { version: 'v1', outputs: { position }, traded: price });
