import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { backtest } from '../../../sdk/backtest.js';
import { node, type SourceData, strategy } from '../../../sdk/index.js';
import { dataOf, day } from './backtest-fixture.js';
import { newestOf, priceFrom, sumOf, sumStrategy } from './strategies.js';

const throwing = (thrown: unknown): SourceData => ({
  description: 'throwing',
  read: () => {
    throw thrown;
  },
});

/** Data that no compiler checked. */
const returning = (make: () => unknown): SourceData => ({
  description: 'untyped',
  read: (...given) => Reflect.apply(async () => make(), undefined, given),
});

const run = (data: SourceData) => backtest(sumStrategy(data, 1));

const evil = () => {
  throw new Error('evil');
};

class Unreadable {
  get message(): string {
    return evil();
  }
}

const caused = new TypeError('fetch failed', {
  cause: Object.assign(new AggregateError([new Error('connect ECONNREFUSED ::1:1')], ''), {
    code: 'ECONNREFUSED',
  }),
});
const looped = new Error('round');
looped.cause = looped;

describe('values that authors throw', () => {
  test.each([
    ['an object without prototype', Object.create(null), '[Object: null prototype] {}'],
    ['an object', { a: 1 }, '{ a: 1 }'],
    ['an object with a message of another type', { message: 5 }, '{ message: 5 }'],
    ['an object whose message throws', new Unreadable(), 'Unreadable {}'],
    ['an object whose text throws', { toString: evil }, '{ toString: [Function: evil] }'],
    ['a proxy whose traps throw', new Proxy({}, { get: evil, has: evil, ownKeys: evil }), 'Proxy ['],
    ['undefined', undefined, 'undefined'],
    ['an empty text', '', "''"],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['an error without message', new RangeError(), 'RangeError without a message'],
    ['a frozen error', Object.freeze(new Error('frozen')), 'frozen'],
    ['an error with causes', caused, 'fetch failed: ECONNREFUSED: connect ECONNREFUSED ::1:1'],
    ['an error that is its own cause', looped, 'round'],
    ['control characters', new Error('a\u001b[2Jb\nc\u202ed'), 'a\\u001b[2Jb\\nc\\u202ed'],
  ])('a source that throws %s is reported with what was thrown', async (_, thrown, says) => {
    await expect(run(throwing(thrown))).rejects.toMatchObject({
      code: 'E_DATA',
      message: expect.stringContaining(`data of source price cannot be read: ${says}`),
    });
  });

  test('a long message of an author is shortened', async () => {
    const failure = run(throwing(new Error('x'.repeat(10_000))));
    await expect(failure).rejects.toMatchObject({ message: expect.stringMatching(/ x{500}…$/) });
  });

  test('an error of a compute function is described in the same way', async () => {
    const faulty = node('faulty', {
      inputs: { price: priceFrom(dataOf([[0, 1]])) },
      compute: (): number => {
        throw { code: 7 };
      },
    });
    await expect(backtest(strategy('faulty', { outputs: { faulty } }))).rejects.toMatchObject({
      code: 'E_COMPUTE',
      message: 'compute of node faulty failed at 1970-01-01T00:00:00.000Z: { code: 7 }',
    });
  });
});

describe('bars that authors return', () => {
  const values = Float64Array.of(1);
  test.each([
    ['a text', () => 'x', "did not return a list of bars: 'x'"],
    ['nothing', () => undefined, 'did not return a list of bars: undefined'],
    [
      'a list with a hole',
      () => Object.assign([{ time: 0, values }], { length: 2 }),
      'bar 1 of source price is not a bar: undefined',
    ],
    [
      'a bar with a list of values',
      () => [{ time: day, values: [1] }],
      'bar 0 (1970-01-02T00:00:00.000Z) of source price is not a bar: { time: 86400, values: [ 1 ] }',
    ],
    [
      'a bar whose getter throws',
      () => [
        {
          get time() {
            return evil();
          },
          values,
        },
      ],
      'bar 0 of source price cannot be read: evil',
    ],
  ])('a source that returns %s is refused', async (_, make, says) => {
    await expect(run(returning(make))).rejects.toMatchObject({
      code: 'E_DATA',
      message: expect.stringContaining(says),
    });
  });

  test('bars may be instances of a class', async () => {
    class OneBar {
      readonly time = 0;
      readonly values = values;
    }
    expect((await run(returning(() => [new OneBar()]))).bars).toBe(1);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'a position with the weight %d is refused',
    async (weight) => {
      const price = priceFrom(dataOf([[0, Number.isNaN(weight) ? 1 : 0]]));
      const position = node('held', {
        inputs: { price },
        output: { weight: 'float64' },
        compute: (view) => ({
          weight: view.price.close.at(-1) === 0 ? 1 / view.price.close.at(-1) : Number.NaN,
        }),
      });
      await expect(backtest(strategy('held', { outputs: { position } }))).rejects.toMatchObject({
        code: 'E_COMPUTE',
        message: `compute of node held returned ${weight} for field weight, the position, at 1970-01-01T00:00:00.000Z`,
      });
    },
  );

  test('other fields than the weight of a position may be NaN', async () => {
    const ratio = node('ratio', {
      inputs: { price: priceFrom(dataOf([[0, 1]])) },
      compute: () => Number.NaN,
    });
    expect((await backtest(strategy('ratio', { outputs: { ratio } }))).outputs.ratio?.columns.value).toEqual(
      Float64Array.of(Number.NaN),
    );
  });
});

describe('the place of an error in the source of the author', () => {
  test('lines of a message that look like frames are not places', async () => {
    await expect(run(throwing(new Error('a\n    at fake (/etc/passwd:1:1)')))).rejects.toMatchObject({
      hint: expect.stringMatching(/^it was thrown at \S*foreign-code\.test\.ts:\d+:\d+$/),
    });
  });

  test('an error without a frame of the author is placed at the function that was called', async () => {
    const data = { description: 'none', read: () => readFile('/no/such/file').then(() => []) };
    await expect(run(data)).rejects.toMatchObject({
      code: 'E_DATA',
      message: expect.stringContaining('ENOENT'),
      hint: expect.stringMatching(/^it was thrown by the function at \S*foreign-code\.test\.ts:\d+:\d+$/),
    });
  });
});

describe('a run that is stopped while a source is read', () => {
  test('a source that never answers does not hold a stopped run', async () => {
    const never = { description: 'never', read: () => new Promise<never>(() => {}) };
    await expect(backtest(sumStrategy(never, 1), { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
      message: 'the run was stopped while the data of source price were read',
      hint: 'its results are not kept',
    });
  });

  test('a source that fails because the run is stopped is an interruption', async () => {
    const stop = new AbortController();
    const read = () => {
      stop.abort();
      return Promise.reject(new Error('aborted'));
    };
    await expect(
      backtest(sumStrategy({ description: 'aborting', read }, 1), { signal: stop.signal }),
    ).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });

  test('no other source is read after a run was stopped', async () => {
    const stop = new AbortController();
    const reads: string[] = [];
    const data = (name: string): SourceData => ({
      description: name,
      read: async () => {
        reads.push(name);
        stop.abort();
        return [];
      },
    });
    const [a, b] = [priceFrom(data('a'), 'a'), priceFrom(data('b'), 'b')];
    const both = strategy('both', { outputs: { a: newestOf('newest', a), b: sumOf('sum', b, 2) } });
    await expect(backtest(both, { signal: stop.signal })).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    expect(reads).toHaveLength(1);
  });
});
