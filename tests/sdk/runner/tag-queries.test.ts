import { describe, expect, test } from 'vitest';
import { bars, days, node, type Strategy, strategy, tagQuery } from '../../../sdk/index.js';
import type { ResolvedTagQueries, TagQueryMember } from '../../../sdk/runner/run-streams.js';
import {
  daily,
  day,
  idOf,
  openStores,
  outputCounts,
  outputsOf,
  type Placed,
  place,
  recordsIn,
  run,
  topicOf,
  workOf,
} from './backtest-fixture.js';
import { newestOf, type Price, priceFrom } from './strategies.js';

const values = [1, 2, 4, 8, 16, 32];
const price = priceFrom(daily(values));

const momenta = tagQuery('momenta', { queryTags: ['momentum'], interval: days(1) });

/** Sums the last two values of all matches of the query. */
const total = node('total', {
  inputs: { momenta },
  period: bars(2),
  compute: (view) => {
    let sum = 0;
    for (const one of view.momenta) sum += one.value.sum();
    return sum;
  },
});

/** The values of the matches in their order in the view, one digit per match. */
const digits = node('digits', {
  inputs: { momenta, price },
  compute: (view) => {
    let seen = 0;
    for (const one of view.momenta) seen = seen * 100 + one.value.at(-1);
    return seen;
  },
});

const factor = (name: string, scale: number, from: Price = price) =>
  node(name, {
    inputs: { price: from },
    params: { scale },
    tags: ['momentum'],
    compute: (view) => view.price.close.at(-1) * view.params.scale,
  });

/** A strategy of another author with streams that have the tag. */
const supplier = (scales: readonly number[], from: Price = price): Strategy =>
  strategy('supplier', {
    outputs: Object.fromEntries(scales.map((scale) => [`f${scale}`, factor(`f${scale}`, scale, from)])),
  });

const memberOf = (placed: Placed, name: string): TagQueryMember => ({
  nodeId: idOf(placed, name),
  topic: topicOf(placed, name),
});

const resolved = (consumer: Placed, members: readonly TagQueryMember[]): ResolvedTagQueries =>
  new Map([[idOf(consumer, 'momenta'), members]]);

