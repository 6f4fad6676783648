import type { TopicName } from '../../domain/base/ids.js';
import type { ExecutionContext } from '../../domain/context/execution-context.js';
import type { RecordLog, RecordToWrite, TransactionalProducer } from '../../domain/ports/record-log.js';
import { makePartitionKeys } from '../../domain/topics/message-key.js';
import { toOutputRecords } from './output-record.js';
import { schemaHashHeader } from './recorded-outputs.js';
import type { RunNode } from './run-node.js';

/** The number of topics written concurrently: a log behind a network sends them together. */
const topicsAtOnce = 200;

/**
 * The id under which runs of a strategy version in one execution context write: the run that opened it last fences the others.
 *
 * Other contexts write under other ComputeKeys or, in safe mode, to other topics; other versions may run at the same time.
 */
export function makeTransactionalId(
  strategy: { readonly id: string; readonly version: string },
  { worldId, domain, asOf, partition, downgradeReason }: ExecutionContext,
): string {
  const mode = downgradeReason === undefined ? 'run' : 'safe-run';
  return [mode, worldId, domain, asOf, partition, strategy.id, strategy.version]
    .map((part) => encodeURIComponent(part))
    .join('/');
}

/** Writes the outputs of whole bars in one transaction: readers see a bar in all its topics or in none. */
export class OutputTransactions {
  readonly #producer: TransactionalProducer;
  /** Number of records committed by this run, by topic. */
  readonly written = new Map<TopicName, number>();

  private constructor(producer: TransactionalProducer) {
    this.#producer = producer;
  }

  /** Fences an older run with the same id, and ends its open transaction. */
  static async open(log: RecordLog, transactionalId: string): Promise<OutputTransactions> {
    return new OutputTransactions(await log.transactional(transactionalId));
  }

  /** Writes the unwritten outputs of the nodes. */
  async commit(nodes: readonly RunNode[]): Promise<void> {
    const writing = nodes.filter((run) => run.unwritten.length > 0);
    if (writing.length === 0) return;
    const transaction = await this.#producer.begin();
    try {
      for (let first = 0; first < writing.length; first += topicsAtOnce) {
        const some = writing.slice(first, first + topicsAtOnce);
        await Promise.all(some.map((run) => transaction.append(run.topic, recordsOf(run))));
      }
      await transaction.commit();
    } catch (error) {
      // The first failure is reported; a broker that was lost aborts the transaction by itself.
      await transaction.abort().catch(() => {});
      throw error;
    }
    for (const run of writing) {
      this.written.set(run.topic, (this.written.get(run.topic) ?? 0) + run.unwritten.length);
      run.unwritten.length = 0;
    }
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }
}

function recordsOf(run: RunNode): RecordToWrite[] {
  const keyOf = makePartitionKeys(run);
  const headers = { [schemaHashHeader]: run.schemaHash };
  const values = toOutputRecords(run.outputs, run.unwritten);
  return run.unwritten.map((row, index) => {
    const bucket = run.outputs.time(row);
    return { key: keyOf(bucket), value: values[index] ?? null, timestamp: bucket * 1_000, headers };
  });
}
