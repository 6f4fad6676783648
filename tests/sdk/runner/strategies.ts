import {
  bars,
  days,
  node,
  type SourceData,
  type SourceNode,
  type Strategy,
  source,
  strategy,
} from '../../../sdk/index.js';

export type Price = SourceNode<{ readonly close: 'float64' }>;

export const priceFrom = (data: SourceData | undefined, name = 'price'): Price => {
  const definition = {
    type: 'PriceOhlcv',
    interval: days(1),
    output: { close: 'float64' },
    tags: ['spx'],
  } as const;
  return source(name, data === undefined ? definition : { ...definition, data });
};

export const sumOf = (name: string, price: Price, window: number) =>
  node(name, { inputs: { price }, period: bars(window), compute: (view) => view.price.close.sum() });

export const newestOf = (name: string, price: Price, tags: readonly string[] = []) =>
  node(name, { inputs: { price }, tags, compute: (view) => view.price.close.at(-1) });

/** Sums over `window` bars, as one output. */
export const sumStrategy = (data: SourceData, window: number): Strategy =>
  strategy('sum', { outputs: { sum: sumOf('sum', priceFrom(data), window) } });

/** Many nodes of one bar each, on one price. */
export const wideStrategy = (data: SourceData, nodes: number): Strategy => {
  const price = priceFrom(data);
  const scaled = Array.from({ length: nodes }, (_, scale) =>
    node(`scaled-${scale}`, {
      inputs: { price },
      params: { scale },
      compute: (view) => view.price.close.at(-1) * view.params.scale,
    }),
  );
  return strategy('wide', { outputs: Object.fromEntries(scaled.map((one) => [one.name, one])) });
};

/** A returns node and an average, which `busyStrategy` and `cousinStrategy` share. */
const sharedNodes = (price: Price) => {
  const returns = node('returns', {
    inputs: { price },
    period: bars(2),
    compute: (view) => view.price.close.at(-1) / view.price.close.at(-2) - 1,
  });
  const average = node('average', {
    inputs: { price },
    period: bars(5),
    compute: (view) => view.price.close.mean(),
  });
  return { returns, average };
};

/** Nodes of every kind: several fields, NaN and infinities, transcendental functions, two inputs, a position. */
export const busyStrategy = (data: SourceData, version = 'v1'): Strategy => {
  const price = priceFrom(data);
  const { returns, average } = sharedNodes(price);
  const range = node('range', {
    inputs: { price },
    period: bars(7),
    output: { low: 'float64', high: 'float64', up: 'int32' },
    compute: (view) => ({
      low: view.price.close.min(),
      high: view.price.close.max(),
      up: view.price.close.at(-1) > view.price.close.at(0) ? 1 : 0,
    }),
  });
  const odd = node('odd', {
    inputs: { range, returns },
    compute: (view) =>
      view.range.up.at(-1) === 1
        ? Math.exp(Math.sin(view.returns.value.at(-1))) + Math.log(view.range.high.at(-1))
        : 0 / (view.range.low.at(-1) - view.range.low.at(-1)),
  });
  const position = node('position', {
    type: 'PortfolioWeight',
    inputs: { average, price, odd },
    output: { weight: 'float64' },
    compute: (view) => ({ weight: view.price.close.at(-1) > view.average.value.at(-1) ? 1 : 0 }),
  });
  return strategy('busy', { version, outputs: { position }, traded: price });
};

/** Shares the price, the returns and the average with `busyStrategy`. */
export const cousinStrategy = (data: SourceData): Strategy => {
  const { returns, average } = sharedNodes(priceFrom(data));
  const signal = node('signal', {
    inputs: { returns, average },
    compute: (view) => view.returns.value.at(-1) * view.average.value.at(-1),
  });
  return strategy('cousin', { outputs: { signal } });
};
