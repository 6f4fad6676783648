import { node, strategy } from 'qmtl';
import { price, sma, volatility } from './shared-nodes.js';

/** Long while the fast average is above the slow one, in cash otherwise. */
const signal = node('signal', {
  inputs: { fast: sma(50), slow: sma(200) },
  tags: ['sp500', 'signal'],
  compute: (view) => (view.fast.value.at(-1) > view.slow.value.at(-1) ? 1 : 0),
});

/** The signal, scaled so that the position has the target volatility; never more than the whole capital. */
const position = node('position', {
  type: 'PortfolioWeight',
  inputs: { signal, volatility: volatility(20) },
  params: { targetVolatility: 0.1 },
  output: { weight: 'float64' },
  tags: ['sp500', 'position'],
  compute: (view) => ({
    weight:
      view.signal.value.at(-1) * Math.min(1, view.params.targetVolatility / view.volatility.value.at(-1)),
  }),
});

export default strategy('ma-crossover', { version: 'v1', outputs: { position }, traded: price });
