import {
  joinHistory,
  type TopicAudit,
  type TopicHistoryEntry,
  type TopicLogLine,
} from '../../domain/topics/topic-log.js';
import { topicLogLineFromBytes, topicLogLineToBytes } from '../../proto/convert/topic-log.js';
import type { Guarded } from './client.js';
import type { ClusterReader } from './cluster-reader.js';
import { readPartition } from './read-partition.js';
import { toMessage } from './records.js';
import type { IdempotentSender } from './sender.js';

const linesPerRead = 5_000;

export interface AdminLogDeps {
  readonly reader: ClusterReader;
  readonly sender: IdempotentSender;
  /** The topic of the log; it has one partition, so its order is the order of the requests. */
  readonly topic: string;
  readonly guarded: Guarded;
  /** Id of this installation; '' = it has none. */
  readonly installation: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A recorded intent: a request about to be sent to the broker. */
export interface NotedRequest {
  /** Records the outcome: for each topic why it was not done, or '' when it was. Omitted topics stay unknown. */
  readonly note: (details: ReadonlyMap<string, string>) => Promise<void>;
}

/** The append-only log of topic administration in its Kafka topic. */
export class AdminLog {
  readonly #deps: AdminLogDeps;

  constructor(deps: AdminLogDeps) {
    this.#deps = deps;
  }

  /** When it resolves, the intent is durable, and the broker may be asked. */
  async intend(
    action: TopicLogLine['action'],
    topics: readonly string[],
    { workflowId, reason }: TopicAudit,
  ): Promise<NotedRequest> {
    const requestId = crypto.randomUUID();
    const lineOf = (topic: string, stage: TopicLogLine['stage'], detail: string): TopicLogLine => ({
      requestId,
      action,
      stage,
      topic,
      workflowId,
      reason,
      at: this.#deps.now(),
      detail,
      installation: this.#deps.installation,
    });
    await this.#append(topics.map((topic) => lineOf(topic, 'intent', '')));
    return {
      note: async (details) => {
        await this.#append(
          [...details].map(([topic, detail]) => lineOf(topic, detail === '' ? 'done' : 'not-done', detail)),
        );
      },
    };
  }

  history(): AsyncIterable<TopicHistoryEntry> {
    return joinHistory(this.#lines());
  }

  async #append(lines: readonly TopicLogLine[]): Promise<void> {
    const messages = lines.map((line) => {
      const record = { key: line.topic, value: topicLogLineToBytes(line), timestamp: line.at };
      return toMessage(record, 1);
    });
    await this.#deps.sender.send([{ topic: this.#deps.topic, messages }]);
  }

  async *#lines(): AsyncGenerator<TopicLogLine, void, undefined> {
    const { topic, guarded } = this.#deps;
    for (let fromOffset = 0n; ; ) {
      const request = { topic, partition: 0, fromOffset, recordsMax: linesPerRead } as const;
      const { records, nextOffset, endOffset } = await guarded('read topic history', () =>
        readPartition(this.#deps.reader, { ...request, isolation: 'read-committed' }),
      );
      for (const { value } of records) if (value !== null) yield topicLogLineFromBytes(value);
      if (nextOffset >= endOffset) return;
      fromOffset = nextOffset;
    }
  }
}
