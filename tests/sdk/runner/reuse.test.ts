import { describe, expect, test } from 'vitest';
import { branded, isWorldId } from '../../../domain/base/ids.js';
import type { ExecutionContext } from '../../../domain/context/execution-context.js';
import { bars, node, strategy } from '../../../sdk/index.js';
import { runBacktest } from '../../../sdk/runner/backtest.js';
import {
  daily,
  dataOf,
  day,
  idOf,
  openStores,
  outputsOf,
  place,
  placeAndRun,
  recordsIn,
  run,
  topicOf,
  walk,
  workOf,
} from './backtest-fixture.js';
import { busyStrategy, cousinStrategy, newestOf, priceFrom, sumOf } from './strategies.js';

const count = 400;
const values = walk(count);
const data = daily(values);
/** Evaluations of `busyStrategy`: returns, average, range, odd and position. */
const evaluations = count - 1 + (count - 4) + 3 * (count - 6);

describe('a second run', () => {
  test('a second run computes nothing, writes nothing and has the same outputs', async () => {
    const placed = await place(busyStrategy(data));
    const first = await run(placed);
    expect(workOf(first)).toEqual({ computed: evaluations, reused: 0, written: evaluations + count });
    const before = await outputsOf(placed, 'odd');
    const second = await run(placed);
    expect(workOf(second)).toEqual({ computed: 0, reused: evaluations, written: 0 });
    expect(second.digest).toBe(first.digest);
    expect(second.performance).toEqual(first.performance);
    expect(await outputsOf(placed, 'odd')).toEqual(before);
  });

  test('a second run over a longer history computes only the new bars', async () => {
    const placed = await place(busyStrategy(daily(values.slice(0, 300))));
    await run(placed);
    const longer = busyStrategy(data).compile();
    const report = await run({ ...placed, strategy: longer });
    expect(workOf(report)).toEqual({ computed: 500, reused: evaluations - 500, written: 600 });
    expect(report.digest).toBe((await placeAndRun(busyStrategy(data))).digest);
  });

  test('a second run over a history that begins earlier computes only the new bars', async () => {
    const shifted = (from: number) =>
      dataOf(values.slice(from).map((value, index) => [(from + index) * day, value]));
    const placed = await place(busyStrategy(shifted(100)));
    await run(placed);
    const report = await run({ ...placed, strategy: busyStrategy(data).compile() });
    expect(workOf(report)).toMatchObject({ reused: 299 + 296 + 3 * 294 });
    expect(report.digest).toBe((await placeAndRun(busyStrategy(data))).digest);
  });

  test('a second run after the loss of part of a topic computes that part', async () => {
    const placed = await place(busyStrategy(data));
    const complete = await run(placed);
    const other = openStores();
    const again = await place(busyStrategy(data), { stores: other });
    for (const topic of placed.topics.values()) {
      const all = await recordsIn(placed.stores.log, topic);
      const kept = topic === topicOf(placed, 'average') ? all.filter((_, index) => index % 2 === 0) : all;
      await other.log.append(topic, kept);
    }
    const report = await run(again);
    expect(workOf(report)).toEqual({ computed: 198, reused: evaluations - 198, written: 198 });
    expect(report.digest).toBe(complete.digest);
  });
});

describe('two strategies', () => {
  test('two strategies compute a shared node once', async () => {
    const stores = openStores();
    const first = await place(busyStrategy(data), { stores });
    await run(first);
    const second = await place(cousinStrategy(data), { stores });
    const report = await run(second);
    expect(topicOf(second, 'returns')).toBe(topicOf(first, 'returns'));
    expect(report.nodes.map(({ name, computed, reused }) => [name, computed, reused])).toEqual(
      expect.arrayContaining([
        ['price', 0, 0],
        ['returns', 0, count - 1],
        ['average', 0, count - 4],
        ['signal', count - 4, 0],
      ]),
    );
    expect(await recordsIn(stores.log, topicOf(first, 'returns'))).toHaveLength(count - 1);
  });

  test('two strategies that run at the same time have the same outputs as alone', async () => {
    const stores = openStores();
    const [first, second] = [
      await place(busyStrategy(data), { stores }),
      await place(cousinStrategy(data), { stores }),
    ];
    const reports = await Promise.all([run(first), run(second)]);
    expect(reports[0].digest).toBe((await placeAndRun(busyStrategy(data))).digest);
    expect(reports[1].digest).toBe((await placeAndRun(cousinStrategy(data))).digest);
    expect(workOf(await run(first))).toMatchObject({ computed: 0, written: 0 });
  });
});

