import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RecordLog, Transaction } from '../../../domain/ports/record-log.js';
import { backtest } from '../../../sdk/backtest.js';
import { node, strategy } from '../../../sdk/index.js';
import { EvaluationThread } from '../../../sdk/runner/evaluation-thread.js';
import type { BacktestProgress } from '../../../sdk/runner/run-bars.js';
import {
  daily,
  openStores,
  type Placed,
  place,
  placeAndRun,
  recordsIn,
  run,
  topicOf,
  walk,
  workOf,
} from './backtest-fixture.js';
import { busyStrategy, cousinStrategy, priceFrom } from './strategies.js';

const count = 1_000;
const chunk = 256;
const data = daily(walk(count));
const busy = () => busyStrategy(data);

/** Chunks end after a number of bars, whatever time they take. */
beforeEach(() => void vi.spyOn(performance, 'now').mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

/** The report of an undisturbed run. */
const clean = placeAndRun(busy());
const cleanDigest = async () => (await clean).digest;

/** The number of bars of which a read-committed reader sees every output. */
async function wholeBars(placed: Placed): Promise<number> {
  const price = await recordsIn(placed.stores.log, topicOf(placed, 'price'));
  const warmUps = { returns: 1, average: 4, range: 6, odd: 6, position: 6 };
  for (const [name, warmUp] of Object.entries(warmUps)) {
    const records = await recordsIn(placed.stores.log, topicOf(placed, name));
    expect(records).toHaveLength(Math.max(price.length - warmUp, 0));
  }
  return price.length;
}

/** Stops a run after a number of bars. */
function stopAfter(bars: number) {
  const controller = new AbortController();
  const onProgress = (progress: BacktestProgress) => {
    if (progress.bars >= bars) controller.abort();
  };
  return { signal: controller.signal, onProgress };
}

describe('an interrupted run', () => {
  test.each([
    { after: 0, committed: chunk },
    { after: chunk, committed: chunk },
    { after: chunk + 1, committed: 2 * chunk },
    { after: 3 * chunk, committed: 3 * chunk },
    { after: count, committed: count },
  ])(
    'a run interrupted after $after bars leaves $committed whole bars, and the next run completes it',
    async ({ after, committed }) => {
      const placed = await place(busy());
      await expect(run(placed, stopAfter(after))).rejects.toMatchObject({
        code: 'E_INTERRUPTED',
        message: `the run was stopped after ${committed} of ${count} bars`,
      });
      expect(await wholeBars(placed)).toBe(committed);
      const report = await run(placed);
      expect(workOf(report)).toMatchObject({ reused: 5 * committed - 1 - 4 - 6 * 3 });
      expect(report.digest).toBe(await cleanDigest());
      expect(await wholeBars(placed)).toBe(count);
    },
  );

  test('a run interrupted before it began leaves nothing', async () => {
    const placed = await place(busy());
    await expect(run(placed, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
    });
    expect(await wholeBars(placed)).toBe(0);
  });

  test.each([1, chunk])(
    'an interruption is noticed in a run of %d bars, which is one chunk',
    async (bars) => {
      const few = await place(busyStrategy(daily(walk(bars))));
      await expect(run(few, stopAfter(0))).rejects.toMatchObject({
        message: `the run was stopped after ${bars} of ${bars} bars`,
      });
    },
  );

  test('a signal that arrives while bars are computed is noticed after the chunk', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    // As the handler of Ctrl-C: it runs in the first turn of the event loop after the chunk.
    const onProgress = () => void setImmediate(() => controller.abort());
    await expect(backtest(busy(), { signal, onProgress })).rejects.toMatchObject({
      message: `the run was stopped after ${chunk} of ${count} bars`,
    });
  });

  test('slow computes end a chunk before it has all its bars', async () => {
    // A bar takes 10 ms: 8 are evaluated to learn that, and 200 ms have room for 12 more.
    let clock = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => clock);
    vi.spyOn(EvaluationThread.prototype, 'evaluate').mockImplementation(async (times) => {
      clock += 10 * times.length;
      return [];
    });
    await expect(backtest(busy(), stopAfter(1))).rejects.toMatchObject({
      message: `the run was stopped after 20 of ${count} bars`,
    });
  });

  test('a signal ends compute functions that never return', async () => {
    const endless = node('endless', {
      inputs: { price: priceFrom(data) },
      compute: (view): number => {
        while (view.time >= 0) Math.abs(view.time);
        return 1;
      },
    });
    const failure = backtest(strategy('endless', { outputs: { endless } }), {
      signal: AbortSignal.timeout(100),
    });
    await expect(failure).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
      message: `the run was stopped after 0 of ${count} bars`,
    });
  });
});

