import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { hashComputeKey } from '../../../domain/context/compute-key.js';
import type { RecordLog } from '../../../domain/ports/record-log.js';
import { partitionKey } from '../../../domain/topics/message-key.js';
import { strategy } from '../../../sdk/index.js';
import { hashSchema } from '../../../sdk/nodes/schema-id.js';
import type { RunReport } from '../../../sdk/runner/run-report.js';
import {
  daily,
  day,
  idOf,
  outputCounts,
  type Placed,
  place,
  placeAndRun,
  recordsIn,
  run,
  topicOf,
  walk,
} from './backtest-fixture.js';
import { busyOutputs } from './busy-outputs.js';
import { busyStrategy, sumStrategy, wideStrategy } from './strategies.js';

const bars = 600;
const busy = () => busyStrategy(daily(walk(bars)));

afterEach(() => void vi.restoreAllMocks());

describe('outputs', () => {
  test('outputs are written to the topic of their node, one record per bucket', async () => {
    const placed = await place(busy());
    const report = await run(placed);
    expect(outputCounts(report)).toEqual({
      price: bars,
      returns: bars - 1,
      average: bars - 4,
      range: bars - 6,
      odd: bars - 6,
      position: bars - 6,
    });
    expect(new Set(placed.topics.values()).size).toBe(6);
    for (const { name, topic, outputs } of report.nodes) {
      expect(topic).toBe(topicOf(placed, name));
      expect(report.written.get(topic)).toBe(outputs);
      expect(await recordsIn(placed.stores.log, topic)).toHaveLength(outputs);
    }
  });

  test('outputs have the partition key of node, interval, bucket and ComputeKey, and the hash of their schema', async () => {
    const placed = await place(busy(), { partition: 'tenant-1' });
    await run(placed);
    for (const { nodeId, node } of placed.strategy.nodes) {
      const { worldId, domain, asOf } = placed.context;
      const computeKey = hashComputeKey({ nodeId, worldId, domain, asOf, partition: 'tenant-1' });
      for (const { key, timestamp, headers } of await recordsIn(
        placed.stores.log,
        topicOf(placed, node.name),
      )) {
        const bucket = timestamp / 1_000;
        expect(key).toBe(partitionKey({ nodeId, interval: day, bucket, computeKey }));
        expect(headers).toEqual({ schema_hash: hashSchema(node.output) });
      }
    }
  });

  test('committed outputs are whole bars: no topic is ever ahead of another', async () => {
    const placed = await place(busy());
    const seen: string[] = [];
    const look = async () => {
      const newest = await newestByTopic(placed);
      seen.push([...new Set(newest)].join(' '));
    };
    await run(placed, { log: observed(placed.stores.log, look) });
    // One bar per day from day 0: after n bars the newest bucket of every topic is day n - 1.
    expect([...new Set(seen)]).toEqual(['none', `${255 * day}`, `${511 * day}`, `${(bars - 1) * day}`]);
  });

  test('outputs of a node are written in event-time order', async () => {
    const placed = await place(busy());
    await run(placed);
    const times = (await recordsIn(placed.stores.log, topicOf(placed, 'odd'))).map((one) => one.timestamp);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test('outputs are committed every 256 bars', async () => {
    vi.spyOn(performance, 'now').mockReturnValue(0);
    const placed = await place(sumStrategy(daily(walk(300)), 2));
    const commits: number[] = [];
    await run(placed, { onProgress: ({ bars: done }) => commits.push(done) });
    expect(commits).toEqual([256, 300]);
  });

  test('outputs of a wide DAG are committed every 50,000 records', async () => {
    vi.spyOn(performance, 'now').mockReturnValue(0);
    const placed = await place(wideStrategy(daily(walk(120)), 499));
    const commits: number[] = [];
    await run(placed, { onProgress: ({ bars: done }) => commits.push(done) });
    expect(commits).toEqual([100, 120]);
  });

  test('outputs have a record for every value, with one and the same NaN', async () => {
    const placed = await place(busy());
    await run(placed);
    const odd = (await recordsIn(placed.stores.log, topicOf(placed, 'odd'))).map(({ value }) =>
      Buffer.from(value ?? [])
        .toString('hex')
        .slice(-16),
    );
    expect(odd).toContain('000000000000f87f');
    expect(odd.filter((value) => value.endsWith('f8ff'))).toEqual([]);
  });
});

describe('the order of nodes', () => {
  test('nodes run after their inputs, in the order of the DAG, in whatever order the strategy lists them', async () => {
    const { strategy: compiled } = await place(busy());
    const reversed = strategy('busy', {
      outputs: Object.fromEntries(
        [...compiled.nodes]
          .reverse()
          .flatMap(({ node }) => (node.kind === 'tag-query' ? [] : [[node.name, node]])),
      ),
    });
    const [first, second] = [await placeAndRun(busy()), await placeAndRun(reversed)];
    const order = (report: RunReport) => report.nodes.map(({ nodeId }) => nodeId);
    expect(order(first)).toEqual(compiled.dag.nodes.map(({ nodeId }) => nodeId));
    expect(order(second)).toEqual(order(first));
    expect(second.digest).toBe(first.digest);
  });
});

describe('the same inputs', () => {
  test('the same inputs have byte-equal outputs in two runs', async () => {
    const [first, second] = [await busyOutputs(), await busyOutputs()];
    expect(first).toEqual(second);
    expect(first.records).toBeGreaterThan(1_000);
  });

  test('the same inputs have byte-equal outputs in two processes, under the same NodeIDs', async () => {
    const script = fileURLToPath(new URL('./busy-outputs.ts', import.meta.url));
    const runScript = () => promisify(execFile)(process.execPath, ['--import', 'tsx', script, 'print']);
    const [first, second] = await Promise.all([runScript(), runScript()]);
    expect(JSON.parse(first.stdout)).toEqual(await busyOutputs());
    expect(second.stdout).toBe(first.stdout);
  });

  test('the same inputs have the same digest under another version of the strategy', async () => {
    const data = daily(walk(50));
    const report = await placeAndRun(busyStrategy(data));
    const placed = await place(busyStrategy(data, 'v2'));
    expect((await run(placed)).digest).toBe(report.digest);
  });

  test('any changed value changes the digest of a run', async () => {
    const values = walk(40);
    const { digest } = await placeAndRun(busyStrategy(daily(values)));
    await fc.assert(
      fc.asyncProperty(fc.nat(values.length - 1), async (at) => {
        const changed = values.map((value, index) => (index === at ? value + 1e-9 : value));
        expect((await placeAndRun(busyStrategy(daily(changed)))).digest).not.toBe(digest);
      }),
      { numRuns: 10 },
    );
  });
});

test('a node without a topic in the receipt is an internal error, reported before anything is read', async () => {
  const placed = await place(busy());
  const topics = new Map([...placed.topics].filter(([nodeId]) => nodeId !== idOf(placed, 'odd')));
  await expect(run(placed, { topics })).rejects.toMatchObject({
    code: 'E_INTERNAL',
    message: expect.stringContaining('odd'),
  });
});

/** The newest record of each topic for a read-committed reader. */
async function newestByTopic(placed: Placed): Promise<string[]> {
  const newest: string[] = [];
  for (const topic of placed.topics.values()) {
    const times = (await recordsIn(placed.stores.log, topic)).map(({ timestamp }) => timestamp / 1_000);
    newest.push(times.length === 0 ? 'none' : String(Math.max(...times)));
  }
  return newest;
}

/** Calls `look` before and after every step of every transaction. */
function observed(log: RecordLog, look: () => Promise<void>): RecordLog {
  return {
    ...log,
    transactional: async (id) => {
      const producer = await log.transactional(id);
      return {
        ...producer,
        close: () => producer.close(),
        begin: async () => {
          const transaction = await producer.begin();
          return {
            append: async (topic, records) => {
              await transaction.append(topic, records);
              await look();
            },
            commit: async () => {
              await transaction.commit();
              await look();
            },
            abort: () => transaction.abort(),
          };
        },
      };
    },
  };
}
