import { expectTypeOf, test } from 'vitest';
import {
  type Bars,
  bars,
  type Column,
  type ComputeNode,
  type Duration,
  days,
  node,
  type SourceNode,
  type Strategy,
  source,
  strategy,
  type TagQueryNode,
  tagQuery,
} from '../../sdk/index.js';

const price = source('p', {
  type: 'Price',
  interval: days(1),
  output: { close: 'float64', volume: 'int32' },
});
const average = node('a', { inputs: { price }, period: bars(5), compute: (view) => view.price.close.mean() });

test('the type of a node has the fields of its output', () => {
  expectTypeOf(price).toEqualTypeOf<SourceNode<{ readonly close: 'float64'; readonly volume: 'int32' }>>();
  expectTypeOf(average).toEqualTypeOf<ComputeNode<{ readonly value: 'float64' }>>();
  const row = node('r', { inputs: { price }, output: { x: 'float64' }, compute: () => ({ x: 1 }) });
  expectTypeOf(row).toEqualTypeOf<ComputeNode<{ readonly x: 'float64' }>>();
});

test('the type of a view has the inputs, their fields and the params of its node, and nothing else', () => {
  node('n', {
    inputs: { price, average, peers: tagQuery('q', { queryTags: ['x'], interval: days(1) }) },
    params: { window: 3, mode: 'fast' },
    compute: (view) => {
      expectTypeOf(view.price.close).toEqualTypeOf<Column>();
      expectTypeOf(view.average).toEqualTypeOf<{ readonly value: Column }>();
      expectTypeOf(view.peers).toEqualTypeOf<readonly { readonly value: Column }[]>();
      expectTypeOf(view.params).toEqualTypeOf<{ readonly window: 3; readonly mode: 'fast' }>();
      expectTypeOf(view.time).toEqualTypeOf<number>();
      expectTypeOf(view).not.toHaveProperty('cost');
      expectTypeOf(view.price).not.toHaveProperty('open');
      expectTypeOf(view.params).not.toHaveProperty('length');
      // @ts-expect-error no such input
      view.cost?.at(-1);
      // @ts-expect-error no such field
      view.price.open?.at(-1);
      // @ts-expect-error a tag query is an array
      view.peers.value?.at(-1);
      // @ts-expect-error a view is read only
      view.price = view.average;
      // @ts-expect-error a column has no writers
      view.price.close.push(1);
      return 1;
    },
  });
  // @ts-expect-error there are no params
  node('n', { inputs: { price }, compute: (view) => view.params.window });
});

test('a node defined inline has the same type as one in a variable', () => {
  node('n', {
    inputs: { inner: node('i', { inputs: { price }, compute: () => 1 }) },
    compute: (view) => {
      expectTypeOf(view.inner).toEqualTypeOf<{ readonly value: Column }>();
      return view.inner.value.at(-1);
    },
  });
});

test('compute returns the output and nothing else', () => {
  const inputs = { price };
  const output = { x: 'float64', y: 'float64' } as const;
  expectTypeOf(node('ok', { inputs, output, compute: () => ({ x: 1, y: 2 }) })).toEqualTypeOf<
    ComputeNode<{ readonly x: 'float64'; readonly y: 'float64' }>
  >();
  node('ok', { inputs, compute: () => 1 });
  node('ok', { inputs, compute: () => ({ value: 1 }) });
  node('ok', { inputs, output, compute: (view) => (view.time > 0 ? { x: 1, y: 2 } : { x: 2, y: 1 }) });
  // @ts-expect-error a field is missing
  node('n', { inputs, output, compute: () => ({ x: 1 }) });
  // @ts-expect-error a field too many
  node('n', { inputs, output, compute: () => ({ x: 1, y: 2, z: 3 }) });
  // @ts-expect-error a number is not a row of two
  node('n', { inputs, output, compute: () => 1 });
  // @ts-expect-error fields are numbers
  node('n', { inputs, output, compute: () => ({ x: '1', y: 2 }) });
  // @ts-expect-error another field
  node('n', { inputs, compute: () => ({ other: 1 }) });
  // @ts-expect-error compute does not wait
  node('n', { inputs, compute: async () => 1 });
  // @ts-expect-error compute has one argument
  node('n', { inputs, compute: (_view, second: number) => second });
  // @ts-expect-error compute returns something
  node('n', { inputs, compute: () => {} });
});

test('durations and bars are not numbers', () => {
  expectTypeOf(days(1)).toEqualTypeOf<Duration>();
  expectTypeOf(bars(1)).toEqualTypeOf<Bars>();
  expectTypeOf<number>().not.toExtend<Duration>();
  expectTypeOf<Bars>().not.toExtend<Duration>();
  expectTypeOf<{ seconds: number }>().not.toExtend<Duration>();
  // @ts-expect-error a bare number has no unit
  source('p', { type: 'Price', interval: 86_400, output: { close: 'float64' } });
  // @ts-expect-error a period is a number of bars
  node('n', { inputs: { price }, period: 5, compute: () => 1 });
  // @ts-expect-error a period is not a duration
  node('n', { inputs: { price }, period: days(5), compute: () => 1 });
});

test('definitions have the fields that nodes need', () => {
  expectTypeOf(tagQuery('q', { queryTags: ['x'], interval: days(1) })).toEqualTypeOf<
    TagQueryNode<{ readonly value: 'float64' }>
  >();
  // @ts-expect-error there is no such type
  source('p', { type: 'Price', interval: days(1), output: { close: 'decimal' } });
  // @ts-expect-error a source has an interval
  source('p', { type: 'Price', output: { close: 'float64' } });
  // @ts-expect-error a node has inputs
  node('n', { compute: () => 1 });
  // @ts-expect-error inputs are nodes
  node('n', { inputs: { price: 'p' }, compute: () => 1 });
  // @ts-expect-error view.time is reserved
  node('n', { inputs: { time: price }, compute: () => 1 });
  // @ts-expect-error a function is not JSON
  node('n', { inputs: { price }, params: { f: () => 1 }, compute: () => 1 });
  // @ts-expect-error an unknown way to match
  tagQuery('q', { queryTags: ['x'], matchMode: 'some', interval: days(1) });
});

test('a position has a weight, and a traded source has closes', () => {
  const position = node('w', {
    inputs: { price },
    output: { weight: 'float64' },
    compute: () => ({ weight: 1 }),
  });
  const closeless = source('c', { type: 'Price', interval: days(1), output: { value: 'float64' } });
  strategy('s', { outputs: { position, average }, traded: price });
  expectTypeOf(strategy('s', { outputs: { average } })).toEqualTypeOf<Strategy>();
  // @ts-expect-error a tag query has no stream of its own
  strategy('s', { outputs: { peers: tagQuery('q', { queryTags: ['x'], interval: days(1) }) } });
  // @ts-expect-error a position has a weight
  strategy('s', { outputs: { position: average }, traded: price });
  // @ts-expect-error there is no position
  strategy('s', { outputs: { average }, traded: price });
  // @ts-expect-error there is no close
  strategy('s', { outputs: { position }, traded: closeless });
});
