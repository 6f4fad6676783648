import type { Kafka } from 'kafkajs';
import { busTopics } from '../../domain/events/control-events.js';
import type { ControlBus, SequencedEvent } from '../../domain/ports/control-bus.js';
import { recordPartition } from '../../domain/topics/message-key.js';
import { envelopeHeaders, envelopeKey, envelopeToBytes } from '../../proto/convert/events.js';
import type { Guarded, KafkaHooks } from './client.js';
import { ClusterReader } from './cluster-reader.js';
import { toMessage } from './records.js';
import type { IdempotentSender } from './sender.js';
import { KafkaSubscription } from './subscription.js';
import { controlTopic, type SystemTopicNames } from './system-topics.js';

export interface ControlBusDeps extends KafkaHooks {
  readonly kafka: Kafka;
  readonly sender: IdempotentSender;
  readonly guarded: Guarded;
  readonly names: SystemTopicNames;
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
    publish: async (events) =>
      guarded('publish', async () => {
        const batches = [...new Set(Object.values(busTopics))].map((name) => ({
          topic: controlTopic(name, names),
          messages: events.filter(({ event }) => busTopics[event.type] === name).map(messageOfEvent),
        }));
        await sender.send(batches);
      }),
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

function messageOfEvent(event: SequencedEvent) {
  const key = envelopeKey(event);
  const record = {
    key,
    value: envelopeToBytes(event),
    timestamp: event.at,
    headers: envelopeHeaders(event),
    partition: recordPartition(key, 1),
  };
  return toMessage(record, 1);
}