describe('a callback for progress', () => {
  const fail = () => {
    throw new Error('no screen');
  };

  test.each([
    ['throws', fail],
    ['rejects', async () => fail()],
  ])('a callback for progress that %s ends the backtest with its error', async (_, onProgress) => {
    await expect(backtest(busy(), { onProgress })).rejects.toThrow('no screen');
  });

  test('a callback for progress that never settles does not keep a run from being stopped', async () => {
    const controller = new AbortController();
    const onProgress = () => {
      setImmediate(() => controller.abort());
      return new Promise(() => {});
    };
    await expect(backtest(busy(), { onProgress, signal: controller.signal })).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
    });
  });
});

/** A process that has died: nothing it does after the fault reaches the log, not even an abort. */
function dyingAt(
  log: RecordLog,
  fault: { readonly step: 'append' | 'commit'; readonly call: number },
): RecordLog {
  let calls = 0;
  const isDead = () => calls >= fault.call;
  const gone = () => new Error('the process is gone');
  const guarded = async (step: 'append' | 'commit' | 'other', act: () => Promise<void>) => {
    if (step === fault.step) calls += 1;
    if (isDead()) throw gone();
    await act();
  };
  const dying = (transaction: Transaction): Transaction => ({
    append: (topic, records) => guarded('append', () => transaction.append(topic, records)),
    commit: () => guarded('commit', () => transaction.commit()),
    abort: () => guarded('other', () => transaction.abort()),
  });
  return {
    ...log,
    transactional: async (id) => {
      const producer = await log.transactional(id);
      return {
        begin: async () => dying(await producer.begin()),
        close: () => (isDead() ? Promise.resolve() : producer.close()),
      };
    },
  };
}

