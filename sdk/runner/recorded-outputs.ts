import { QmtlError } from '../../domain/base/errors.js';
import type { ComputeKey, NodeId, TopicName } from '../../domain/base/ids.js';
import type { LogRecord, RecordLog } from '../../domain/ports/record-log.js';
import { partitionKeysOf } from '../../domain/topics/message-key.js';
import { BarRows } from './bar-rows.js';
import { committedBatches } from './committed-batches.js';
import { outputRecordFromBytes } from './output-record.js';

/** The stream of one node in one execution context, as a topic holds it. */
export interface RecordedStream {
  readonly nodeId: NodeId;
  readonly topic: TopicName;
  /** Whole seconds. */
  readonly interval: number;
  readonly computeKey: ComputeKey;
  /** Schema of the values; the same NodeID can have had another one (`schemaCompatId`). */
  readonly schemaHash: string;
  /** Fields of that schema. */
  readonly fields: number;
}

/** Header of every output record: the schema its values are in the order of. */
export const schemaHashHeader = 'schema_hash';

export interface ReadRecorded {
  readonly log: RecordLog;
  /**
   * Which of several records of one bucket counts. `first`: under a snapshot all are equal, and what was read once never
   * changes. `last`: without one they come from different runs, and perhaps from different data.
   */
  readonly standing: 'first' | 'last';
}

/** What a topic holds for one stream. */
export interface RecordedOutputs {
  /** By ascending time. */
  readonly rows: BarRows;
  /** Records of the stream whose values are in another schema, and so were passed over. */
  readonly otherSchema: number;
}

/**
 * What a topic already holds for one ComputeKey, committed records only. Records of other contexts are passed over, so a
 * value never crosses from one context into another.
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

/** The rows of one stream, in the order in which their buckets were first seen. */
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
    this.#keyOf = partitionKeysOf(stream);
  }

  addAll(records: readonly LogRecord[]): void {
    for (const record of records) this.#add(record);
  }

  #add(record: LogRecord): void {
    // The context stands at the end of the key; the keys of one topic begin alike.
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
      hint: 'something else writes to this topic; only runs may',
      cause,
    });
  }
}
