import { setTimeout as pause } from 'node:timers/promises';
import type { SequencedEvent, Subscription } from '../../domain/ports/control-bus.js';
import { envelopeFromBytes } from '../../proto/convert/events.js';
import { pauseAfter } from '../../std/growing-pause.js';
import type { KafkaLogLine } from './client.js';
import type { ClusterReader, Position } from './cluster-reader.js';
import { type FetchedMessage, type FetchedPartition, visibleMessages } from './fetched.js';

/** How long the broker holds a fetch until a first event. Also how long a close waits at most for the broker. */
const pollMs = 500;
/** Pauses before an event whose handler threw is delivered again, and before a failed broker is asked again. */
const againPause = { firstMs: 20, factor: 2, longestMs: 1_000 } as const;

export interface SubscriptionDeps {
  /** A reader of its own, since a waiting fetch would block others. Closed with the subscription. */
  readonly reader: ClusterReader;
  readonly handler: (event: SequencedEvent) => Promise<void>;
  readonly onLog: (line: KafkaLogLine) => void;
}

/**
 * Follows control topics from their beginning. It keeps its own offsets and joins no consumer group: every subscriber gets
 * every event, and leaves nothing in the cluster, however it ends.
 */
export class KafkaSubscription implements Subscription {
  readonly #deps: SubscriptionDeps;
  /** By topic and partition: the next offset to deliver. */
  readonly #positions = new Map<string, Position>();
  #following: Promise<void> | undefined;
  /** The handler gets one event at a time, even when they come from several leaders. */
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(deps: SubscriptionDeps) {
    this.#deps = deps;
  }

  /** Resolves when the topics were found; delivery continues in the background until `close`. */
  async start(topics: readonly string[]): Promise<void> {
    for (const topic of topics) {
      for (const { partitionId: partition } of await this.#deps.reader.partitions(topic)) {
        this.#positions.set(`${topic}/${partition}`, { topic, partition, offset: 0n });
      }
    }
    this.#following = this.#follow();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#following;
    await this.#deps.reader.close();
  }

  /** Follows each leader separately; when one fails, all stop and begin again with the leaders of that time. */
  async #follow(): Promise<void> {
    for (let failures = 0; !this.#closed; failures += 1) {
      const stop = new AbortController();
      try {
        const byLeader = await this.#byLeader();
        await Promise.all(
          [...byLeader].map(async ([leader, keys]) => {
            await this.#followLeader(leader, keys, stop.signal).finally(() => stop.abort());
          }),
        );
      } catch (error) {
        for (const { topic } of this.#positions.values()) this.#deps.reader.forget(topic);
        this.#say('warn', 'control events cannot be read', error);
        await pause(pauseAfter(againPause, failures + 1));
      }
    }
  }

  async #byLeader(): Promise<ReadonlyMap<number, readonly string[]>> {
    const byLeader = new Map<number, string[]>();
    for (const [key, position] of this.#positions) {
      const leader = await this.#deps.reader.leaderOf(position);
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), key]);
    }
    return byLeader;
  }

  async #followLeader(leader: number, keys: readonly string[], stopped: AbortSignal): Promise<void> {
    for (let failures = 0; !this.#closed && !stopped.aborted; ) {
      const positions = keys.flatMap((key) => this.#positions.get(key) ?? []);
      const isDelivered = await this.#round(leader, positions);
      if (!isDelivered && !this.#closed) await pause(pauseAfter(againPause, failures + 1));
      failures = isDelivered ? 0 : failures + 1;
    }
  }

  /** Fetches from a leader once. Returns whether every received event was delivered. */
  async #round(leader: number, positions: readonly Position[]): Promise<boolean> {
    const { reader } = this.#deps;
    const answers = await reader.fetchFrom(leader, positions, 'read-committed', pollMs);
    if (answers === undefined) {
      await this.#skipRemoved(positions);
      return true;
    }
    let isDelivered = true;
    for (const { position, fetched } of answers) {
      if (!(await this.#deliver(position, fetched))) isDelivered = false;
    }
    return isDelivered;
  }

  /** Retention removed the next event: continues with the first one left; the subscriber sees the gap in the sequence. */
  async #skipRemoved(positions: readonly Position[]): Promise<void> {
    for (const { topic, partition, offset } of positions) {
      const { first, end } = await this.#deps.reader.bounds(topic, partition);
      // Past the end: the topic was created again, and is read from its beginning.
      if (offset < first || offset > end)
        this.#positions.set(`${topic}/${partition}`, { topic, partition, offset: first });
    }
  }

  /** Delivers one event at a time; stops at one whose handler throws, so that it is delivered again before the next. */
  async #deliver(position: Position, fetched: FetchedPartition): Promise<boolean> {
    const { topic, partition, offset } = position;
    const moveTo = (next: bigint) =>
      this.#positions.set(`${topic}/${partition}`, { topic, partition, offset: next });
    const { messages, nextOffset } = visibleMessages(
      fetched,
      offset,
      Number.POSITIVE_INFINITY,
      'read-committed',
    );
    for (const message of messages) {
      if (this.#closed) return true;
      if (!(await this.#handled(topic, message))) return false;
      moveTo(BigInt(message.offset) + 1n);
    }
    moveTo(nextOffset);
    return true;
  }

  async #handled(topic: string, message: FetchedMessage): Promise<boolean> {
    const event = this.#eventOf(topic, message);
    if (event === undefined) return true;
    const turn = this.#turn.then(() => this.#deps.handler(event));
    this.#turn = turn.catch(() => {});
    try {
      await turn;
      return true;
    } catch (error) {
      this.#say('warn', `the handler of control event ${event.id} threw; it is delivered again`, error);
      return false;
    }
  }

  /** undefined: something other than QMTL wrote the record. It is skipped, since it would block the topic otherwise. */
  #eventOf(topic: string, { value, offset }: FetchedMessage): SequencedEvent | undefined {
    try {
      return value === null ? undefined : envelopeFromBytes(value);
    } catch (error) {
      this.#say('error', `the record at offset ${offset} of ${topic} is not a control event`, error);
      return undefined;
    }
  }

  #say(level: KafkaLogLine['level'], message: string, error: unknown): void {
    this.#deps.onLog({
      level,
      message,
      fields: { error: error instanceof Error ? error.message : String(error) },
    });
  }
}
