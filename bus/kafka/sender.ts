import type { Kafka, Message, Producer } from 'kafkajs';
import { QmtlError } from '../../domain/base/errors.js';
import { callMsMax } from './client.js';
import { isCalled } from './failure.js';
import { requestsOf, type TopicMessages } from './grouped-sends.js';

/** How long the broker may take to have a batch on all in-sync replicas, in milliseconds. */
export const produceTimeoutMs = 5_000;
/** How long a topic is waited for whose leader has not made its log yet. */
const newTopicMs = 5_000;

/**
 * One idempotent producer for everything this process appends outside transactions: acks from all in-sync replicas, one
 * batch in flight, in the order of the calls.
 *
 * A producer that failed is thrown away. kafkajs takes its sequence numbers back when a send fails, also when the broker has
 * the batch: the broker would take the next batch for a repetition of it and drop it.
 */
export class IdempotentSender {
  readonly #kafka: Kafka;
  #producer: Promise<Producer> | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  /** When it resolves, everything is on all in-sync replicas. Messages name their partition; the topics exist. */
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
    for (const request of requestsOf(topicMessages)) await this.#sendRequest(request);
  }

  async #sendRequest(request: TopicMessages[]): Promise<void> {
    try {
      await this.#sendPatiently(request);
    } catch (error) {
      await this.#discard();
      // A topic this producer wrote to earlier was deleted: kafkajs asks for all of them together and sent nothing.
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
        // The same producer repeats the same sequence numbers, so partitions that have their part already take no second one.
        if (!isCalled(error, 'NOT_LEADER_FOR_PARTITION') || performance.now() > deadline) throw error;
      }
    }
  }

  async #open(): Promise<Producer> {
    const producer = this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      // Chosen before; also keeps kafkajs from warning about its default.
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

/** Who waited this long was told that it failed: what it asks again must not come on top. */
function refuseLate(since: number): void {
  if (performance.now() - since < callMsMax) return;
  throw new QmtlError('E_BROKER_UNAVAILABLE', 'the broker did not take what was sent before in time');
}

export function partitionGiven({ message }: { readonly message: Message }): number {
  return message.partition ?? 0;
}
