import { describe, expect, test } from 'vitest';
import { isNodeId } from '../../domain/base/ids.js';
import { parseSubmission } from '../../domain/submissions/submission-document.js';
import {
  bars,
  days,
  hours,
  node,
  type OutputNode,
  type OutputSchema,
  type Params,
  source,
  strategy,
  tagQuery,
} from '../../sdk/index.js';

const price = source('sp500', {
  type: 'PriceOhlcv',
  interval: days(1),
  output: { close: 'float64', volume: 'float64' },
  params: { symbol: 'SPX' },
  tags: ['sp500', 'price'],
});

const sma = (window: number, name = `sma-${window}`) =>
  node(name, { inputs: { price }, period: bars(window), compute: (view) => view.price.close.mean() });

const spread = (fast: ReturnType<typeof sma>, slow: ReturnType<typeof sma>) =>
  node('spread', {
    inputs: { fast, slow },
    compute: (view) => view.fast.value.at(-1) - view.slow.value.at(-1),
  });

const idsOf = (...outputs: readonly ReturnType<typeof sma>[]) =>
  outputs.map((output) => strategy('ids', { outputs: { output } }).compile().outputs.output);

test('a strategy compiles to all nodes its outputs need, in topological order', () => {
  const position = node('position', {
    inputs: { spread: spread(sma(5), sma(20)) },
    output: { weight: 'float64' },
    compute: (view) => ({ weight: view.spread.value.at(-1) > 0 ? 1 : 0 }),
  });
  const compiled = strategy('all', { version: 'v2', outputs: { position }, traded: price }).compile();
  const names = compiled.nodes.map(({ spec }) => spec.name);
  expect(new Set(names)).toEqual(new Set(['position', 'sma-20', 'sma-5', 'sp500', 'spread']));
  for (const { spec, inputs, node: author } of compiled.nodes) {
    expect(new Set(Object.values(inputs))).toEqual(new Set(spec.dependencies));
    expect(author.name).toBe(spec.name);
    const before = compiled.nodes.slice(
      0,
      compiled.nodes.findIndex((one) => one.spec === spec),
    );
    expect(before.map(({ nodeId }) => nodeId)).toEqual(expect.arrayContaining([...spec.dependencies]));
  }
  expect(compiled.outputs.position).toBe(compiled.nodes.at(-1)?.nodeId);
  expect(compiled.nodes.find(({ nodeId }) => nodeId === compiled.traded)?.node).toBe(price);
});

test('the control plane accepts the submission document, with the same ids', () => {
  const made = strategy('round-trip', { version: 'v3', outputs: { average: sma(5) } });
  const options = { world: 'w1', domain: 'dryrun', asOf: '2020-01-01', partition: 'p', commitHash: 'abc' };
  const parsed = parseSubmission(structuredClone(made.toSubmissionDocument(options)));
  expect(parsed).toMatchObject({
    ok: true,
    submission: {
      strategyId: 'round-trip',
      version: 'v3',
      commitHash: 'abc',
      context: { worldId: 'w1', domain: 'dryrun', asOf: '2020-01-01', partition: 'p' },
      dag: made.compile().dag,
      dagDigest: made.compile().dagDigest,
    },
  });
  expect(parseSubmission(made.toSubmissionDocument({ world: 'w1' }))).toMatchObject({
    submission: { context: { downgradeReason: 'decision_unavailable' } },
  });
});

test('names and tags do not identify a compute node', () => {
  const renamed = node('other', {
    inputs: { price },
    period: bars(5),
    tags: ['x'],
    compute: (view) => view.price.close.mean(),
  });
  const [a, b] = idsOf(sma(5), renamed);
  expect(isNodeId(a ?? '')).toBe(true);
  expect(b).toBe(a);
});

test('nodes with equal content are one node of a strategy', () => {
  const compiled = strategy('twice', { outputs: { a: sma(5), b: sma(5, 'again'), c: sma(6) } }).compile();
  expect(new Set(compiled.nodes.map(({ spec }) => spec.name))).toEqual(new Set(['sp500', 'sma-5', 'sma-6']));
  expect(compiled.nodes).toHaveLength(3);
  expect(compiled.outputs.a).toBe(compiled.outputs.b);
});

