import type { Kafka, Message, Producer } from 'kafkajs';
import { QmtlError } from '../../domain/base/errors.js';
import { callMsMax } from './client.js';
import { isCalled } from './failure.js';
import { groupIntoRequests, type TopicMessages } from './grouped-sends.js';

/** How long the broker may take to store a batch on all in-sync replicas, in milliseconds. */
export const produceTimeoutMs = 5_000;
/** How long to wait for a topic whose leader has not created its log yet. */
const newTopicMs = 5_000;

/**
 * The idempotent producer of everything this process appends outside transactions: acks from all in-sync replicas, one batch
 * in flight, in the order of the calls.
 *
 * A producer that failed is discarded. kafkajs reuses the sequence numbers of a failed send, even when the broker has the
 * batch: the broker would treat the next batch as a duplicate and drop it.
 */
export class IdempotentSender {
  readonly #kafka: Kafka;
  #producer: Promise<Producer> | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  /** When it resolves, everything is on all in-sync replicas. Messages name their partition, and the topics exist. */
  async send(topicMessages: readonly TopicMessages[]) {
    const since = performance.now();
    const turn = this.#last.then(() => {
      refuseLate(since);
      return this.#sendAll(topicMessages);
    });
    this.#last = turn.catch(() => {});
    await turn;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#discard();
  }

  async #sendAll(topicMessages: readonly TopicMessages[]) {
    for (const request of groupIntoRequests(topicMessages)) await this.#sendRequest(request);
  }

  async #sendRequest(request: TopicMessages[]): Promise<void> {
    try {
      await this.#sendPatiently(request);
    } catch (error) {
      await this.#discard();
      // A topic this producer wrote to earlier was deleted: kafkajs reads the metadata of all of them together and sent nothing.
      if (!isCalled(error, 'UNKNOWN_TOPIC_OR_PARTITION')) throw error;
      await this.#sendPatiently(request).catch(async (again: unknown) => {
        await this.#discard();
        throw again;
      });
    }
  }

  async #sendPatiently(topicMessages: TopicMessages[]): Promise<void> {
    this.#producer ??= this.#open();
    const producer = await this.#producer;
    for (const deadline = performance.now() + newTopicMs; ; ) {
      try {
        await producer.sendBatch({ topicMessages, acks: -1, timeout: produceTimeoutMs });
        return;
      } catch (error) {
        // The same producer repeats the same sequence numbers, so partitions that have their batch already store no second one.
        if (!isCalled(error, 'NOT_LEADER_FOR_PARTITION') || performance.now() > deadline) throw error;
      }
    }
  }

  async #open(): Promise<Producer> {
    const producer = this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      // Partitions are chosen already; this also prevents the warning of kafkajs about its default.
      createPartitioner: () => partitionGiven,
    });
    await producer.connect();
    return producer;
  }

  async #discard(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.then((opened) => opened.disconnect()).catch(() => {});
  }
}

/** The caller of a send that waited this long got an error: its retry must not add to the queue. */
function refuseLate(since: number): void {
  if (performance.now() - since < callMsMax) return;
  throw new QmtlError('E_BROKER_UNAVAILABLE', 'the broker did not take earlier records in time');
}

export function partitionGiven({ message }: { readonly message: Message }): number {
  return message.partition ?? 0;
}
