import type { Kafka, Transaction as KafkaTransaction, Producer } from 'kafkajs';
import { isQmtlError, QmtlError } from '../../domain/base/errors.js';
import type { Transaction, TransactionalProducer } from '../../domain/ports/record-log.js';
import { type Guarded, transactionMsMax, transactionRetry } from './client.js';
import type { ClusterReader, Position } from './cluster-reader.js';
import { toQmtlError } from './failure.js';
import { GroupedSends, type TopicMessages } from './grouped-sends.js';
import { MarkerWatch } from './marker-watch.js';
import { toMessages } from './records.js';
import { partitionGiven, produceTimeoutMs } from './sender.js';

/** How long a transaction may stay open before the broker aborts it. Below the brokers' `transaction.max.timeout.ms` of 15 min. */
const transactionTimeoutMs = 60_000;

export interface TransactionDeps {
  readonly kafka: Kafka;
  readonly reader: ClusterReader;
  readonly guarded: Guarded;
  /** The number of partitions of a topic; throws for a missing topic. */
  readonly partitionCount: (topic: string) => Promise<number>;
}

/** Takes over a transactional id: the broker fences its older holder and aborts the open transaction of that one. */
export async function openTransactional(
  deps: TransactionDeps,
  transactionalId: string,
): Promise<TransactionalProducer> {
  const producer = deps.kafka.producer({
    transactionalId,
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    transactionTimeout: transactionTimeoutMs,
    retry: transactionRetry,
    createPartitioner: () => partitionGiven,
  });
  try {
    await producer.connect();
    // kafkajs takes over the id at its first transaction; an empty one sends nothing else to the broker.
    await (await producer.transaction()).abort();
  } catch (error) {
    await producer.disconnect().catch(() => {});
    throw error;
  }
  return new KafkaTransactionalProducer(deps, transactionalId, producer);
}

class KafkaTransactionalProducer implements TransactionalProducer {
  readonly #deps: TransactionDeps;
  readonly #transactionalId: string;
  readonly #producer: Producer;
  /**
   * Why nothing more can be written. kafkajs cannot continue after the end of a transaction failed, and it may still repeat a
   * send that failed late, into the next transaction: only a new producer is certainly clean.
   */
  #broken: QmtlError | undefined;
  #open: KafkaTransaction | undefined;
  /** The last record of the open transaction in each partition. */
  #written = new Map<string, Position>();
  readonly #markers: MarkerWatch;

  constructor(deps: TransactionDeps, transactionalId: string, producer: Producer) {
    this.#deps = deps;
    this.#transactionalId = transactionalId;
    this.#producer = producer;
    this.#markers = new MarkerWatch(deps.reader);
  }

  async begin(): Promise<Transaction> {
    this.#refuseBroken();
    if (this.#open !== undefined) {
      throw new QmtlError('E_USAGE', `transaction of ${this.#transactionalId} is already open`);
    }
    const open = await this.#call('begin transaction', () => this.#producer.transaction());
    this.#open = open;
    this.#written = new Map();
    const sends = new GroupedSends((request) => this.#send(open, request));
    return {
      append: async (topic, records) => {
        this.#refuseBroken();
        this.#refuseEnded(open);
        const messages = toMessages(topic, records, await this.#deps.partitionCount(topic));
        await this.#call('append in transaction', () => sends.add(topic, messages));
      },
      commit: async () => this.#end(open, 'commit'),
      abort: async () => this.#end(open, 'abort'),
    };
  }

  async close(): Promise<void> {
    const open = this.#open;
    try {
      if (open !== undefined) await this.#end(open, 'abort');
    } catch (error) {
      // A newer producer has ended it already; otherwise the broker's timeout ends it.
      if (!isQmtlError(error)) throw error;
    } finally {
      this.#open = undefined;
      await this.#producer.disconnect();
    }
  }

  async #send(open: KafkaTransaction, request: readonly TopicMessages[]): Promise<void> {
    this.#refuseBroken();
    this.#refuseEnded(open);
    const topicMessages = [...request];
    const sent = await open.sendBatch({ topicMessages, acks: -1, timeout: produceTimeoutMs });
    for (const { topicName: topic, partition, baseOffset } of sent) {
      if (baseOffset === undefined) continue;
      const messages = request.find((part) => part.topic === topic)?.messages ?? [];
      const count = messages.filter((message) => message.partition === partition).length;
      const offset = BigInt(baseOffset) + BigInt(count) - 1n;
      this.#written.set(`${topic}/${partition}`, { topic, partition, offset });
    }
  }

  async #end(open: KafkaTransaction, how: 'commit' | 'abort'): Promise<void> {
    // A broken transaction can still be aborted, so that readers need not wait for the broker's timeout.
    if (how === 'commit' || this.#broken?.code === 'E_PRODUCER_FENCED' || !open.isActive())
      this.#refuseBroken();
    this.#refuseEnded(open);
    await this.#call(`${how} transaction`, async () => {
      await open[how]();
      this.#open = undefined;
      await this.#markers.untilMarked([...this.#written.values()]);
    });
  }

  async #call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    try {
      return await this.#deps.guarded(operation, work, { msMax: transactionMsMax });
    } catch (cause) {
      const error = toQmtlError(cause, operation);
      this.#broken ??= error;
      throw error;
    }
  }

  #refuseEnded(open: KafkaTransaction): void {
    if (this.#open !== open) throw new QmtlError('E_USAGE', 'the transaction has ended');
  }

  #refuseBroken(): void {
    if (this.#broken === undefined) return;
    const { code, message, hint } = this.#broken;
    throw new QmtlError(code, message, hint === undefined ? {} : { hint });
  }
}
