/**
 * Records in topics: Kafka, or `bus/memory` in the dev profile.
 *
 * Offsets are per partition and start at 0. `read-committed` readers see a transaction whole or not at all, and never read
 * past an open transaction (last stable offset).
 */
export interface RecordToWrite {
  readonly key: string;
  /** null is a tombstone. */
  readonly value: Uint8Array | null;
  /** Event time, milliseconds since the epoch. */
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
  /** The offset to continue from; it skips records hidden by the isolation level. */
  readonly nextOffset: bigint;
  /** At this isolation level nothing is visible at or past this offset now. */
  readonly endOffset: bigint;
}

export interface RecordWriter {
  /** Appends in order; when it resolves, the records are durable. A missing topic is an error; it is never created. */
  append(topic: string, records: readonly RecordToWrite[]): Promise<void>;
}

export interface Transaction extends RecordWriter {
  /** When it resolves, readers that start afterwards see the transaction. */
  commit(): Promise<void>;
  abort(): Promise<void>;
}

export interface TransactionalProducer {
  /**
   * One transaction at a time. Once a newer producer took over the id, this throws E_PRODUCER_FENCED, or the first call that
   * reaches the broker does: `append` or the end of the transaction.
   */
  begin(): Promise<Transaction>;
  close(): Promise<void>;
}

export interface RecordLog extends RecordWriter {
  /** Takes over `transactionalId`: fences an older holder and aborts its open transaction. */
  transactional(transactionalId: string): Promise<TransactionalProducer>;
  read(request: ReadRequest): Promise<ReadBatch>;
  /** Partition numbers of a topic, ascending. */
  partitions(topic: string): Promise<readonly number[]>;
  close(): Promise<void>;
}