describe('a tag query', () => {
  test('a tag query reads the recorded streams it matches, with their own warm-up', async () => {
    const stores = openStores();
    const made = await place(supplier([10, 100]), { stores });
    await run(made);
    const consumer = await place(strategy('total', { outputs: { total } }), { stores });
    const tagQueries = resolved(consumer, [memberOf(made, 'f10'), memberOf(made, 'f100')]);
    const report = await run(consumer, { tagQueries });
    expect(await outputsOf(consumer, 'total')).toEqual(
      [3, 6, 12, 24, 48].map((sum, at) => [(at + 1) * day, sum * 110]),
    );
    expect(outputCounts(report)).toEqual({
      [topicOf(made, 'f10')]: 6,
      [topicOf(made, 'f100')]: 6,
      total: 5,
    });
    expect([...report.written.keys()]).toEqual([topicOf(consumer, 'total')]);
  });

  test('the matches of a tag query are in NodeID order, each once, in whatever order they were found', async () => {
    const stores = openStores();
    const made = await place(supplier([1, 2, 3]), { stores });
    await run(made);
    const consumer = await place(strategy('digits', { outputs: { digits } }), { stores });
    const members = ['f1', 'f2', 'f3'].map((name) => memberOf(made, name));
    const ordered = [...members].sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
    const found = [...ordered].reverse();
    await run(consumer, { tagQueries: resolved(consumer, [...found, ...members]) });
    const scale = (topic: string) =>
      ['f1', 'f2', 'f3'].findIndex((name) => topicOf(made, name) === topic) + 1;
    const expected = ordered.reduce((seen, { topic }) => seen * 100 + scale(topic), 0);
    expect((await outputsOf(consumer, 'digits'))[0]).toEqual([0, expected]);
  });

  test('a node whose only input is a tag query without matches computes nothing', async () => {
    const consumer = await place(
      strategy('total', { outputs: { total, newest: newestOf('newest', price) } }),
    );
    expect(outputCounts(await run(consumer))).toEqual({ price: 6, newest: 6, total: 0 });
  });

  test('a tag query without matches is an empty list next to other inputs', async () => {
    const consumer = await place(strategy('digits', { outputs: { digits } }));
    await run(consumer);
    expect(await outputsOf(consumer, 'digits')).toEqual(values.map((_, at) => [at * day, 0]));
  });

  test('a tag query that matches a node of its own strategy reads it as it is computed', async () => {
    const own = factor('own', 5);
    const both = strategy('own', { outputs: { total, own } });
    const consumer = await place(both);
    const tagQueries = resolved(consumer, [memberOf(consumer, 'own')]);
    const report = await run(consumer, { tagQueries });
    expect(outputCounts(report)).toEqual({ price: 6, own: 6, total: 5 });
    expect((await outputsOf(consumer, 'total'))[0]).toEqual([day, 15]);
    expect(workOf(await run(consumer, { tagQueries }))).toEqual({ computed: 0, reused: 11, written: 0 });
  });

  test('a tag query that matches a node computed from it is refused', async () => {
    const again = node('again', {
      inputs: { momenta },
      tags: ['momentum'],
      compute: (view) => view.momenta.length,
    });
    const consumer = await place(strategy('again', { outputs: { again } }));
    await expect(
      run(consumer, { tagQueries: resolved(consumer, [memberOf(consumer, 'again')]) }),
    ).rejects.toMatchObject({
      code: 'E_CYCLE',
      message: 'a tag query matches a node that is computed from it: again reads again',
    });
  });

  test('a stream that two tag queries match is one stream', async () => {
    const stores = openStores();
    const made = await place(supplier([10]), { stores });
    await run(made);
    const others = tagQuery('others', { queryTags: ['momentum', 'value'], interval: days(1) });
    const twice = node('twice', {
      inputs: { momenta, others },
      period: bars(2),
      compute: (view) =>
        view.momenta.reduce((sum, one) => sum + one.value.sum(), 0) -
        view.others.reduce((sum, one) => sum + one.value.sum(), 0),
    });
    const consumer = await place(strategy('twice', { outputs: { twice } }), { stores });
    const members = [memberOf(made, 'f10')];
    const tagQueries = new Map(['momenta', 'others'].map((name) => [idOf(consumer, name), members]));
    await run(consumer, { tagQueries });
    expect(await outputsOf(consumer, 'twice')).toEqual([1, 2, 3, 4, 5].map((at) => [at * day, 0]));
  });

  test('a tag query that matches a stream with other fields is refused, with the topic of the stream', async () => {
    const stores = openStores();
    const pair = node('pair', {
      inputs: { price },
      tags: ['momentum'],
      output: { low: 'float64', high: 'float64' },
      compute: (view) => ({ low: view.price.close.at(-1), high: view.price.close.at(-1) }),
    });
    const made = await place(strategy('pair', { outputs: { pair } }), { stores });
    await run(made);
    const consumer = await place(strategy('total', { outputs: { total } }), { stores });
    const tagQueries = resolved(consumer, [memberOf(made, 'pair')]);
    await expect(run(consumer, { tagQueries })).rejects.toMatchObject({
      code: 'E_DATA',
      message: `tag query momenta reads value, but its match ${topicOf(made, 'pair')} has other fields`,
    });
    const own = await place(strategy('own-pair', { outputs: { total, pair } }), { stores });
    await expect(run(own, { tagQueries: resolved(own, [memberOf(own, 'pair')]) })).rejects.toMatchObject({
      code: 'E_DATA',
      message: expect.stringContaining('has low, high'),
    });
  });

  test('a tag query reads nothing that was recorded in another context', async () => {
    const stores = openStores();
    const made = await place(supplier([10]), { stores });
    await run(made);
    const consumer = await place(strategy('total', { outputs: { total } }), { stores, asOf: '2031-01-01' });
    const report = await run(consumer, { tagQueries: resolved(consumer, [memberOf(made, 'f10')]) });
    expect(outputCounts(report)).toEqual({ [topicOf(made, 'f10')]: 0, total: 0 });
  });

  test('values computed from other matches of a tag query are not reused, nor those of nodes behind them', async () => {
    const stores = openStores();
    const made = await place(supplier([10, 100]), { stores });
    await run(made);
    const doubled = node('doubled', {
      inputs: { total },
      compute: (view) => view.total.value.at(-1) * 2,
    });
    const consumer = await place(strategy('total', { outputs: { doubled } }), { stores });
    const members = [memberOf(made, 'f10'), memberOf(made, 'f100')];
    await run(consumer, { tagQueries: resolved(consumer, members.slice(0, 1)) });
    const second = await run(consumer, { tagQueries: resolved(consumer, members) });
    expect(workOf(second)).toMatchObject({ computed: 10, reused: 0 });
    const again = await run(consumer, { tagQueries: resolved(consumer, members) });
    expect(workOf(again)).toMatchObject({ computed: 0, reused: 10 });
    expect(again.digest).toBe(second.digest);
  });

  describe('a match that itself depends on a tag query', () => {
    const averages = tagQuery('averages', { queryTags: ['average'], interval: days(1) });
    const average = node('average', {
      inputs: { momenta },
      tags: ['average'],
      compute: (view) => view.momenta.reduce((sum, one) => sum + one.value.at(-1), 0) / view.momenta.length,
    });
    const spread = node('spread', {
      inputs: { averages },
      compute: (view) => view.averages.reduce((sum, one) => sum + one.value.at(-1), 0),
    });

    /** The average over some momenta, recorded; and its reader. */
    async function chain(scales: readonly number[], stores = openStores()) {
      const made = await place(supplier(scales), { stores });
      await run(made);
      const middle = await place(strategy('average', { outputs: { average } }), { stores });
      const members = scales.map((scale) => memberOf(made, `f${scale}`));
      await run(middle, { tagQueries: resolved(middle, members) });
      const reader = await place(strategy('spread', { outputs: { spread } }), { stores });
      const query = { query: idOf(middle, 'momenta'), members: members.map(({ nodeId }) => nodeId) };
      const match: TagQueryMember = { ...memberOf(middle, 'average'), resolved: [query] };
      const runReader = (...matches: readonly TagQueryMember[]) =>
        run(reader, { tagQueries: new Map([[idOf(reader, 'averages'), matches]]) });
      return { stores, reader, match, runReader };
    }

    test('its values are read when it is known what its own query matched', async () => {
      const { reader, match, runReader } = await chain([10, 20]);
      const report = await runReader(match);
      expect(report.nodes.map(({ computed }) => computed)).toContain(6);
      expect((await outputsOf(reader, 'spread'))[0]).toEqual([0, 15]);
    });

    test('without that, or with other matches, nothing is read: those values were computed from other streams', async () => {
      const { match, runReader } = await chain([10, 20]);
      const { resolved: _known, ...unknown } = match;
      expect(outputCounts(await runReader(unknown))).toMatchObject({ spread: 0 });
      const [query] = match.resolved ?? [];
      if (query === undefined) throw new Error('no query');
      const other = { ...match, resolved: [{ ...query, members: query.members.slice(0, 1) }] };
      expect(outputCounts(await runReader(other))).toMatchObject({ spread: 0 });
    });

    test('values behind it are not reused once its query matched other streams', async () => {
      const stores = openStores();
      const first = await chain([10, 20], stores);
      await first.runReader(first.match);
      expect(workOf(await first.runReader(first.match))).toMatchObject({ computed: 0, reused: 6 });
      const second = await chain([10, 20, 30], stores);
      expect(workOf(await second.runReader(second.match))).toMatchObject({ computed: 6, reused: 0 });
    });

    test('a match that was computed from a node which reads it is refused', async () => {
      const { reader, match, runReader } = await chain([10]);
      const loop = { query: idOf(reader, 'averages'), members: [idOf(reader, 'spread')] };
      await expect(runReader({ ...match, resolved: [loop] })).rejects.toMatchObject({ code: 'E_CYCLE' });
    });
  });

  test('a tag query in safe mode reads the last record of each bucket', async () => {
    const safe = { stores: openStores(), pinned: false };
    const made = await place(supplier([10]), safe);
    await run(made);
    const revised = priceFrom(daily(values.slice(0, 4).map((value) => value + 1)));
    await run({ ...made, strategy: supplier([10], revised).compile() });
    expect(await recordsIn(safe.stores.log, topicOf(made, 'f10'))).toHaveLength(10);
    const consumer = await place(strategy('total', { outputs: { total } }), safe);
    await run(consumer, { tagQueries: resolved(consumer, [memberOf(made, 'f10')]) });
    expect((await outputsOf(consumer, 'total')).slice(0, 3)).toEqual([
      [day, 50],
      [2 * day, 80],
      [3 * day, 140],
    ]);
  });
});