test('a node is identified by which upstream it reads under which name', () => {
  const [straight, swapped, again] = idsOf(
    spread(sma(5), sma(20)),
    spread(sma(20), sma(5)),
    spread(sma(5, 'x'), sma(20, 'y')),
  );
  expect(swapped).not.toBe(straight);
  expect(again).toBe(straight);
});

test('one upstream may be read under two names', () => {
  const compiled = strategy('two-names', { outputs: { zero: spread(sma(5), sma(5)) } }).compile();
  const zero = compiled.nodes.at(-1);
  expect(zero?.spec.dependencies).toHaveLength(1);
  expect(zero?.inputs.fast).toBe(zero?.inputs.slow);
});

test('interval, period, params, type, output and code identify a node', () => {
  const base = { inputs: { price }, params: { k: 1 }, compute: () => 1 };
  const ids = idsOf(
    node('n', base),
    node('n', { ...base, period: bars(2) }),
    node('n', { ...base, params: { k: 2 } }),
    node('n', { ...base, type: 'Other' }),
    node('n', { ...base, schemaCompatId: 'mine' }),
    node('n', { ...base, compute: () => 2 }),
  );
  expect(new Set(ids).size).toBe(6);
});

test('the name of a source identifies its feed, its data do not', () => {
  const feed = { type: 'Price', interval: days(1), output: { value: 'float64' } } as const;
  const data = { description: 'nothing', read: async () => [] };
  const ids = [source('a', feed), source('b', feed), source('a', { ...feed, data })].map(
    (output) => strategy('ids', { outputs: { output } }).compile().outputs.output,
  );
  expect(ids[1]).not.toBe(ids[0]);
  expect(ids[2]).toBe(ids[0]);
});

test('schemaCompatId keeps the identity of a source whose schema grew', () => {
  const feed = { type: 'Price', interval: days(1), schemaCompatId: 'price/1' };
  const specs = [
    source('a', { ...feed, output: { close: 'float64' } }),
    source('a', { ...feed, output: { close: 'float64', volume: 'float64' } }),
  ].map((output) => strategy('grown', { outputs: { output } }).compile().nodes[0]?.spec);
  expect(specs[1]?.nodeId).toBe(specs[0]?.nodeId);
  expect(specs[1]?.schemaHash).not.toBe(specs[0]?.schemaHash);
});

test('a tag query is identified by its tags', () => {
  const ask = (name: string, queryTags: readonly string[]) =>
    tagQuery(name, { queryTags, matchMode: 'all', interval: days(1) });
  const inputs = { momenta: ask('momenta', ['momentum', 'sp500']), same: ask('other', ['sp500,momentum']) };
  const breadth = node('breadth', {
    inputs,
    compute: (view) => view.momenta.filter((one) => one.value.at(-1) > 0).length / view.same.length,
  });
  const made = strategy('breadth', { outputs: { breadth } }).compile();
  expect(made.nodes[0]?.spec).toMatchObject({
    nodeType: 'TagQueryNode',
    interval: 86_400,
    paramsCanon: '{"interval":86400,"match_mode":"all","query_tags":["momentum","sp500"]}',
    dependencies: [],
  });
  const [query] = made.nodes;
  expect(made.nodes.at(-1)?.inputs).toEqual({ momenta: query?.nodeId, same: query?.nodeId });
});

test('the id of a known node never changes', () => {
  const [id] = idsOf(sma(5));
  expect(id).toBe('blake3:09bd82a6ca6c1759a9857912d5e288f3c894d82a207556a3e15fd440a49c5a6f');
});

