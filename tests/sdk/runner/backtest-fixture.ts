import type { NodeId, TopicName } from '../../../domain/base/ids.js';
import type { ExecutionContext } from '../../../domain/context/execution-context.js';
import type { LogRecord, RecordLog } from '../../../domain/ports/record-log.js';
import { topicsOf } from '../../../domain/submissions/queue-map.js';
import { checkedSubmission } from '../../../sdk/compile/checked-submission.js';
import { checkedStrategy } from '../../../sdk/compile/define-strategy.js';
import type { CompiledStrategy, Strategy, SubmissionOptions } from '../../../sdk/compile/strategy.js';
import type { SourceData } from '../../../sdk/nodes/node.js';
import { type RunOptions, runBacktest } from '../../../sdk/runner/backtest.js';
import { outputRecordFromBytes } from '../../../sdk/runner/output-record.js';
import type { RunReport } from '../../../sdk/runner/run-report.js';
import { memoryStores, type Stores } from '../../../workers/stores/stores.js';
import { registrationOf, verifyAll } from '../../submit-whole.js';

export const day = 86_400;

/** A bar: its time in seconds, then its values. */
export type Bar = readonly [time: number, ...values: number[]];

export function dataOf(bars: readonly Bar[]): SourceData {
  return {
    description: 'test data',
    read: async () => bars.map(([time, ...values]) => ({ time, values: Float64Array.from(values) })),
  };
}

/** Daily bars of one value from the epoch on. */
export function daily(values: readonly number[]): SourceData {
  return dataOf(values.map((value, index) => [index * day, value]));
}

/** Values that go up and down without repetition: each depends on all before it. */
export function walk(count: number): number[] {
  const values: number[] = [];
  for (let index = 0; index < count; index += 1) {
    values.push(100 + 20 * Math.sin(index / 15) + Math.sin((values.at(-1) ?? 0) * 1.7 + index));
  }
  return values;
}

/** A submitted strategy, with its topics. */
export interface Placed {
  readonly stores: Stores;
  readonly strategy: CompiledStrategy;
  readonly context: ExecutionContext;
  readonly topics: ReadonlyMap<NodeId, TopicName>;
}

const unpinned: SubmissionOptions = { world: 'w1', domain: 'backtest' };

export function openStores(): Stores {
  return memoryStores(() => 0);
}

interface Placement extends Partial<SubmissionOptions> {
  readonly stores?: Stores;
  /** Whether a dataset snapshot is named. */
  readonly pinned?: boolean;
}

/** Registers, creates topics and commits, as the control plane does. */
export async function place(
  strategy: Strategy,
  { stores = openStores(), pinned = true, ...options }: Placement = {},
): Promise<Placed> {
  const base = pinned ? { ...unpinned, asOf: '2020-01-01' } : unpinned;
  const submission = checkedSubmission(strategy.toSubmissionDocument({ ...base, ...options }));
  await stores.graph.register(registrationOf(submission));
  const specs = await stores.graph.unverifiedTopics(submission.submissionId, 10_000);
  await stores.topics.create(specs, { workflowId: 'test', reason: 'test' });
  await verifyAll(stores.graph, submission.submissionId);
  const outcome = await stores.graph.commit(submission.submissionId, 0);
  if (outcome.kind !== 'committed') throw new Error(`not committed: ${outcome.kind}`);
  const { nodes, context } = outcome.receipt;
  return { stores, strategy: strategy.compile(), context, topics: topicsOf(nodes) };
}

export function run(placed: Placed, options: Partial<RunOptions> = {}): Promise<RunReport> {
  const { strategy, context, topics, stores } = placed;
  return runBacktest({ strategy, context, topics, log: stores.log, ...options });
}

export async function placeAndRun(strategy: Strategy, options: Partial<RunOptions> = {}): Promise<RunReport> {
  return run(await place(strategy), options);
}

/** NodeID of a node of a compiled strategy, by its name. */
export function idOf({ strategy }: Placed, name: string): NodeId {
  const found = checkedStrategy(strategy).nodes.find(({ node }) => node.name === name);
  if (found === undefined) throw new Error(`no node ${name}`);
  return found.nodeId;
}

export function topicOf(placed: Placed, name: string): TopicName {
  const topic = placed.topics.get(idOf(placed, name));
  if (topic === undefined) throw new Error(`no topic for ${name}`);
  return topic;
}

export async function recordsIn(
  log: RecordLog,
  topic: string,
  isolation: 'read-committed' | 'read-uncommitted' = 'read-committed',
): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (const partition of await log.partitions(topic)) {
    const batch = await log.read({ topic, partition, fromOffset: 0n, recordsMax: 1_000_000, isolation });
    records.push(...batch.records);
  }
  return records;
}

/** The committed outputs of a node in the order of its topic: bucket, then values. */
export async function outputsOf(placed: Placed, name: string): Promise<number[][]> {
  const records = await recordsIn(placed.stores.log, topicOf(placed, name));
  return records.map(({ value }) => {
    const { bucket, values } = outputRecordFromBytes(value ?? new Uint8Array());
    return [bucket, ...values];
  });
}

/** Sums over all nodes of a report. */
export function workOf(report: RunReport) {
  const sum = (of: (node: RunReport['nodes'][number]) => number) =>
    report.nodes.reduce((total, node) => total + of(node), 0);
  return {
    computed: sum((node) => node.computed),
    reused: sum((node) => node.reused),
    written: [...report.written.values()].reduce((total, count) => total + count, 0),
  };
}

/** Outputs of each node by name. */
export function outputCounts(report: RunReport): Readonly<Record<string, number>> {
  return Object.fromEntries(report.nodes.map(({ name, outputs }) => [name, outputs]));
}
