import type { Kafka } from 'kafkajs';
import type { RecordLog, RecordToWrite, TransactionalProducer } from '../../domain/ports/record-log.js';
import type { Guarded } from './client.js';
import type { ClusterReader } from './cluster-reader.js';
import { isCalled } from './failure.js';
import { readPartition } from './read-partition.js';
import { toMessages } from './records.js';
import type { IdempotentSender } from './sender.js';
import { openTransactional } from './transaction.js';

export interface RecordLogDeps {
  readonly kafka: Kafka;
  readonly reader: ClusterReader;
  readonly sender: IdempotentSender;
  readonly guarded: Guarded;
}

/** Records in Kafka topics. `close` closes the transactional producers it created. */
export function kafkaRecordLog(deps: RecordLogDeps): RecordLog {
  const { kafka, reader, guarded } = deps;
  const producers = new Set<TransactionalProducer>();
  const partitionCount = async (topic: string) => (await reader.partitions(topic)).length;
  return {
    append: async (topic, records) => guarded('append', () => append(deps, topic, records)),
    transactional: async (transactionalId) => {
      const opening = openTransactional({ kafka, reader, guarded, partitionCount }, transactionalId);
      const producer = await guarded('take transactional id', () => opening).catch((error: unknown) => {
        // A producer that opens after the time budget has no owner and must not stay connected.
        opening.then((late) => late.close()).catch(() => {});
        throw error;
      });
      producers.add(producer);
      return {
        begin: () => producer.begin(),
        close: async () => {
          producers.delete(producer);
          await producer.close();
        },
      };
    },
    read: async (request) => guarded('read', () => readPartition(reader, request)),
    partitions: async (topic) =>
      guarded('partitions', async () => {
        reader.forget(topic);
        return (await reader.partitions(topic)).map(({ partitionId }) => partitionId);
      }),
    close: async () => {
      await Promise.all([...producers].map((producer) => producer.close()));
      producers.clear();
    },
  };
}

async function append(
  { reader, sender }: RecordLogDeps,
  topic: string,
  records: readonly RecordToWrite[],
): Promise<void> {
  if (records.length === 0) return;
  const partitions = (await reader.partitions(topic)).length;
  const messages = toMessages(topic, records, partitions);
  try {
    await sender.send([{ topic, messages }]);
  } catch (error) {
    reader.forget(topic);
    // Throws when the topic was deleted meanwhile.
    if (isCalled(error, 'UNKNOWN_TOPIC_OR_PARTITION')) await reader.partitions(topic);
    throw error;
  }
}
