import { QmtlError } from '../../domain/base/errors.js';
import type {
  ReadBatch,
  ReadRequest,
  RecordLog,
  RecordToWrite,
  Transaction,
  TransactionalProducer,
} from '../../domain/ports/record-log.js';
import type { MemoryBroker, TransactionFate } from './broker.js';

/** The record log of the dev profile. */
export function memoryRecordLog(broker: MemoryBroker): RecordLog {
  return {
    append: async (topic, records) => broker.append(topic, records),
    transactional: async (transactionalId) => new MemoryTransactionalProducer(broker, transactionalId),
    read: async (request: ReadRequest): Promise<ReadBatch> => broker.read(request),
    partitions: async (topic) => broker.partitionsOf(topic),
    close: async () => {},
  };
}

class MemoryTransactionalProducer implements TransactionalProducer {
  readonly #broker: MemoryBroker;
  readonly #transactionalId: string;
  readonly #epoch: symbol;
  #open = false;

  constructor(broker: MemoryBroker, transactionalId: string) {
    this.#broker = broker;
    this.#transactionalId = transactionalId;
    this.#epoch = broker.fence(transactionalId);
  }

  async begin(): Promise<Transaction> {
    this.#refuseFenced();
    if (this.#open) throw new QmtlError('E_USAGE', `transaction of ${this.#transactionalId} is already open`);
    this.#open = true;
    const fate = this.#broker.openTransaction(this.#transactionalId);
    return {
      append: async (topic, records) => this.#append(fate, topic, records),
      commit: async () => this.#end(fate, 'committed'),
      abort: async () => this.#end(fate, 'aborted'),
    };
  }

  async close(): Promise<void> {
    if (this.#open && this.#broker.holds(this.#transactionalId, this.#epoch)) {
      this.#broker.endTransaction(this.#transactionalId, 'aborted');
    }
    this.#open = false;
  }

  #append(fate: TransactionFate, topic: string, records: readonly RecordToWrite[]): void {
    this.#refuseFenced();
    if (fate.state !== 'open') throw new QmtlError('E_USAGE', 'the transaction has ended');
    this.#broker.append(topic, records, fate);
  }

  #end(fate: TransactionFate, state: 'committed' | 'aborted'): void {
    this.#refuseFenced();
    if (fate.state !== 'open') throw new QmtlError('E_USAGE', 'the transaction has ended');
    this.#broker.endTransaction(this.#transactionalId, state);
    this.#open = false;
  }

  #refuseFenced(): void {
    if (this.#broker.holds(this.#transactionalId, this.#epoch)) return;
    throw new QmtlError(
      'E_PRODUCER_FENCED',
      `a newer producer took over the transactional id ${this.#transactionalId}`,
      {
        hint: 'another process runs the same node; stop one of the two',
      },
    );
  }
}
