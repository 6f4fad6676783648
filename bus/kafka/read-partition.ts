import type { ReadBatch, ReadRequest } from '../../domain/ports/record-log.js';
import type { ClusterReader } from './cluster-reader.js';
import { visibleMessages } from './fetched.js';
import { toRecord } from './records.js';

/** A read of the port (`RecordLog.read`), as one fetch from the leader. */
export async function readPartition(reader: ClusterReader, request: ReadRequest): Promise<ReadBatch> {
  const { topic, partition, fromOffset, recordsMax, isolation } = request;
  const fetched = await reader.fetch({ topic, partition, offset: fromOffset }, isolation);
  if (fetched === undefined) return readOutside(reader, request);
  const { messages, nextOffset, endOffset } = visibleMessages(fetched, fromOffset, recordsMax, isolation);
  // For a single partition the broker sends at least one batch. Ranges emptied by compaction are skipped step by step.
  const isEmptied =
    nextOffset === fromOffset && fromOffset < endOffset && recordsMax > 0 && !fetched.isThrottled;
  return {
    records: messages.map((message) => toRecord(topic, partition, message)),
    nextOffset: isEmptied ? fromOffset + 1n : nextOffset,
    endOffset,
  };
}

/** The offset is before the first retained record, or past the last one. */
async function readOutside(
  reader: ClusterReader,
  { topic, partition, fromOffset }: ReadRequest,
): Promise<ReadBatch> {
  const { first, end } = await reader.bounds(topic, partition);
  return { records: [], nextOffset: fromOffset < first ? first : fromOffset, endOffset: end };
}
