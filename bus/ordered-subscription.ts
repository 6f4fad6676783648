import { toStreamKey } from '../domain/events/control-events.js';
import {
  type Accepted,
  accept,
  type GapWatch,
  lastingGaps,
  noGaps,
  noteGap,
  openGate,
  resumeAfter,
  type SequenceGate,
  undoAccept,
} from '../domain/events/sequence-gate.js';
import type { ControlBus, SequencedEvent, Subscription } from '../domain/ports/control-bus.js';

export interface OrderedHandler {
  /** Called once for every event of a stream, in its order. When it throws, it gets the same event again. */
  readonly apply: (event: SequencedEvent) => Promise<void>;
  /**
   * Called when events of this stream (`bus topic|key`) stay away: retention removed them, or another producer lost them. Read the
   * current state again; it includes every event received so far, since events are published after their commit (I-2).
   * When it throws, it is called again.
   */
  readonly reread: (stream: string) => Promise<void>;
}

export interface OrderedOptions {
  /** How long an event may be missing before the state is read again, milliseconds. */
  readonly gapLastsMs?: number;
  /** Events one stream may buffer while one is missing. */
  readonly aheadMax?: number;
}

const defaults = { gapLastsMs: 5_000, aheadMax: 1_000 };
/** Checks for gaps within the time a gap may last. */
const looksPerGap = 4;

/**
 * A subscriber that gets every event once and in order (docs/spec/events.md#delivery): an event that follows without a gap is
 * applied, one that is ahead waits, one that was seen is dropped, and a gap that lasts is closed by reading the state again.
 */
export async function subscribeInOrder(
  bus: ControlBus,
  topics: readonly string[],
  handler: OrderedHandler,
  options: OrderedOptions = {},
): Promise<Subscription> {
  const delivery = new OrderedDelivery(handler, { ...defaults, ...options });
  const subscription = await bus.subscribe(topics, (event) => delivery.take(event));
  return {
    close: async () => {
      await subscription.close();
      await delivery.close();
    },
  };
}

class OrderedDelivery {
  readonly #handler: OrderedHandler;
  readonly #options: Required<OrderedOptions>;
  readonly #timer: NodeJS.Timeout;
  #gate: SequenceGate<SequencedEvent> = openGate();
  #gaps: GapWatch = noGaps;
  /** The highest number seen of each waiting stream, including events that did not fit into the buffer. */
  readonly #newest = new Map<string, bigint>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(handler: OrderedHandler, options: Required<OrderedOptions>) {
    this.#handler = handler;
    this.#options = options;
    this.#timer = setInterval(() => {
      // A failure is retried at the next check.
      this.#inTurn(() => this.#closeGaps()).catch(() => undefined);
    }, options.gapLastsMs / looksPerGap).unref();
  }

  take(event: SequencedEvent): Promise<void> {
    return this.#inTurn(() => {
      const stream = toStreamKey(event.event);
      if (event.seq > (this.#newest.get(stream) ?? 0n)) this.#newest.set(stream, event.seq);
      return this.#apply(stream, accept(this.#gate, stream, event.seq, event, this.#options.aheadMax));
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#turn.catch(() => undefined);
  }

  /** Serialises work: an event that arrives while the state is read is not part of it. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#turn.catch(() => undefined).then(work);
    this.#turn = mine;
    return mine;
  }

  async #apply(stream: string, { gate, apply, gap }: Accepted<SequencedEvent>): Promise<void> {
    this.#gate = gate;
    this.#gaps = noteGap(this.#gaps, stream, gap, performance.now());
    for (const [index, event] of apply.entries()) {
      try {
        await this.#handler.apply(event);
      } catch (error) {
        this.#gate = undoAccept(this.#gate, stream, event.seq, apply.slice(index));
        throw error;
      }
    }
  }

  async #closeGaps(): Promise<void> {
    for (const stream of lastingGaps(this.#gaps, performance.now(), this.#options.gapLastsMs)) {
      const newest = this.#newest.get(stream) ?? 0n;
      await this.#handler.reread(stream);
      await this.#apply(stream, resumeAfter(this.#gate, stream, newest));
    }
  }
}
