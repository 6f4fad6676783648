import type { ControlEvent } from '../events/control-events.js';

/** An event with its place in its stream (bus topic, key); in a stream, `seq` starts at 1 and has no gaps. */
export interface SequencedEvent {
  /** Id of the outbox row; never used again. */
  readonly id: string;
  readonly seq: bigint;
  readonly event: ControlEvent;
  /** Milliseconds since the epoch at which the change was committed. */
  readonly at: number;
  /** W3C trace context of the submission that caused it; '' = none. */
  readonly traceparent: string;
}

/** An event that the bus refused for good, with its reason. */
export interface RefusedEvent {
  readonly id: string;
  readonly reason: string;
}

export interface Subscription {
  close(): Promise<void>;
}

/**
 * Control events: Kafka topics, or `bus/memory` in the dev profile. Delivery is at least once, in order per key;
 * `bus/ordered-subscription.ts` makes it exactly once, in order.
 */
export interface ControlBus {
  /** When it resolves, every event is durable, except those it returns: the bus refuses them for good, whatever is sent with them. */
  publish(events: readonly SequencedEvent[]): Promise<readonly RefusedEvent[]>;
  /**
   * Delivers everything the topics hold from their beginning, then what follows, one event at a time. A handler that throws
   * gets the event again, before the next one of its key.
   */
  subscribe(
    busTopics: readonly string[],
    handler: (event: SequencedEvent) => Promise<void>,
  ): Promise<Subscription>;
  close(): Promise<void>;
}