describe('a crash', () => {
  test.each([
    { step: 'append', call: 1, committed: 0 },
    { step: 'append', call: 4, committed: 0 },
    { step: 'commit', call: 1, committed: 0 },
    { step: 'append', call: 9, committed: chunk },
    { step: 'commit', call: 3, committed: 2 * chunk },
    { step: 'commit', call: 4, committed: 3 * chunk },
  ] as const)(
    'a crash at $step $call leaves $committed whole bars visible, and the next run completes it',
    async (fault) => {
      const placed = await place(busy());
      const { log } = placed.stores;
      await expect(run(placed, { log: dyingAt(log, fault) })).rejects.toThrow('the process is gone');
      expect(await wholeBars(placed)).toBe(fault.committed);
      expect((await run(placed)).digest).toBe(await cleanDigest());
      expect(await wholeBars(placed)).toBe(count);
      expect(workOf(await run(placed))).toMatchObject({ computed: 0, written: 0 });
    },
  );

  test('a crash leaves its open transaction to the next run, which ends it', async () => {
    const placed = await place(busy());
    const { log } = placed.stores;
    await expect(run(placed, { log: dyingAt(log, { step: 'commit', call: 1 }) })).rejects.toThrow('gone');
    const topic = topicOf(placed, 'average');
    expect(await recordsIn(log, topic, 'read-uncommitted')).toHaveLength(chunk - 4);
    await run(placed);
    expect(await recordsIn(log, topic, 'read-uncommitted')).toHaveLength(chunk - 4 + count - 4);
    expect(await recordsIn(log, topic)).toHaveLength(count - 4);
  });

  test('the run after a crash ends the open transaction before it reads, and sees all records', async () => {
    const stores = openStores();
    const [placed, cousin] = [await place(busy(), { stores }), await place(cousinStrategy(data), { stores })];
    const { log } = stores;
    await expect(run(placed, { log: dyingAt(log, { step: 'commit', call: 1 }) })).rejects.toThrow('gone');
    await run(cousin);
    expect(await recordsIn(log, topicOf(placed, 'average'))).toEqual([]);
    const report = await run(placed);
    expect(workOf(report)).toMatchObject({ reused: count - 1 + count - 4 });
    expect(await recordsIn(log, topicOf(placed, 'average'))).toHaveLength(count - 4);
  });

  test('a failed commit on a broker that comes back is reported, and leaves no partial bars', async () => {
    const placed = await place(busy());
    const { log } = placed.stores;
    let aborted = 0;
    const flaky: RecordLog = {
      ...log,
      transactional: async (id) => {
        const producer = await log.transactional(id);
        return {
          close: () => producer.close(),
          begin: async () => {
            const transaction = await producer.begin();
            const commit = () => Promise.reject(new Error('the broker did not answer'));
            const abort = () => {
              aborted += 1;
              return transaction.abort();
            };
            return { ...transaction, commit, abort };
          },
        };
      },
    };
    await expect(run(placed, { log: flaky })).rejects.toThrow('the broker did not answer');
    expect(aborted).toBe(1);
    expect(await wholeBars(placed)).toBe(0);
    expect(await recordsIn(log, topicOf(placed, 'price'))).toEqual([]);
  });
});

test.each([
  ['ends well', () => {}],
  ['is interrupted', (stop: AbortController) => stop.abort()],
])('the producer is closed after a run that %s', async (_, atProgress) => {
  const stop = new AbortController();
  const options = { signal: stop.signal, onProgress: () => atProgress(stop) };
  const placed = await place(busy());
  const { log } = placed.stores;
  let closed = 0;
  const transactional: RecordLog['transactional'] = async (id) => {
    const producer = await log.transactional(id);
    return {
      begin: () => producer.begin(),
      close: () => {
        closed += 1;
        return producer.close();
      },
    };
  };
  await Promise.allSettled([run(placed, { ...options, log: { ...log, transactional } })]);
  expect(closed).toBe(1);
});

describe('a newer run', () => {
  /** Starts another run after the first commit of a run. */
  async function overtaken(first: Placed, second: Placed) {
    let newer: ReturnType<typeof run> | undefined;
    const onProgress = () => {
      newer ??= run(second);
    };
    const older = await Promise.allSettled([run(first, { onProgress })]);
    return { older: older[0], newer: await newer };
  }

  test('a newer run of the same strategy and context fences the older', async () => {
    const placed = await place(busy());
    const { older, newer } = await overtaken(placed, placed);
    expect(older).toMatchObject({ status: 'rejected', reason: { code: 'E_PRODUCER_FENCED' } });
    expect(newer?.digest).toBe(await cleanDigest());
    expect(await wholeBars(placed)).toBe(count);
  });

  test.each([
    ['another as_of', { asOf: '2021-01-01' }],
    ['another world', { world: 'w2' }],
    ['another domain', { domain: 'dryrun' }],
    ['safe mode', { domain: 'moon' }],
  ])('a newer run of the same strategy in %s does not fence the older', async (_, options) => {
    const stores = openStores();
    const first = await place(busy(), { stores });
    const second = await place(busy(), { stores, ...options });
    const { older, newer } = await overtaken(first, second);
    expect(older).toMatchObject({ status: 'fulfilled', value: { digest: newer?.digest } });
  });

  test('a newer run of another version does not fence the older', async () => {
    const stores = openStores();
    const first = await place(busy(), { stores });
    const second = await place(busyStrategy(data, 'v2'), { stores });
    const { older } = await overtaken(first, second);
    expect(older).toMatchObject({ status: 'fulfilled' });
  });
});
