import type { Broker, BrokerMetadata, ITopicConfig, Kafka, PartitionMetadata } from 'kafkajs';
import { QmtlError } from '../../domain/base/errors.js';
import type { Isolation } from '../../domain/ports/record-log.js';
import { ClusterConnection, findCluster, isPassing } from './cluster-connection.js';
import { isCalled } from './failure.js';
import { type FetchedPartition, fetchedPartitions } from './fetched.js';

const noWaitMs = 0;
/** Per partition and fetch; the broker sends at least one whole batch. */
const fetchBytesMax = 1024 * 1024;

/** Where to continue reading in one partition. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/**
 * Reads metadata and records without a consumer group.
 *
 * kafkajs' consumers only push, and each needs a group: joining one costs `group.initial.rebalance.delay.ms` (3 s on a real
 * cluster) and leaves it behind when the process dies. QMTL does not need groups: a run reads what a topic holds now, a
 * subscriber reads everything from the beginning. So single requests go to the brokers (`ClusterConnection`); nothing is joined,
 * committed or left behind.
 */
export class ClusterReader {
  readonly #kafka: Kafka;
  readonly #connection: ClusterConnection;
  readonly #anchor: string;
  readonly #leaders = new Map<string, readonly PartitionMetadata[]>();

  /** `anchor`: the topic kafkajs watches; without one it asks for all topics, and fails when any of them has no leader. */
  constructor(kafka: Kafka, anchor: string) {
    this.#kafka = kafka;
    this.#anchor = anchor;
    this.#connection = new ClusterConnection(kafka, anchor);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** All topics, and the live brokers. One request, whose answer grows with the cluster. */
  async everything(): Promise<BrokerMetadata> {
    return this.#connection.persistently(async () => (await this.#connection.anyBroker()).metadata([]));
  }

  /**
   * Asks the controller once to create topics; throws an aggregate with an error for each topic it refused. The admin of kafkajs hides
   * which topics were created when all others existed.
   */
  async createTopics(topics: readonly ITopicConfig[], timeoutMs: number): Promise<void> {
    await this.#connection.onController(async (controller) => {
      if (!createsTopics(controller)) throw new QmtlError('E_INTERNAL', 'kafkajs has no createTopics');
      await controller.createTopics({ topics: [...topics], validateOnly: false, timeout: timeoutMs });
    });
  }

  /** The number of live brokers. */
  async brokerCount(): Promise<number> {
    return this.#connection.persistently(async () => {
      const { brokers } = await (await this.#connection.anyBroker()).metadata([this.#anchor]);
      return brokers.length;
    });
  }

  /** The named topics; undefined when one of them does not exist. */
  async topics(names: readonly string[]): Promise<BrokerMetadata['topicMetadata'] | undefined> {
    try {
      const metadata = await this.#connection.persistently(async () =>
        (await this.#connection.anyBroker()).metadata([...names]),
      );
      return metadata.topicMetadata;
    } catch (error) {
      if (isCalled(error, 'UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION')) return undefined;
      throw error;
    }
  }

  /** Partitions of a topic with their leaders, ascending; cached until a fetch finds them changed. */
  async partitions(topic: string): Promise<readonly PartitionMetadata[]> {
    const known = this.#leaders.get(topic);
    if (known !== undefined) return known;
    const [found] = (await this.topics([topic])) ?? [];
    if (found === undefined) throw missingTopic(topic);
    const partitions = [...found.partitionMetadata].sort((a, b) => a.partitionId - b.partitionId);
    this.#leaders.set(topic, partitions);
    return partitions;
  }

  forget(topic: string): void {
    this.#leaders.delete(topic);
  }

  /** Records of the partition from an offset on; undefined when the partition does not contain the offset (any more, or yet). */
  async fetch(position: Position, isolation: Isolation): Promise<FetchedPartition | undefined> {
    return this.#connection
      .persistently(
        async () => {
          const leader = await this.leaderOf(position);
          const [fetched] = (await this.fetchFrom(leader, [position], isolation, noWaitMs)) ?? [];
          return fetched?.fetched;
        },
        () => this.forget(position.topic),
      )
      .catch(async (error: unknown) => {
        if (!isCalled(error, 'UNKNOWN_TOPIC_OR_PARTITION')) throw error;
        this.forget(position.topic);
        await this.partitions(position.topic);
        throw error;
      });
  }

  /**
   * One request to one leader for several partitions; it waits up to `waitMs` for a first record.
   * undefined when one of the offsets is not in its partition.
   */
  async fetchFrom(
    leader: number,
    positions: readonly Position[],
    isolation: Isolation,
    waitMs: number,
  ): Promise<readonly { readonly position: Position; readonly fetched: FetchedPartition }[] | undefined> {
    const broker = await this.#connection.cluster.findBroker({ nodeId: String(leader) });
    try {
      const answer: unknown = await broker.fetch({
        isolationLevel: isolation === 'read-committed' ? 1 : 0,
        maxWaitTime: waitMs,
        minBytes: 1,
        topics: positions.map(({ topic, partition, offset }) => ({
          topic,
          partitions: [{ partition, fetchOffset: String(offset), maxBytes: fetchBytesMax }],
        })),
      });
      return paired(positions, answer);
    } catch (error) {
      if (isCalled(error, 'OFFSET_OUT_OF_RANGE')) return undefined;
      throw error;
    }
  }

  /** Whether the leaders of all partitions serve them: metadata names a leader before it has created its log. */
  async areServed(topics: BrokerMetadata['topicMetadata']): Promise<boolean> {
    const byLeader = new Map<number, Position[]>();
    for (const { topic, partitionMetadata } of topics) {
      for (const { partitionId: partition, leader } of partitionMetadata) {
        const positions = byLeader.get(leader) ?? [];
        byLeader.set(leader, [...positions, { topic, partition, offset: 0n }]);
      }
    }
    try {
      for (const [leader, positions] of byLeader) {
        await this.fetchFrom(leader, positions, 'read-uncommitted', noWaitMs);
      }
      return true;
    } catch (error) {
      if (isPassing(error) || isCalled(error, 'UNKNOWN_TOPIC_OR_PARTITION')) return false;
      throw error;
    }
  }

  async leaderOf({ topic, partition }: Pick<Position, 'topic' | 'partition'>): Promise<number> {
    const found = (await this.partitions(topic)).find(({ partitionId }) => partitionId === partition);
    if (found === undefined) throw new QmtlError('E_USAGE', `topic ${topic} has no partition ${partition}`);
    return found.leader;
  }

  /** The first retained offset, and the one past the last. Retention moves the first. */
  async bounds(topic: string, partition: number): Promise<{ readonly first: bigint; readonly end: bigint }> {
    // kafkajs reads offsets of watched topics only, and a topic deleted later would break every refresh.
    const cluster = findCluster(this.#kafka);
    try {
      await cluster.connect();
      await cluster.addTargetTopic(topic);
      const offsetOf = async (fromBeginning: boolean) => {
        const [found] = await cluster.fetchTopicsOffset([
          { topic, partitions: [{ partition }], fromBeginning },
        ]);
        return BigInt(found?.partitions[0]?.offset ?? '0');
      };
      return { first: await offsetOf(true), end: await offsetOf(false) };
    } finally {
      await cluster.disconnect();
    }
  }
}

interface TopicCreator {
  createTopics(request: {
    readonly topics: ITopicConfig[];
    readonly validateOnly: boolean;
    readonly timeout: number;
  }): Promise<unknown>;
}

/** The types of kafkajs leave this request out. */
function createsTopics(broker: Broker): broker is Broker & TopicCreator {
  return 'createTopics' in broker && typeof broker.createTopics === 'function';
}

/** The error for a missing topic, the same on every broker. */
function missingTopic(topic: string): QmtlError {
  return new QmtlError('E_BROKER_UNAVAILABLE', `topic ${topic} does not exist`, {
    hint: 'a submission creates topics; submit the strategy first',
  });
}

function paired(positions: readonly Position[], answer: unknown) {
  const byTopic = fetchedPartitions(answer);
  return positions.flatMap((position) => {
    const fetched = byTopic.get(position.topic)?.find(({ partition }) => partition === position.partition);
    return fetched === undefined ? [] : [{ position, fetched }];
  });
}
