import { toStreamKey } from '../domain/events/control-events.js';
import {
  type Accepted,
  accept,
  gateAt,
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
  /** Called when a bound of memory is met, with what it means for the stream. */
  readonly onLimit?: (limit: OrderedLimit, stream: string) => void;
}

/**
 * `waiting`: an event that is ahead was not kept, so the state of its stream is read again. `streams`: a stream was forgotten, so
 * its state is read again at its next event; an event of it that is delivered twice may be applied twice.
 */
export type OrderedLimit = 'waiting' | 'streams';

export interface OrderedOptions {
  /** How long an event may be missing before the state is read again, milliseconds. */
  readonly gapLastsMs?: number;
  /** Events one stream may buffer while one is missing. */
  readonly aheadMax?: number;
  /** Events all streams together may buffer. */
  readonly waitingMax?: number;
  /** Streams whose place is kept; beyond it the one that was silent for longest is forgotten. */
  readonly streamsMax?: number;
}

const defaults = { gapLastsMs: 5_000, aheadMax: 1_000, waitingMax: 100_000, streamsMax: 1_000_000 };
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

/** A stream that waits for a missing event. */
interface Waiting {
  readonly ahead: ReadonlyMap<bigint, SequencedEvent>;
  /** The highest number seen, including events that were not kept. */
  readonly newest: bigint;
  /** Milliseconds of the clock of `performance`. */
  readonly since: number;
}

const nothing: ReadonlyMap<bigint, SequencedEvent> = new Map();

type OneGate = SequenceGate<SequencedEvent>;

/** The state of every stream is its own: an event costs the same however many streams there are. */
class OrderedDelivery {
  readonly #handler: OrderedHandler;
  readonly #options: Required<OrderedOptions>;
  readonly #timer: NodeJS.Timeout;
  /** The next number of each stream, the most silent stream first. */
  readonly #next = new Map<string, bigint>();
  readonly #waiting = new Map<string, Waiting>();
  /** Events in `#waiting`. */
  #kept = 0;
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
      const gate = this.#gateOf(stream);
      const { seq } = event;
      const isAhead = seq > (this.#next.get(stream) ?? 1n);
      const { aheadMax, waitingMax } = this.#options;
      const room = this.#kept < waitingMax ? aheadMax : 0;
      const isDropped = isAhead && (gate.ahead.get(stream)?.size ?? 0) >= room;
      if (isDropped) this.#handler.onLimit?.('waiting', stream);
      return this.#apply(stream, accept(gate, stream, seq, event, room), seq);
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

  /** The gate of one stream. */
  #gateOf(stream: string): OneGate {
    return gateAt(stream, this.#next.get(stream) ?? 1n, this.#waiting.get(stream)?.ahead ?? nothing);
  }

  async #apply(stream: string, { gate, apply }: Accepted<SequencedEvent>, seq: bigint): Promise<void> {
    const known = this.#waiting.get(stream)?.newest ?? 0n;
    const newest = known > seq ? known : seq;
    // An event that was not kept leaves a gap like one that has not come.
    const gap = newest >= (gate.expected.get(stream) ?? 1n);
    this.#keep(stream, gate, gap, newest);
    for (const [index, event] of apply.entries()) {
      try {
        await this.#handler.apply(event);
      } catch (error) {
        const undone = undoAccept(gate, stream, event.seq, apply.slice(index));
        this.#keep(stream, undone, gap, newest);
        throw error;
      }
    }
  }

  #keep(stream: string, gate: OneGate, gap: boolean, newest: bigint): void {
    const before = this.#waiting.get(stream);
    const ahead = gate.ahead.get(stream) ?? new Map<bigint, SequencedEvent>();
    this.#kept += ahead.size - (before?.ahead.size ?? 0);
    this.#next.delete(stream);
    this.#next.set(stream, gate.expected.get(stream) ?? 1n);
    // Events whose application failed wait as well, for their redelivery and not for a missing one.
    if (!gap && ahead.size === 0) this.#waiting.delete(stream);
    else
      this.#waiting.set(stream, {
        ahead,
        newest,
        since: gap
          ? Math.min(before?.since ?? Number.POSITIVE_INFINITY, performance.now())
          : Number.POSITIVE_INFINITY,
      });
    if (this.#next.size > this.#options.streamsMax) this.#forgetOne();
  }

  #forgetOne(): void {
    const [silent] = this.#next.keys();
    if (silent === undefined) return;
    this.#next.delete(silent);
    this.#kept -= this.#waiting.get(silent)?.ahead.size ?? 0;
    this.#waiting.delete(silent);
    this.#handler.onLimit?.('streams', silent);
  }

  async #closeGaps(): Promise<void> {
    const now = performance.now();
    for (const [stream, { since, newest }] of this.#waiting) {
      if (now - since < this.#options.gapLastsMs) continue;
      await this.#handler.reread(stream);
      await this.#apply(stream, resumeAfter(this.#gateOf(stream), stream, newest), newest);
    }
  }
}
