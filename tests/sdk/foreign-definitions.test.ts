import { describe, expect, test } from 'vitest';
import { type BacktestOptions, backtest, computePerformance } from '../../sdk/backtest.js';
import { connectClient, submit } from '../../sdk/client.js';
import {
  bars,
  csv,
  days,
  hours,
  isQmtlError,
  loadStrategy,
  minutes,
  type NodeDefinition,
  node,
  type OutputNode,
  type OutputSchema,
  type Params,
  type SourceDefinition,
  type Strategy,
  type StrategyDefinition,
  type StreamNode,
  type SubmissionOptions,
  seconds,
  source,
  strategy,
  type TagQueryDefinition,
  tagQuery,
} from '../../sdk/index.js';
import { dataOf } from './runner/backtest-fixture.js';

const evil = () => {
  throw new Error('evil');
};
const traps = {
  get: evil,
  has: evil,
  ownKeys: evil,
  getPrototypeOf: evil,
  getOwnPropertyDescriptor: evil,
  isExtensible: evil,
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const getter = (name: string, target: object = {}) =>
  Object.defineProperty(target, name, { get: evil, enumerable: true });
/** A list whose length cannot be read, while all else can. */
const endless = new Proxy(['x'], {
  get: (target, name) => (name === 'length' ? evil() : Reflect.get(target, name)),
});

const series = { times: Float64Array.of(0), values: Float64Array.of(1) };
const feed = { type: 'Price', interval: days(1), output: { close: 'float64' } } as const;
const price = source('price', { ...feed, data: dataOf([[0, 1]]) });
const mean = { inputs: { price }, compute: () => 1 };
const position = node('position', { ...mean, output: { weight: 'float64' }, compute: () => ({ weight: 1 }) });

/** What an author of plain JavaScript may write. */
const values: readonly (readonly [title: string, value: unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['5', 5],
  ['-1', -1],
  ['NaN', Number.NaN],
  ['a bigint', 5n],
  ['true', true],
  ['a text', 'x'],
  ['an empty text', ''],
  ['a symbol', Symbol('s')],
  ['an object', {}],
  ['an object of symbols', { x: Symbol('s') }],
  ['an object whose getter throws', getter('x')],
  ['an object with a key that is not counted', { seed: Symbol('s') }],
  ['a list', []],
  ['a list of numbers', [5]],
  ['a list of symbols', [Symbol('s')]],
  ['a long list without items', new Array(4_000_000_000)],
  ['a list whose length throws', endless],
  ['a function', () => 1],
  ['a class', Map],
  ['a node', price],
  ['a changed copy of a node', { ...price, name: 5, tags: 5 }],
  ['a changed duration', { ...days(1), seconds: 'x' }],
  ['a changed number of bars', { ...bars(1), bars: Number.NaN }],
  ['a date', new Date(0)],
  ['a map', new Map()],
  ['a promise', Promise.resolve()],
  ['a proxy that throws', new Proxy({}, traps)],
  ['a list that throws', new Proxy([], traps)],
  ['a function that throws', new Proxy(() => 1, traps)],
  ['a node that throws', new Proxy(price, traps)],
  ['a revoked proxy', revoked.proxy],
];

/** Every member of a type, with the titles of the values it accepts; the compiler refuses a list that lacks a member. */
type Accepted<D> = { readonly [N in D extends unknown ? keyof D : never]-?: readonly string[] };

const some = ['a text'];
const none: readonly string[] = [];
const optional = ['undefined'];
const callable = ['a function', 'a class', 'a function that throws'];

interface Defined {
  readonly call: string;
  readonly sound: object;
  readonly accepted: Readonly<Record<string, readonly string[]>>;
  /** The messages of what it refuses. */
  readonly refusals: (definition: object) => Promise<readonly string[]> | readonly string[];
}

const faultsOf = ({ faults }: Pick<Strategy, 'faults'>) => faults.map(({ message }) => message);
const quotes = strategy('quotes', { outputs: { price } });
const documentOf = (options: SubmissionOptions) => quotes.toSubmissionDocument(options);

const definitions: readonly Defined[] = [
  {
    call: 'source()',
    sound: feed,
    accepted: {
      type: some,
      interval: none,
      output: none,
      params: [...optional, 'an object', 'a changed duration'],
      tags: [...optional, 'a list'],
      data: optional,
      schemaCompatId: [...optional, ...some],
    } satisfies Accepted<SourceDefinition<OutputSchema>>,
    refusals: (definition) => faultsOf(Reflect.apply(source, undefined, ['x', definition])),
  },
  {
    call: 'node()',
    sound: mean,
    accepted: {
      type: [...optional, ...some],
      inputs: none,
      period: optional,
      interval: optional,
      params: [...optional, 'an object', 'a changed duration'],
      output: optional,
      tags: [...optional, 'a list'],
      schemaCompatId: [...optional, ...some],
      compute: callable,
    } satisfies Accepted<NodeDefinition<{ price: typeof price }, Params, { value: 'float64' }, number>>,
    refusals: (definition) => faultsOf(Reflect.apply(node, undefined, ['x', definition])),
  },
  {
    call: 'tagQuery()',
    sound: { queryTags: ['x'], interval: days(1) },
    accepted: {
      queryTags: ['a list'],
      interval: none,
      matchMode: optional,
      output: optional,
      schemaCompatId: [...optional, ...some],
    } satisfies Accepted<TagQueryDefinition<OutputSchema>>,
    refusals: (definition) => faultsOf(Reflect.apply(tagQuery, undefined, ['x', definition])),
  },
  {
    call: 'strategy()',
    sound: { outputs: { position }, traded: price },
    accepted: {
      version: [...optional, ...some],
      outputs: none,
      traded: [...optional, 'a node'],
    } satisfies Accepted<StrategyDefinition>,
    refusals: (definition) => faultsOf(Reflect.apply(strategy, undefined, ['s', definition])),
  },
  {
    call: 'toSubmissionDocument()',
    sound: { world: 'w' },
    accepted: {
      world: some,
      domain: [...optional, ...some],
      asOf: [...optional, ...some],
      partition: [...optional, ...some],
      commitHash: [...optional, ...some],
    } satisfies Accepted<SubmissionOptions>,
    refusals: (options) => thrownBy(() => Reflect.apply(documentOf, undefined, [options])),
  },
  {
    call: 'backtest()',
    sound: {},
    accepted: {
      asOf: [...optional, ...some],
      onProgress: [...optional, ...callable],
      signal: optional,
    } satisfies Accepted<BacktestOptions>,
    // Stopped by its strategy, which has no data.
    refusals: async (options) => {
      const messages = await thrownBy(() => Reflect.apply(backtest, undefined, [dataless, options]));
      return messages.filter((message) => !message.includes('has no data'));
    },
  },
];

const dataless = strategy('dataless', { outputs: { price: source('dataless', feed) } });

async function thrownBy(make: () => unknown): Promise<readonly string[]> {
  try {
    await make();
    return [];
  } catch (error) {
    if (!isQmtlError(error)) throw error;
    return [error.message];
  }
}

const everyMember = definitions.flatMap(({ accepted, ...defined }) =>
  Object.entries(accepted).map(([member, titles]) => ({ ...defined, member, titles })),
);

describe.each(everyMember)('member $member of $call', ({ member, titles, sound, refusals }) => {
  test('a member has one of its kinds, or is refused by name', async () => {
    const taken: string[] = [];
    for (const [title, value] of values) {
      const messages = await refusals({ ...sound, [member]: value });
      if (messages.length === 0) taken.push(title);
      // A message about a part names the member in the singular: output x is 5, not a node.
      const named = new RegExp(`\\b${member.replace(/s$/, '')}`);
      expect(messages.filter((message) => !named.test(message))).toEqual([]);
    }
    expect(taken.sort()).toEqual([...titles].sort());
  });

  test('a getter that throws is refused with what it threw', async () => {
    const { [member]: _own, ...others }: Record<string, unknown> = { ...sound };
    const messages = await refusals(getter(member, others));
    expect(messages.join()).toMatch(new RegExp(`${member}.* cannot be read: evil`));
  });
});

test.each(definitions)(
  '$call refuses a member that it does not have, by name',
  async ({ sound, refusals }) => {
    for (const value of [1, undefined]) {
      const messages = await refusals({ ...sound, mistyped: value });
      expect(messages.join()).toMatch(/no (?:member|option) mistyped/);
    }
  },
);

test('a definition that throws for every member is refused', async () => {
  const whole = new Proxy({}, traps);
  for (const { call, refusals } of definitions) {
    expect((await refusals(whole)).join(), call).toContain('cannot be read: evil');
  }
});

test('everything that a definition refuses is a problem of the strategy', () => {
  const made = everyMember.flatMap(({ call, sound, member }) =>
    values.flatMap(([, value]) => {
      const define = { 'source()': source, 'node()': node, 'tagQuery()': tagQuery }[call];
      const definition = { ...sound, [member]: value };
      return define === undefined
        ? []
        : [Reflect.apply(define, undefined, [`${call}-${member}`, definition])];
    }),
  );
  // A tag query is not an output: a node reads it.
  const reader = (query: StreamNode) => node('reader', { inputs: { query }, compute: () => 1 });
  const outputs: Readonly<Record<string, OutputNode>> = Object.fromEntries(
    made.map((one, at) => [`o${at}`, one.kind === 'tag-query' ? reader(one) : one]),
  );
  const problems = strategy('s', { outputs }).check();
  const expected = made.flatMap((one) => faultsOf(one).map((message) => `node ${one.name}: ${message}`));
  expect(problems.map(({ message }) => message)).toEqual(expect.arrayContaining(expected));
  expect(problems.filter(({ hint }) => hint === '')).toEqual([]);
});

describe('arguments of any kind', () => {
  const calls: readonly (readonly [call: string, make: (value: unknown) => unknown])[] = [
    ['source()', (value) => Reflect.apply(source, undefined, [value, feed])],
    ['node()', (value) => Reflect.apply(node, undefined, [value, mean])],
    [
      'tagQuery()',
      (value) => Reflect.apply(tagQuery, undefined, [value, { queryTags: ['x'], interval: days(1) }]),
    ],
    ['strategy()', (value) => Reflect.apply(strategy, undefined, [value, { outputs: { price } }])],
    ['the definition of source()', (value) => Reflect.apply(source, undefined, ['x', value])],
    ['the definition of node()', (value) => Reflect.apply(node, undefined, ['x', value])],
    ['the definition of tagQuery()', (value) => Reflect.apply(tagQuery, undefined, ['x', value])],
    ['the definition of strategy()', (value) => Reflect.apply(strategy, undefined, ['x', value])],
    ['toSubmissionDocument()', (value) => Reflect.apply(documentOf, undefined, [value])],
    ['backtest()', (value) => Reflect.apply(backtest, undefined, [value])],
    ['backtest() with options', (value) => Reflect.apply(backtest, undefined, [dataless, value])],
    ['loadStrategy()', (value) => Reflect.apply(loadStrategy, undefined, [value])],
    [
      'the price of computePerformance()',
      (value) => Reflect.apply(computePerformance, undefined, [value, series]),
    ],
    [
      'the position of computePerformance()',
      (value) => Reflect.apply(computePerformance, undefined, [series, value]),
    ],
    ['connectClient()', (value) => Reflect.apply(connectClient, undefined, [value])],
    [
      'connectClient() with TLS',
      (tls) => Reflect.apply(connectClient, undefined, [{ address: 'x', namespace: 'x', tls, apiKey: 5 }]),
    ],
    ['submit()', (value) => Reflect.apply(submit, undefined, [value, {}])],
    ['csv()', (value) => Reflect.apply(csv, undefined, [value])],
    ...[bars, seconds, minutes, hours, days].map(
      (make) => [`${make.name}()`, (value: unknown) => Reflect.apply(make, undefined, [value])] as const,
    ),
  ];

  test.each(calls)('%s throws nothing but a QmtlError with a hint', async (_call, make) => {
    const thrown: unknown[] = [];
    for (const [, value] of values) {
      await Promise.resolve()
        .then(() => make(value))
        .catch((error: unknown) => thrown.push(error));
    }
    expect(thrown).not.toEqual([]);
    expect(thrown.filter((error) => !isQmtlError(error) || error.hint === undefined)).toEqual([]);
  });

  test.each(calls)('%s refuses a symbol', async (_call, make) => {
    const messages = await thrownBy(() => make(Symbol('s')));
    expect(messages.join()).toMatch(/Symbol\(s\)|not a (?:strategy|client)/);
  });
});
