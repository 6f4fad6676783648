import type { Message } from 'kafkajs';
import { splitIntoBatches } from './records.js';

/** The part of a request for one topic: at most one batch per partition. */
export interface TopicMessages {
  readonly topic: string;
  readonly messages: Message[];
}

/** Topics per request; bounds its size, together with `splitIntoBatches`, which bounds each part. */
const topicsPerRequestMax = 50;

/**
 * Sends everything that is added while a request is under way together in the next one. A bar of a wide DAG goes to a thousand
 * topics; a request per topic would cost a thousand round trips to the brokers, twice in a transaction.
 */
export class GroupedSends {
  readonly #send: (request: readonly TopicMessages[]) => Promise<void>;
  #waiting: TopicMessages[] = [];
  #next: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(send: (request: readonly TopicMessages[]) => Promise<void>) {
    this.#send = send;
  }

  /** Resolves when the messages are sent; rejects when the request that contains them failed. */
  async add(topic: string, messages: readonly Message[]): Promise<void> {
    this.#waiting.push({ topic, messages: [...messages] });
    this.#next ??= this.#last.then(() => this.#sendWaiting());
    await this.#next;
  }

  async #sendWaiting(): Promise<void> {
    const group = this.#waiting;
    this.#waiting = [];
    this.#next = undefined;
    const sent = this.#sendAll(group);
    this.#last = sent.catch(() => {});
    await sent;
  }

  async #sendAll(group: readonly TopicMessages[]): Promise<void> {
    for (const request of groupIntoRequests(group)) await this.#send(request);
  }
}

/** Requests with each topic at most once, and its messages in the order in which they were added. */
export function groupIntoRequests(group: readonly TopicMessages[]): readonly TopicMessages[][] {
  const requests: TopicMessages[][] = [];
  const next = new Map<string, number>();
  for (const { topic, messages } of group) {
    for (const batch of splitIntoBatches(messages)) {
      let at = next.get(topic) ?? 0;
      while ((requests[at]?.length ?? 0) >= topicsPerRequestMax) at += 1;
      requests[at] ??= [];
      requests[at]?.push({ topic, messages: batch });
      next.set(topic, at + 1);
    }
  }
  return requests;
}
