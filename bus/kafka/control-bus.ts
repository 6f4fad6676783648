import type { Kafka } from 'kafkajs';
import { busTopics, type ControlEvent } from '../../domain/events/control-events.js';
import type { ControlBus, RefusedEvent, SequencedEvent } from '../../domain/ports/control-bus.js';
import { recordPartition } from '../../domain/topics/message-key.js';
import { envelopeHeaders, envelopeKey, envelopeToBytes } from '../../proto/convert/events.js';
import type { Guarded, KafkaHooks } from './client.js';
import { ClusterReader } from './cluster-reader.js';
import { isCalled, toQmtlError } from './failure.js';
import type { TopicMessages } from './grouped-sends.js';
import { toMessage } from './records.js';
import type { IdempotentSender } from './sender.js';
import { KafkaSubscription } from './subscription.js';
import { controlTopic, type SystemTopicNames } from './system-topics.js';

export interface ControlBusDeps extends KafkaHooks {
  readonly kafka: Kafka;
  readonly sender: IdempotentSender;
  readonly guarded: Guarded;
  readonly names: SystemTopicNames;
  /** Id of the installation, in the source of its events. */
  readonly installation?: string | undefined;
  /** A topic that always exists (`ClusterReader`). */
  readonly anchor: string;
}

/**
 * Control events in Kafka topics of one partition each: events of a key keep their order, and so do events of a topic.
 * Every subscriber reads all of them, so more partitions would not make it faster.
 */
export function kafkaControlBus(deps: ControlBusDeps): ControlBus {
  const { kafka, sender, guarded, names, anchor } = deps;
  const subscriptions = new Set<KafkaSubscription>();
  return {
    publish: async (events) => {
      const { encoded, refused } = encodedEvents(events, deps.installation ?? '');
      const batches = [...new Set(Object.values(busTopics))].map((name) => ({
        topic: controlTopic(name, names),
        events: encoded.filter(({ type }) => busTopics[type] === name),
      }));
      // Each request has its own time limit: finding refused events among many takes many of them.
      const send: Send = (topicMessages) => guarded('publish', () => sender.send(topicMessages));
      return [...refused, ...(await publish(send, batches))];
    },
    subscribe: async (topics, handler) =>
      guarded('subscribe', async () => {
        const subscription = new KafkaSubscription({
          reader: new ClusterReader(kafka, anchor),
          handler,
          onLog: deps.onLog ?? (() => {}),
        });
        subscriptions.add(subscription);
        try {
          await subscription.start(topics.map((topic) => controlTopic(topic, names)));
        } catch (error) {
          subscriptions.delete(subscription);
          await subscription.close();
          throw error;
        }
        return {
          close: async () => {
            subscriptions.delete(subscription);
            await subscription.close();
          },
        };
      }),
    close: async () => {
      await Promise.all([...subscriptions].map((subscription) => subscription.close()));
      subscriptions.clear();
    },
  };
}

/** Errors that concern a record, not the broker: the same record fails again, whatever is sent with it. */
const refusals = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'INVALID_TIMESTAMP'];

interface EncodedEvent {
  readonly id: string;
  readonly type: ControlEvent['type'];
  readonly message: ReturnType<typeof toMessage>;
}

interface Batch {
  readonly topic: string;
  readonly events: readonly EncodedEvent[];
}

type Send = (topicMessages: readonly TopicMessages[]) => Promise<void>;

/** An event that cannot be encoded is refused before anything is sent. */
function encodedEvents(
  events: readonly SequencedEvent[],
  installation: string,
): {
  readonly encoded: readonly EncodedEvent[];
  readonly refused: readonly RefusedEvent[];
} {
  const encoded: EncodedEvent[] = [];
  const refused: RefusedEvent[] = [];
  for (const event of events) {
    const { id } = event;
    try {
      encoded.push({ id, type: event.event.type, message: messageOfEvent(event, installation) });
    } catch (error) {
      refused.push({ id, reason: `the event cannot be encoded: ${String(error)}` });
    }
  }
  return { encoded, refused };
}

/**
 * Sends the events of each topic in their order, all in one request. When the broker refuses it because of a record, each topic is
 * sent alone, then the halves of its events one after the other, until those that it refuses are found. Returns these.
 */
async function publish(send: Send, batches: readonly Batch[]): Promise<readonly RefusedEvent[]> {
  const filled = batches.filter(({ events }) => events.length > 0);
  const [first, ...others] = filled;
  if (first === undefined) return [];
  try {
    await send(
      filled.map(({ topic, events }) => ({ topic, messages: events.map(({ message }) => message) })),
    );
    return [];
  } catch (error) {
    if (!isCalled(error, ...refusals)) throw error;
    const parts = others.length > 0 ? filled : halvesOf(first);
    if (parts.length === 1) return first.events.map(({ id }) => ({ id, reason: reasonOf(error) }));
    const refused: RefusedEvent[] = [];
    for (const part of parts) refused.push(...(await publish(send, [part])));
    return refused;
  }
}

/** One part for one event. */
function halvesOf({ topic, events }: Batch): readonly Batch[] {
  const middle = Math.ceil(events.length / 2);
  return [events.slice(0, middle), events.slice(middle)].flatMap((part) =>
    part.length === 0 ? [] : [{ topic, events: part }],
  );
}

function reasonOf(error: unknown): string {
  return toQmtlError(error, 'publish').message;
}

function messageOfEvent(event: SequencedEvent, installation: string) {
  const key = envelopeKey(event);
  const record = {
    key,
    value: envelopeToBytes(event, installation),
    timestamp: event.at,
    headers: envelopeHeaders(event),
    partition: recordPartition(key, 1),
  };
  return toMessage(record, 1);
}
