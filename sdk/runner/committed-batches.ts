import type { TopicName } from '../../domain/base/ids.js';
import type { LogRecord, RecordLog } from '../../domain/ports/record-log.js';

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
