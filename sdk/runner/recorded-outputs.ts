import { QmtlError } from '../../domain/base/errors.js';
import type { ComputeKey, NodeId, TopicName } from '../../domain/base/ids.js';
import type { LogRecord, RecordLog } from '../../domain/ports/record-log.js';
import { makePartitionKeys } from '../../domain/topics/message-key.js';
import { BarRows } from '../realm/bar-rows.js';
import { outputRecordFromBytes } from './output-record.js';

/** The stream of one node in one execution context, in its topic. */
export interface RecordedStream {
  readonly nodeId: NodeId;
  readonly topic: TopicName;
  /** In whole seconds. */
  readonly interval: number;
  readonly computeKey: ComputeKey;
  /** Schema of the values; the same NodeID may have had another one before (`schemaCompatId`). */
  readonly schemaHash: string;
  /** Number of fields of that schema. */
  readonly fields: number;
}

/** Header of every output record: the hash of the schema of its values. */
export const schemaHashHeader = 'schema_hash';

export interface ReadRecorded {
  readonly log: RecordLog;
  /**
   * Which of several records of one bucket counts. `first`: under a snapshot all are equal, and a value that was read once
   * never changes. `last`: without a snapshot they come from different runs, and perhaps from different data.
   */
  readonly standing: 'first' | 'last';
}

/** The records of one stream in a topic. */
export interface RecordedOutputs {
  /** Sorted by time. */
  readonly rows: BarRows;
  /** Number of records of the stream that were skipped because of another schema. */
  readonly otherSchema: number;
}

/**
 * Reads the committed records of a topic for one ComputeKey. Records of other contexts are skipped, so a value never crosses
 * from one context into another.
 */
export async function readRecordedOutputs(
  { log, standing }: ReadRecorded,
  stream: RecordedStream,
): Promise<RecordedOutputs> {
  const collected = new Collected(stream, standing);
  for (const partition of await log.partitions(stream.topic)) {
    for await (const batch of committedBatches(log, stream.topic, partition)) collected.addAll(batch);
  }
  return { rows: collected.rows.sorted(), otherSchema: collected.otherSchema };
}

/** Collects the rows of one stream, in the order in which their buckets first occur. */
class Collected {
  readonly rows: BarRows;
  otherSchema = 0;
  readonly #stream: RecordedStream;
  readonly #standing: 'first' | 'last';
  readonly #keyOf: (bucket: number) => string;
  readonly #rowOf = new Map<number, number>();

  constructor(stream: RecordedStream, standing: 'first' | 'last') {
    this.rows = new BarRows(stream.fields);
    this.#stream = stream;
    this.#standing = standing;
    this.#keyOf = makePartitionKeys(stream);
  }

  addAll(records: readonly LogRecord[]): void {
    for (const record of records) this.#add(record);
  }

  #add(record: LogRecord): void {
    // Compared from the end, which has the context: the keys of a topic have equal beginnings.
    if (record.value === null || !record.key.endsWith(this.#stream.computeKey)) return;
    const { bucket, values } = decoded(record, record.value);
    if (record.key !== this.#keyOf(bucket)) return;
    if (record.headers[schemaHashHeader] !== this.#stream.schemaHash || values.length !== this.rows.fields) {
      this.otherSchema += 1;
      return;
    }
    const row = this.#rowOf.get(bucket);
    if (row === undefined) {
      this.#rowOf.set(bucket, this.rows.rows);
      this.rows.append(bucket, values);
    } else if (this.#standing === 'last') {
      this.rows.replace(row, values);
    }
  }
}

function decoded({ topic, partition, offset }: LogRecord, value: Uint8Array) {
  try {
    return outputRecordFromBytes(value);
  } catch (cause) {
    const place = `topic ${topic}, partition ${partition}, offset ${offset}`;
    throw new QmtlError('E_DATA', `the record at ${place} is not an output record`, {
      hint: 'only runs may write to this topic, and something else did',
      cause,
    });
  }
}

const recordsPerRead = 5_000;

/** All records committed in one partition at the time of reading, in offset order. */
export async function* committedBatches(
  log: RecordLog,
  topic: TopicName,
  partition: number,
): AsyncGenerator<readonly LogRecord[], void, undefined> {
  const isolation = 'read-committed';
  let fromOffset = 0n;
  for (;;) {
    const batch = await log.read({ topic, partition, fromOffset, recordsMax: recordsPerRead, isolation });
    yield batch.records;
    if (batch.nextOffset >= batch.endOffset) return;
    fromOffset = batch.nextOffset;
  }
}
