import {
  foundLater,
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
/** Requests without an answer that are remembered, the newest ones; each has up to `topicsPerRequestMax` topics. */
const lostRequestsMax = 100;

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
  /** No answer came: the outcome is recorded once the topics are found (`settle`). */
  lose(): void;
  /** Records the outcome: for each topic why it was not done, or '' when it was. Omitted topics stay unknown. */
  readonly note: (details: ReadonlyMap<string, string>) => Promise<void>;
}

/** The append-only log of topic administration in its Kafka topic. */
export class AdminLog {
  readonly #deps: AdminLogDeps;
  /** By topic, the line that completes a request without an answer. */
  readonly #lost: Map<string, TopicLogLine>[] = [];

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
    const intendedAt = this.#deps.now();
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
      lose: () => {
        const lines = topics.map((topic) => ({ ...lineOf(topic, 'done', foundLater), at: intendedAt }));
        this.#lost.push(new Map(lines.map((line) => [line.topic, line])));
        if (this.#lost.length > lostRequestsMax) this.#lost.shift();
      },
      note: async (details) => {
        await this.#append(
          [...details].map(([topic, detail]) => lineOf(topic, detail === '' ? 'done' : 'not-done', detail)),
        );
      },
    };
  }

  /**
   * Completes requests of this process that had no answer: these topics exist, and did not when they were requested. Unless another
   * request is recorded to have created one since, the oldest of these did.
   */
  async settle(existing: readonly string[]): Promise<void> {
    const open = existing.flatMap((topic) => this.#lost.flatMap((lines) => lines.get(topic) ?? []));
    if (open.length === 0) return;
    const created = await this.#lastCreations(new Set(existing));
    const outcomes = open.map((line): TopicLogLine => {
      const isOther = (created.get(line.topic) ?? Number.NEGATIVE_INFINITY) >= line.at;
      created.set(line.topic, Number.POSITIVE_INFINITY);
      return isOther ? { ...line, stage: 'not-done', detail: 'another request created it' } : line;
    });
    await this.#append(outcomes);
    for (const lines of this.#lost) for (const topic of existing) lines.delete(topic);
  }

  async #lastCreations(topics: ReadonlySet<string>): Promise<Map<string, number>> {
    const created = new Map<string, number>();
    for await (const { action, stage, topic, at } of this.#lines()) {
      if (action === 'created' && stage === 'done' && topics.has(topic)) created.set(topic, at);
    }
    return created;
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