describe('another context', () => {
  const others: readonly [string, Partial<ExecutionContext>][] = [
    ['as_of', { asOf: '2020-01-02' }],
    ['world', { worldId: branded('w2', isWorldId) }],
    ['domain', { domain: 'dryrun' }],
    ['partition', { partition: 'p2' }],
  ];

  test.each(others)('a run with another %s reuses nothing from the same topics', async (_, other) => {
    const placed = await place(busyStrategy(data));
    const first = await run(placed);
    const elsewhere = { ...placed, context: { ...placed.context, ...other } };
    const report = await run(elsewhere);
    expect(workOf(report)).toEqual(workOf(first));
    expect(report.digest).toBe(first.digest);
    expect(workOf(await run(placed))).toMatchObject({ computed: 0, written: 0 });
    expect(workOf(await run(elsewhere))).toMatchObject({ computed: 0, written: 0 });
  });

  test('a run in another context may have other data', async () => {
    const placed = await place(busyStrategy(data));
    await run(placed);
    const revised = busyStrategy(daily(values.map((value) => value * 2)));
    const context = { ...placed.context, asOf: '2021-01-01' };
    const report = await run({ ...placed, strategy: revised.compile(), context });
    expect(report.digest).toBe((await placeAndRun(revised)).digest);
  });
});

describe('safe mode', () => {
  test.each([
    ['no as_of', { pinned: false }, 'missing_as_of'],
    ['an unknown domain', { domain: 'moon' }, 'decision_unavailable'],
  ])('safe mode because of %s never reuses outputs', async (_, options, reason) => {
    const placed = await place(busyStrategy(data), options);
    expect(placed.context.downgradeReason).toBe(reason);
    const first = await run(placed);
    const second = await run(placed);
    expect(workOf(second)).toEqual(workOf(first));
    expect(second.digest).toBe(first.digest);
  });

  test('safe mode accepts data that changed between two runs', async () => {
    const placed = await place(busyStrategy(data), { pinned: false });
    await run(placed);
    const revised = busyStrategy(daily(values.map((value) => value + 1)));
    const report = await run({ ...placed, strategy: revised.compile() });
    expect(report.digest).toBe((await placeAndRun(revised)).digest);
  });

  test('safe mode writes nothing that a pinned run would reuse', async () => {
    const stores = openStores();
    const safe = await place(busyStrategy(data), { stores, domain: 'moon' });
    await run(safe);
    const placed = await place(busyStrategy(data), { stores });
    expect(workOf(await run(placed))).toMatchObject({ computed: evaluations, reused: 0 });
  });
});

test('values recorded in another order of fields are not reused', async () => {
  const schemaCompatId = 'extremes-1';
  const price = priceFrom(data);
  const compute = { inputs: { price }, period: bars(3), schemaCompatId };
  const lowFirst = node('extremes', {
    ...compute,
    output: { low: 'float64', high: 'float64' },
    compute: (view) => ({ low: view.price.close.min(), high: view.price.close.max() }),
  });
  const highFirst = node('extremes', {
    ...compute,
    output: { high: 'float64', low: 'float64' },
    compute: (view) => ({ low: view.price.close.min(), high: view.price.close.max() }),
  });
  const placed = await place(strategy('extremes', { outputs: { extremes: lowFirst } }));
  await run(placed);
  const reordered = strategy('extremes', { outputs: { extremes: highFirst } }).compile();
  const again = { ...placed, strategy: reordered };
  expect(idOf(again, 'extremes')).toBe(idOf(placed, 'extremes'));
  const report = await run(again);
  expect(workOf(report)).toEqual({ computed: count - 2, reused: 0, written: count - 2 });
  expect(workOf(await run(again))).toMatchObject({ computed: 0, reused: count - 2 });
  expect(workOf(await run(placed))).toMatchObject({ computed: 0, reused: count - 2 });
});

test('a record that is not an output record is refused with its place', async () => {
  const placed = await place(busyStrategy(data));
  await run(placed);
  const topic = topicOf(placed, 'average');
  const [first] = await recordsIn(placed.stores.log, topic);
  await placed.stores.log.append(topic, [
    { key: first?.key ?? '', value: Uint8Array.of(0xff), timestamp: 0 },
  ]);
  await expect(run(placed)).rejects.toMatchObject({
    code: 'E_DATA',
    message: expect.stringContaining(`topic ${topic}, partition 0, offset ${count - 4}`),
  });
});

test('foreign records and tombstones in a topic are skipped', async () => {
  const placed = await place(busyStrategy(data));
  const first = await run(placed);
  const topic = topicOf(placed, 'average');
  const [one] = await recordsIn(placed.stores.log, topic);
  await placed.stores.log.append(topic, [
    { key: 'another writer', value: Uint8Array.of(1, 2, 3), timestamp: 0 },
    { key: one?.key ?? '', value: null, timestamp: 0 },
  ]);
  expect((await run(placed)).digest).toBe(first.digest);
});

test('a run reports for each node what it reuses', async () => {
  const stores = openStores();
  const price = priceFrom(data);
  await run(await place(strategy('one', { outputs: { sum: sumOf('sum', price, 3) } }), { stores }));
  const both = await place(
    strategy('two', { outputs: { sum: sumOf('sum', price, 3), newest: newestOf('newest', price) } }),
    { stores },
  );
  const { strategy: compiled, context, topics } = both;
  const report = await runBacktest({ strategy: compiled, context, topics, log: stores.log });
  const work = Object.fromEntries(
    report.nodes.map(({ name, computed, reused }) => [name, [computed, reused]]),
  );
  expect(work).toEqual({ price: [0, 0], sum: [0, count - 2], newest: [count, 0] });
  expect([...report.written]).toEqual([[topicOf(both, 'newest'), count]]);
});
