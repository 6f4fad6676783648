/**
 * Records in topics: Kafka, or `bus/memory` in the dev profile.
 *
 * Offsets are per partition and start at 0. A transaction is seen whole or not at all by `read-committed` readers,
 * and such readers never pass an open transaction (last stable offset).
 */
export interface RecordToWrite {
  readonly key: string;
  /** null is a tombstone. */
  readonly value: Uint8Array | null;
  /** Milliseconds since the epoch, event time. */
  readonly timestamp: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent: chosen from the key. */
  readonly partition?: number;
}

export interface LogRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string;
  readonly value: Uint8Array | null;
  readonly timestamp: number;
  readonly headers: Readonly<Record<string, string>>;
}

export type Isolation = 'read-committed' | 'read-uncommitted';

export interface ReadRequest {
  readonly topic: string;
  readonly partition: number;
  readonly fromOffset: bigint;
  readonly recordsMax: number;
  readonly isolation: Isolation;
}

export interface ReadBatch {
  readonly records: readonly LogRecord[];
  /** Where to read on; passes records the isolation level hides. */
  readonly nextOffset: bigint;
  /** No reader of this isolation level sees anything at or past this offset now. */
  readonly endOffset: bigint;
}

export interface RecordWriter {
  /** Appends in order; when it resolves the records are durable. A topic that does not exist is an error, never made. */
  append(topic: string, records: readonly RecordToWrite[]): Promise<void>;
}

export interface Transaction extends RecordWriter {
  /** When it resolves, readers that start now see the transaction. */
  commit(): Promise<void>;
  abort(): Promise<void>;
}

export interface TransactionalProducer {
  /**
   * One at a time per producer. Once a newer producer took the id this throws E_PRODUCER_FENCED, or the first call that
   * reaches the broker does: `append` or the end of the transaction.
   */
  begin(): Promise<Transaction>;
  close(): Promise<void>;
}

export interface RecordLog extends RecordWriter {
  /** Takes over `transactionalId`: aborts what an older holder left open and fences it. */
  transactional(transactionalId: string): Promise<TransactionalProducer>;
  read(request: ReadRequest): Promise<ReadBatch>;
  /** Partition numbers of a topic, ascending. */
  partitions(topic: string): Promise<readonly number[]>;
  close(): Promise<void>;
}