test('all problems of a strategy are reported at once, the most basic first', () => {
  const hourly = source('hourly', { type: 'Price', interval: hours(1), output: { value: 'float64' } });
  const seeded: Params = { seed: 1 };
  const make = (k: number) =>
    node('captures', {
      inputs: { price, hourly },
      params: seeded,
      compute: (view) => view.price.close.at(-1) * k * Math.random(),
    });
  const tagged = source('tagged', {
    type: 'Price|Raw',
    interval: days(1),
    output: { close: 'float64' },
    tags: ['x'.repeat(200)],
  });
  const made = strategy('Not An Id', { outputs: { a: make(1), b: make(2), tagged } });
  expect(
    made.check().map(({ code, path, message }) => [code, path, message.replace(/^\S+:\d+:\d+: /, '')]),
  ).toEqual([
    ['E_SCHEMA_INVALID', '/id', 'id is "Not An Id"'],
    [
      'E_SCHEMA_INVALID',
      '/nodes/captures/inputs/hourly',
      'node captures: input hourly (hourly) has bars of 3600 s, the node has 86400 s',
    ],
    ['E_SCHEMA_INVALID', '/nodes/captures/params', expect.stringContaining('not part of the NodeID')],
    [
      'E_SCHEMA_INVALID',
      '/nodes/tagged/type',
      'node tagged: type "Price|Raw" contains "|", which separates the fields of a NodeID',
    ],
    [
      'E_LIMIT_EXCEEDED',
      '/nodes/tagged/tags/0',
      'node tagged: tags[0] has 200 characters; at most 128 are allowed',
    ],
    ['E_IMPURE_COMPUTE', '/nodes/captures/compute', 'uses Math.random (randomness)'],
    ['E_CAPTURE', '/nodes/captures/compute', 'captures k, a variable of an enclosing function'],
  ]);
  expect(() => made.compile()).toThrow(
    expect.objectContaining({ code: 'E_SCHEMA_INVALID', problems: made.check() }),
  );
});

describe('a problem that only the document shows', () => {
  const query = (queryTags: readonly string[]) =>
    node('n', { inputs: { q: tagQuery('q', { queryTags, interval: days(1) }) }, compute: () => 1 });
  const named = (definition: object, name = 'x') =>
    source(name, { type: 'P', interval: days(1), output: { close: 'float64' }, ...definition });

  test.each([
    ['a name', named({}, 'x'.repeat(300)), /^node x+: name has 300 characters; at most 256 /],
    ['tags', named({ tags: Array.from({ length: 65 }, (_, at) => `t${at}`) }), /^node x: tags has 65 tags; /],
    [
      'a tag in words of a document',
      named({ tags: ['node_type|'.repeat(20)] }),
      /^node x: tags\[0\] has 200 /,
    ],
    ['params', named({ params: { a: 'x'.repeat(70_000) } }), /^node x: params has \d+ bytes /],
    ['an id of a schema', named({ schemaCompatId: 'a|b' }), /^node x: schemaCompatId "a\|b" contains /],
    ['a type in words of a document', named({ type: 'node_type|' }), /^node x: type "node_type\|" contains /],
    ['the tags of a query', query([]), /^node q: the query names no tag$/],
    ['a version', undefined, /^version has 300 characters; at most 48 are allowed$/],
  ])('a problem of %s names what the author wrote', (_name, output, message) => {
    const outputs: Readonly<Record<string, OutputNode>> = { price, output: output ?? price };
    const version = output === undefined ? 'v'.repeat(300) : 'v1';
    const [problem, ...others] = strategy('s', { version, outputs }).check();
    expect(others).toEqual([]);
    expect(problem?.message).toMatch(message);
    expect(`${problem?.path} ${problem?.hint}`).not.toMatch(/[a-z]_[a-z]|dag/);
  });
});

/** Definitions that are possible in plain JavaScript only: the compiler refuses all of these. */
const untyped = {
  node: (definition: object): ReturnType<typeof sma> => Reflect.apply(node, undefined, ['x', definition]),
  source: (definition: object): typeof price => Reflect.apply(source, undefined, ['x', definition]),
  strategy: (definition: object): ReturnType<typeof strategy> =>
    Reflect.apply(strategy, undefined, ['s', definition]),
};
const compute = () => 1;
const feed = { type: 'Price', interval: days(1), output: { close: 'float64' } };

