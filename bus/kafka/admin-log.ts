import {
  foundLater,
  type TopicAudit,
  type TopicHistoryEntry,
  type TopicLogLine,
  toHistory,
} from '../../domain/topics/topic-log.js';
import { topicLogLineFromBytes, topicLogLineToBytes } from '../../proto/convert/topic-log.js';
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
    const created = new Map(
      (await this.#lines())
        .filter(({ action, stage }) => action === 'created' && stage === 'done')
        .map(({ topic, at }) => [topic, at]),
    );
    const outcomes = open.map((line): TopicLogLine => {
      const isOther = (created.get(line.topic) ?? Number.NEGATIVE_INFINITY) >= line.at;
      created.set(line.topic, Number.POSITIVE_INFINITY);
      return isOther ? { ...line, stage: 'not-done', detail: 'another request created it' } : line;
    });
    await this.#append(outcomes);
    for (const lines of this.#lost) for (const topic of existing) lines.delete(topic);
  }

  async history(): Promise<readonly TopicHistoryEntry[]> {
    return toHistory(await this.#lines());
  }

  async #append(lines: readonly TopicLogLine[]): Promise<void> {
    const messages = lines.map((line) => {
      const record = { key: line.topic, value: topicLogLineToBytes(line), timestamp: line.at };
      return toMessage(record, 1);
    });
    await this.#deps.sender.send([{ topic: this.#deps.topic, messages }]);
  }

  async #lines(): Promise<readonly TopicLogLine[]> {
    const { reader, topic } = this.#deps;
    const lines: TopicLogLine[] = [];
    for (let fromOffset = 0n; ; ) {
      const request = {
        topic,
        partition: 0,
        fromOffset,
        recordsMax: linesPerRead,
        isolation: 'read-committed',
      } as const;
      const { records, nextOffset, endOffset } = await readPartition(reader, request);
      lines.push(...records.flatMap(({ value }) => (value === null ? [] : topicLogLineFromBytes(value))));
      if (nextOffset >= endOffset) return lines;
      fromOffset = nextOffset;
    }
  }
}
