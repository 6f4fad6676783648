import { blake3Hex } from '../../domain/base/blake3.js';
import type { TopicName } from '../../domain/base/ids.js';
import type { RecordLog } from '../../domain/ports/record-log.js';
import { topicsOf } from '../../domain/submissions/queue-map.js';
import { committedBatches } from '../../sdk/runner/recorded-outputs.js';
import { performanceResult } from '../report/performance-result.js';
import { receiptSummary } from '../report/receipt-summary.js';
import { countEvaluations, type DemoStep, hasReceiptOf } from './scenario.js';

/** The result of the demo as JSON: field names as on the wire, percentages as fractions. */
export interface DemoResult {
  readonly temporal: { readonly kind: string; readonly address: string; readonly ui?: string };
  readonly report: string;
  readonly steps: readonly unknown[];
  /** Final number of committed records per topic. */
  readonly records: Readonly<Record<string, number>>;
  /** BLAKE3 over the output digests of all runs. */
  readonly digest: string;
}

export function stepResult(step: DemoStep, first: DemoStep | undefined) {
  const { receipt, run } = step;
  return {
    title: step.title,
    workflow_id: step.workflowId,
    ...receiptSummary(receipt),
    joined: step.joined,
    same_receipt_as_first: hasReceiptOf(step, first),
    nodes: step.lines,
    ...(run === undefined ? {} : { run: runResult(run) }),
  };
}

function runResult(run: NonNullable<DemoStep['run']>) {
  const evaluations = countEvaluations(run);
  return {
    bars: run.bars,
    evaluations_computed: evaluations.computed,
    evaluations_reused: evaluations.reused,
    nodes: run.nodes.map(({ name, nodeId, topic, outputs, computed, reused }) => ({
      name,
      node_id: nodeId,
      topic,
      outputs,
      computed,
      reused,
      records_written: run.written.get(topic) ?? 0,
    })),
    digest: run.digest,
    ...(run.performance === undefined ? {} : { performance: performanceResult(run.performance) }),
  };
}

/** Number of committed records in each topic of the steps. */
export async function countRecords(
  log: RecordLog,
  steps: readonly DemoStep[],
): Promise<Readonly<Record<string, number>>> {
  const topics = [...new Set(steps.flatMap((step) => [...topicsOf(step.receipt.nodes).values()]))].sort();
  const counts: [string, number][] = [];
  for (const topic of topics) counts.push([topic, await countTopic(log, topic)]);
  return Object.fromEntries(counts);
}

async function countTopic(log: RecordLog, topic: TopicName): Promise<number> {
  let count = 0;
  for (const partition of await log.partitions(topic)) {
    for await (const records of committedBatches(log, topic, partition)) count += records.length;
  }
  return count;
}

export function outputsDigest(steps: readonly DemoStep[]): string {
  return blake3Hex(steps.flatMap((step) => step.run?.digest ?? []).join('\n'));
}