test.each([
  ['no outputs', { outputs: {} }, 'the strategy has no outputs'],
  [
    'an output that is not a node',
    { outputs: { price, x: { name: 'x' } } },
    "output x is { name: 'x' }, not a node",
  ],
  [
    'a frozen object that looks like a node',
    { outputs: { x: Object.freeze({ [Symbol.for('qmtl.node/1')]: true }) } },
    'output x is { [Symbol(qmtl.node/1)]: true }, not a node',
  ],
  [
    'a traded source with a position that has no weight',
    { outputs: { position: price }, traded: price },
    'traded is set, but there is no field weight in the output named position',
  ],
  [
    'a traded source without a position',
    { outputs: { price }, traded: price },
    'traded is set, but there is no output named position',
  ],
  ['a node without inputs', untyped.node({ compute }), 'node x: the node has no inputs'],
  [
    'an input that is not a node',
    untyped.node({ inputs: { price: 1 }, compute }),
    'node x: input price is 1, not a node',
  ],
  [
    'an input with a reserved name',
    untyped.node({ inputs: { params: price }, compute }),
    'node x: an input cannot be named params',
  ],
  [
    'params that are not JSON',
    untyped.node({ inputs: { price }, params: { d: new Date(0) }, compute }),
    'node x: params/d is an instance of a class, not a plain object',
  ],
  [
    'a period without bars',
    untyped.node({ inputs: { price }, period: 5, compute }),
    'node x: period is 5, not a number of bars',
  ],
  [
    'an interval without unit',
    untyped.source({ ...feed, interval: 60 }),
    'node x: interval is 60, not a duration',
  ],
  [
    'a field of an unknown type',
    untyped.source({ ...feed, output: { close: 'text' } }),
    "node x: output field close is 'text', not float64 or int32",
  ],
  ['an output without fields', untyped.source({ ...feed, output: {} }), 'node x: the output has no field'],
  [
    'a compute that is not a function',
    untyped.node({ inputs: { price }, compute: 'mean' }),
    "node x: compute is 'mean', not a function",
  ],
])('a strategy is refused that has %s', (_name, wrong, message) => {
  const made = untyped.strategy('outputs' in wrong ? wrong : { outputs: { wrong } });
  const own = made.check().filter(({ path }) => !path.startsWith('/dag'));
  expect(own.map((problem) => problem.message)).toEqual([message]);
  expect(made.check().every(({ hint }) => hint !== '')).toBe(true);
});

test.each([
  ['node()', node],
  ['source()', source],
  ['tagQuery()', tagQuery],
  ['strategy()', strategy],
])('%s without a definition is refused', (call, define) => {
  expect(() => Reflect.apply(define, undefined, ['x'])).toThrow(
    expect.objectContaining({ code: 'E_USAGE', message: `${call} was given undefined, not an object` }),
  );
});

test('a tag query without an interval lacks what its id is computed from', () => {
  const made = Reflect.apply(tagQuery, undefined, ['q', { queryTags: ['a'] }]);
  expect(made.faults).toMatchObject([{ code: 'E_NODE_ID_FIELDS', path: '/interval' }]);
  const bare = Reflect.apply(tagQuery, undefined, ['q', { queryTags: ['a'], interval: 60 }]);
  expect(bare.faults).toMatchObject([{ code: 'E_SCHEMA_INVALID', path: '/interval' }]);
});

test('a submission document without options is refused', () => {
  const made = strategy('s', { outputs: { price } });
  const documentOf = (...given: Parameters<typeof made.toSubmissionDocument>) =>
    made.toSubmissionDocument(...given);
  expect(() => Reflect.apply(documentOf, undefined, [])).toThrow(
    expect.objectContaining({ code: 'E_USAGE' }),
  );
});

test('params are frozen, and compute sees the params that identify the node', () => {
  const given = { b: [{ x: 1 }], a: -0 };
  const { params } = node('n', { inputs: { price }, params: given, compute: () => 1 });
  given.b.push({ x: 2 });
  expect(JSON.stringify(params)).toBe('{"a":0,"b":[{"x":1}]}');
  expect(Object.is(params.a, 0)).toBe(true);
  expect(Object.isFrozen(params) && Object.isFrozen(params.b)).toBe(true);
});

test('nodes that are one node by their schemaCompatId must have the same fields', () => {
  const feedOf = (output: OutputSchema) =>
    source('feed', { type: 'Price', interval: days(1), schemaCompatId: 'price-1', output });
  const both = strategy('both', {
    outputs: { a: feedOf({ close: 'float64' }), b: feedOf({ open: 'float64', close: 'float64' }) },
  });
  expect(both.check()).toEqual([
    {
      code: 'E_SCHEMA_COMPAT_MISMATCH',
      path: '/nodes/feed/schemaCompatId',
      message:
        'nodes feed and feed are one node by schemaCompatId price-1, but have the fields close and open, close',
      hint: 'give the one with other fields another schemaCompatId, or none',
    },
  ]);
  const same = strategy('same', {
    outputs: { a: feedOf({ close: 'float64' }), b: feedOf({ close: 'float64' }) },
  });
  expect(same.check()).toEqual([]);
});
