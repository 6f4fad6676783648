import { setTimeout as pause } from 'node:timers/promises';
import type { Broker, Cluster, Kafka } from 'kafkajs';
import { QmtlError } from '../../domain/base/errors.js';
import { pauseAfter } from '../../std/growing-pause.js';
import { isCalled } from './failure.js';

/** How long a request is repeated after a change of the cluster; moving a leader takes about a second. */
const againForMs = 3_000;
const againPause = { firstMs: 20, factor: 4, longestMs: 500 } as const;

/** A connection to the brokers of a cluster, made with the first request and kept until `close`. */
export class ClusterConnection {
  readonly cluster: Cluster;
  readonly #anchor: string;
  #connected: Promise<void> | undefined;

  /** `anchor`: the topic kafkajs watches; with none it asks for all, and fails when any in the cluster has no leader. */
  constructor(kafka: Kafka, anchor: string) {
    this.#anchor = anchor;
    this.cluster = findCluster(kafka);
  }

  async close(): Promise<void> {
    await this.cluster.disconnect();
  }

  async anyBroker(): Promise<Broker> {
    await this.#connect();
    for (const nodeId of this.cluster.getNodeIds()) {
      const broker = await this.cluster.findBroker({ nodeId: String(nodeId) }).catch(() => undefined);
      if (broker !== undefined) return broker;
    }
    await this.cluster.connect();
    await this.cluster.refreshMetadata();
    return this.cluster.findControllerBroker();
  }

  /** Asks the controller. Another broker that is asked by mistake does nothing, so only then the request is repeated. */
  async onController<T>(ask: (controller: Broker) => Promise<T>): Promise<T> {
    const deadline = performance.now() + againForMs;
    for (let tries = 1; ; tries += 1) {
      const controller = await this.persistently(() => this.cluster.findControllerBroker());
      try {
        return await ask(controller);
      } catch (error) {
        if (!isCalled(error, 'NOT_CONTROLLER') || performance.now() > deadline) throw error;
        await pause(pauseAfter(againPause, tries));
        await this.cluster.refreshMetadata();
      }
    }
  }

  async #connect(): Promise<void> {
    this.#connected ??= (async () => {
      await this.cluster.connect();
      try {
        await this.cluster.addTargetTopic(this.#anchor);
      } catch (error) {
        if (!isCalled(error, 'UNKNOWN_TOPIC_OR_PARTITION')) throw error;
        await this.cluster.refreshMetadata();
      }
    })();
    try {
      await this.#connected;
    } catch (error) {
      this.#connected = undefined;
      throw error;
    }
  }

  /** Retries when leaders or connections changed, after `onPassing`; a final refusal of the broker is thrown at once. */
  async persistently<T>(ask: () => Promise<T>, onPassing: () => void = () => {}): Promise<T> {
    const deadline = performance.now() + againForMs;
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#connect();
        return await ask();
      } catch (error) {
        if (!isPassing(error) || performance.now() > deadline) throw error;
        onPassing();
        await pause(pauseAfter(againPause, tries));
        await this.cluster.refreshMetadata().catch(() => {});
      }
    }
  }
}

/** Failures that pass by themselves: a leader moved, a connection was lost, an election is under way. */
export function isPassing(error: unknown): boolean {
  return isCalled(
    error,
    'NOT_LEADER_FOR_PARTITION',
    'LEADER_NOT_AVAILABLE',
    'REPLICA_NOT_AVAILABLE',
    'FENCED_LEADER_EPOCH',
    'UNKNOWN_LEADER_EPOCH',
    'OFFSET_NOT_AVAILABLE',
    'KAFKA_STORAGE_ERROR',
    'KafkaJSBrokerNotFound',
    'KafkaJSConnectionClosedError',
    'KafkaJSConnectionError',
    'KafkaJSMetadataNotLoaded',
  );
}

/**
 * kafkajs' own view of the cluster. A consumer is made but never run: the public, typed `PartitionAssigner` is handed the
 * `Cluster`, which has brokers that answer single requests.
 */
export function findCluster(kafka: Kafka): Cluster {
  let found: Cluster | undefined;
  kafka.consumer({
    // Never joined; kafkajs requires a name.
    groupId: 'qmtl-reads-without-a-group',
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        found = cluster;
        const name = 'none';
        return {
          name,
          version: 0,
          assign: async () => [],
          protocol: () => ({ name, metadata: Buffer.alloc(0) }),
        };
      },
    ],
  });
  if (found === undefined)
    throw new QmtlError('E_INTERNAL', 'kafkajs did not pass its cluster to the partition assigner');
  return found;
}
