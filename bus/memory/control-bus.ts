import { isTopicName } from '../../domain/base/ids.js';
import { busTopics } from '../../domain/events/control-events.js';
import type { ControlBus, SequencedEvent, Subscription } from '../../domain/ports/control-bus.js';
import { envelopeFromBytes, envelopeKey, envelopeToBytes } from '../../proto/convert/events.js';
import type { MemoryBroker } from './broker.js';

const retentionMs = 7 * 24 * 3600 * 1000;
/** Prevents a handler that always throws from blocking the only thread. */
const redeliveryPauseMs = 20;

/** The control bus of the dev profile: real envelopes in topics of the memory broker, one partition each. */
export function memoryControlBus(broker: MemoryBroker, now: () => number): ControlBus {
  for (const topic of new Set(Object.values(busTopics))) {
    if (!isTopicName(topic) || broker.describe(topic) !== undefined) continue;
    const spec = {
      topic,
      partitions: 1,
      replicationFactor: 1,
      retentionMs,
      cleanupPolicy: 'delete',
    } as const;
    broker.createTopic(spec, { workflowId: '', reason: 'control topic', at: now() });
  }
  const subscriptions = new Set<MemorySubscription>();
  return {
    publish: async (events) => {
      for (const event of events) {
        const record = { key: envelopeKey(event), value: envelopeToBytes(event), timestamp: event.at };
        broker.append(busTopics[event.event.type], [record]);
      }
      return [];
    },
    subscribe: async (topics, handler) => {
      const subscription = new MemorySubscription(broker, topics, handler);
      subscriptions.add(subscription);
      return subscription;
    },
    close: async () => {
      await Promise.all([...subscriptions].map((subscription) => subscription.close()));
    },
  };
}

/** Delivers one event at a time; a handler that throws gets the same event again after a pause. */
class MemorySubscription implements Subscription {
  readonly #broker: MemoryBroker;
  readonly #handler: (event: SequencedEvent) => Promise<void>;
  readonly #offsets: Map<string, bigint>;
  readonly #unwatch: () => void;
  #closed = false;
  #draining: Promise<void> | undefined;
  #again = false;

  constructor(
    broker: MemoryBroker,
    topics: readonly string[],
    handler: (event: SequencedEvent) => Promise<void>,
  ) {
    this.#broker = broker;
    this.#handler = handler;
    this.#offsets = new Map(topics.map((topic) => [topic, 0n]));
    this.#unwatch = broker.watch(() => this.#schedule());
    this.#schedule();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unwatch();
    await this.#draining;
  }

  #schedule(): void {
    this.#again = true;
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
    });
  }

  async #drain(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      for (const topic of this.#offsets.keys()) await this.#drainTopic(topic);
    }
  }

  async #drainTopic(topic: string): Promise<void> {
    while (!this.#closed) {
      const fromOffset = this.#offsets.get(topic) ?? 0n;
      const batch = this.#broker.read({
        topic,
        partition: 0,
        fromOffset,
        recordsMax: 1,
        isolation: 'read-committed',
      });
      const [record] = batch.records;
      if (record?.value != null && !(await this.#delivered(envelopeFromBytes(record.value)))) return;
      if (batch.nextOffset === fromOffset) return;
      this.#offsets.set(topic, batch.nextOffset);
    }
  }

  async #delivered(event: SequencedEvent): Promise<boolean> {
    try {
      await this.#handler(event);
      return true;
    } catch {
      setTimeout(() => this.#schedule(), redeliveryPauseMs).unref();
      return false;
    }
  }
}
