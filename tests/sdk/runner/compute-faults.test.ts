import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { backtest } from '../../../sdk/backtest.js';
import { bars, node, type Strategy, strategy } from '../../../sdk/index.js';
import type { ComputeNode } from '../../../sdk/nodes/node.js';
import { daily, place, recordsIn, run, topicOf, walk } from './backtest-fixture.js';
import { priceFrom } from './strategies.js';

const price = priceFrom(daily(walk(300)));

const throwing = node('throwing', {
  inputs: { price },
  compute: (view) => {
    if (view.time === 86_400 * 280) throw new Error('no such regime');
    return 1;
  },
});

const lookingTooFar = node('looking-too-far', {
  inputs: { price },
  period: bars(2),
  compute: (view) => view.price.close.at(-3),
});

/** A strategy in plain JavaScript: no compiler checks its results. */
const loose = (compute: ComputeNode['compute'], output: ComputeNode['output']): Strategy => {
  const definition = { inputs: { price }, period: bars(3), output, compute };
  const made: ComputeNode = Reflect.apply(node, undefined, ['loose', definition]);
  return strategy('loose', { outputs: { loose: made } });
};

const one = { value: 'float64' } as const;
const two = { low: 'float64', high: 'float64' } as const;
const whole = { value: 'int32' } as const;

describe('faults of compute functions', () => {
  test('an error of a compute function is reported with node, bucket and its message', async () => {
    const placed = await place(strategy('throwing', { outputs: { throwing } }));
    await expect(run(placed)).rejects.toMatchObject({
      code: 'E_COMPUTE',
      message: 'compute of node throwing failed at 1970-10-08T00:00:00.000Z: no such regime',
      cause: expect.objectContaining({ message: 'no such regime' }),
    });
  });

  test('a compute function that looks outside its window gets a hint to take a longer period', async () => {
    const placed = await place(strategy('far', { outputs: { lookingTooFar } }));
    await expect(run(placed)).rejects.toMatchObject({
      code: 'E_COMPUTE',
      message: expect.stringMatching(/looking-too-far failed at 1970-01-02T.*longer period/),
    });
  });

  test.each([
    { returns: 'text', compute: () => JSON.parse('"1"'), output: one, says: "returned '1', not a row" },
    { returns: 'nothing', compute: () => JSON.parse('null'), output: one, says: 'returned null, not a row' },
    {
      returns: 'an array',
      compute: () => JSON.parse('[1]'),
      output: one,
      says: 'returned \\[ 1 \\], not a row',
    },
    { returns: 'a number for a row', compute: () => 1, output: two, says: 'returned 1, not a row' },
    {
      returns: 'half a row',
      compute: () => ({ low: 1 }),
      output: two,
      says: 'returned undefined for field high',
    },
    {
      returns: 'more than a row',
      compute: () => ({ low: 1, high: 2, open: 3 }),
      output: two,
      says: 'returned more fields',
    },
    {
      returns: 'a fraction for int32',
      compute: () => 1.5,
      output: whole,
      says: 'returned 1.5 for field value, which is int32',
    },
  ])(
    'a compute function that returns $returns is reported with its bucket',
    async ({ compute, output, says }) => {
      const placed = await place(loose(compute, output));
      await expect(run(placed)).rejects.toMatchObject({
        code: 'E_COMPUTE',
        message: expect.stringMatching(
          new RegExp(`^compute of node loose ${says}.* at 1970-01-03T00:00:00.000Z$`),
        ),
      });
    },
  );

  test('a failed compute function leaves the chunks before it complete, and nothing of its own chunk', async () => {
    const placed = await place(strategy('throwing', { outputs: { throwing } }));
    await expect(run(placed)).rejects.toThrow('no such regime');
    expect(await recordsIn(placed.stores.log, topicOf(placed, 'price'))).toHaveLength(256);
    expect(await recordsIn(placed.stores.log, topicOf(placed, 'throwing'))).toHaveLength(256);
  });
});

describe('faults of several nodes', () => {
  /** Chunks end after a number of bars, whatever time they take. */
  beforeEach(() => void vi.spyOn(performance, 'now').mockReturnValue(0));
  afterEach(() => void vi.restoreAllMocks());

  const failing = (name: string, inputs: { readonly read: typeof price }, bar: number) =>
    node(name, {
      inputs,
      params: { bar },
      compute: (view) => {
        if (view.time === 86_400 * view.params.bar) throw new Error(`at bar ${view.params.bar}`);
        return view.read.close.at(-1);
      },
    });

  test.each([
    { first: 280, second: 270, reported: 'second failed at 1970-09-28' },
    { first: 270, second: 280, reported: 'first failed at 1970-09-28' },
    { first: 280, second: 280, reported: 'first failed at 1970-10-08' },
    { first: 280, second: 3, reported: 'second failed at 1970-01-04' },
  ])(
    'of faults in bars $first and $second the one of the earlier bar, then of the earlier node, is reported',
    async ({ first, second, reported }) => {
      const earlier = failing('first', { read: price }, first);
      const sum = node('second', {
        inputs: { earlier },
        params: { bar: second },
        compute: (view) => {
          if (view.time === 86_400 * view.params.bar) throw new Error(`at bar ${view.params.bar}`);
          return view.earlier.value.at(-1);
        },
      });
      await expect(backtest(strategy('both', { outputs: { sum } }))).rejects.toThrow(reported);
    },
  );

  test('the progress of the chunks before a fault is reported first, and the next run is not disturbed', async () => {
    const seen: number[] = [];
    const onProgress = async ({ bars: done }: { readonly bars: number }) => {
      await new Promise((resolve) => void setImmediate(resolve));
      seen.push(done);
    };
    const failed = backtest(strategy('throwing', { outputs: { throwing } }), { onProgress });
    await expect(failed).rejects.toThrow('no such regime');
    expect(seen).toEqual([256]);
    const fails = backtest(strategy('fails', { outputs: { price } }), {
      onProgress: () => {
        throw new Error('no screen');
      },
    });
    await expect(fails).rejects.toThrow('no screen');
    const { bars: done } = await backtest(strategy('whole', { outputs: { price } }));
    expect(done).toBe(300);
  });
});
