import type { ControlEvent } from '../events/control-events.js';

/** An event with its place in its stream. The stream is (bus topic, key); `seq` starts at 1 and has no gaps in a stream. */
export interface SequencedEvent {
  /** Outbox row id; unique for ever. */
  readonly id: string;
  readonly seq: bigint;
  readonly event: ControlEvent;
  /** Milliseconds since the epoch at which the change was committed. */
  readonly at: number;
  /** W3C trace context of the submission that caused it; '' = none. */
  readonly traceparent: string;
}

export interface Subscription {
  close(): Promise<void>;
}

/**
 * Control events: Kafka topics, or `bus/memory` in the dev profile. At least once, in order per key;
 * `bus/ordered-subscription.ts` makes "once, in order" of it.
 */
export interface ControlBus {
  /** When it resolves every event is durable. */
  publish(events: readonly SequencedEvent[]): Promise<void>;
  /**
   * Delivers everything published from the beginning of the topics, then what follows, one event at a time. A handler that
   * throws gets the event again, before the next one of its key.
   */
  subscribe(
    busTopics: readonly string[],
    handler: (event: SequencedEvent) => Promise<void>,
  ): Promise<Subscription>;
  close(): Promise<void>;
}
