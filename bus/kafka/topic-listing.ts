import type { BrokerMetadata } from 'kafkajs';
import type { TopicSpec } from '../../domain/topics/topic.js';
import { topicCollisionKey } from '../../domain/topics/topic-name.js';
import { replicasOf } from '../../domain/topics/topic-room.js';
import type { ClusterReader } from './cluster-reader.js';

/** The topics of a cluster. */
export interface ListedTopics {
  readonly names: ReadonlySet<string>;
  /** A name by what others would collide with it in (`topicCollisionKey`). */
  readonly holders: ReadonlyMap<string, string>;
  readonly brokers: number;
  /** Partition replicas. */
  readonly held: number;
  /** Read for this request, so that nothing in it is out of date. */
  readonly fresh: boolean;
}

/** How long a list serves the requests of one workflow. What others create meanwhile is refused by the broker itself. */
const lastsMs = 10_000;

/**
 * The list of all topics, whose answer grows with the cluster: with 20,000 topics it takes as long as creating some hundred. The first request of
 * a workflow reads it, those that follow within seconds use it again, and what this process creates is added. A topic it contains may be
 * gone meanwhile, so a caller looks again before it acts on that.
 */
export class TopicListing {
  readonly #reader: ClusterReader;
  #names = new Set<string>();
  #holders = new Map<string, string>();
  #brokers = 0;
  #held = 0;
  #readAt = Number.NEGATIVE_INFINITY;
  readonly #readers = new Set<string>();

  constructor(reader: ClusterReader) {
    this.#reader = reader;
  }

  async read(): Promise<ListedTopics> {
    const { brokers, topicMetadata } = await this.#reader.everything();
    this.#names = new Set(topicMetadata.map(({ topic }) => topic));
    this.#holders = new Map(topicMetadata.map(({ topic }) => [topicCollisionKey(topic), topic]));
    this.#brokers = brokers.length;
    this.#held = replicasIn(topicMetadata);
    this.#readAt = performance.now();
    this.#readers.clear();
    return this.#listed(true);
  }

  /** The last list, if this workflow has used it before and it is recent enough. */
  async recent(workflowId: string): Promise<ListedTopics> {
    const isRecent = performance.now() - this.#readAt < lastsMs && this.#readers.has(workflowId);
    const listed = isRecent ? this.#listed(false) : await this.read();
    this.#readers.add(workflowId);
    return listed;
  }

  /** Topics that this process has created, each with at most `replicasMax` replicas. */
  add(specs: readonly TopicSpec[], replicasMax: number): void {
    for (const { topic } of specs) {
      this.#names.add(topic);
      this.#holders.set(topicCollisionKey(topic), topic);
    }
    this.#held += replicasOf(specs, replicasMax);
  }

  /** After a request whose outcome is not known, and after topics were removed. */
  forget(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  #listed(fresh: boolean): ListedTopics {
    return { names: this.#names, holders: this.#holders, brokers: this.#brokers, held: this.#held, fresh };
  }
}

export function replicasIn(topics: BrokerMetadata['topicMetadata']): number {
  return topics
    .flatMap(({ partitionMetadata }) => partitionMetadata)
    .reduce((sum, { replicas }) => sum + replicas.length, 0);
}
