import type { TopicDescription, TopicSpec } from '../topics/topic.js';
import type { TopicAudit, TopicHistoryEntry } from '../topics/topic-log.js';
import type { TopicRoom } from '../topics/topic-room.js';

/** The outcome for one topic of a create request. */
export type CreateOutcome =
  | { readonly kind: 'created' | 'exists'; readonly topic: string }
  /** The name collides with `other`, a topic of the broker. */
  | { readonly kind: 'collides'; readonly topic: string; readonly other: string }
  /** The topic exists, and another installation made it. One of unknown origin `exists`. */
  | { readonly kind: 'foreign'; readonly topic: string; readonly installation: string }
  /** `retryable`: the same request may succeed later. */
  | { readonly kind: 'failed'; readonly topic: string; readonly reason: string; readonly retryable: boolean };

export interface TopicAdminReads {
  /** Descriptions of the topics that exist; the others are absent from the map. */
  describe(topics: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>>;
  /** Names of all topics, sorted. */
  list(): Promise<readonly string[]>;
  /** The number of brokers that are up. */
  brokerCount(): Promise<number>;
}

export interface TopicAdmin extends TopicAdminReads {
  /** The most replicas a topic gets: the number of brokers that the cluster has, of which some may be away. */
  replicasMax(): Promise<number>;
  /** Whether there is room for these topics (`roomFault`), of which some may exist. */
  room(specs: readonly TopicSpec[]): Promise<TopicRoom>;
  /**
   * Creates the missing topics and never changes an existing one. At most `limits.topicsPerRequestMax` topics. When there is no room
   * for all of them, none is created and E_TOPIC_REJECTED is thrown.
   */
  create(specs: readonly TopicSpec[], audit: TopicAudit): Promise<readonly CreateOutcome[]>;
  /** Deletes topics; a missing one is not an error. Returns the names that existed. */
  remove(topics: readonly string[], audit: TopicAudit): Promise<readonly string[]>;
  /**
   * Everything `create` and `remove` did or may have done, read from an append-only log as it is asked for: oldest first, by the time
   * of the outcome.
   *
   * Each request is recorded before the broker is asked, its outcome afterwards. A topic that existed, was missing or was
   * refused is not listed. When the outcome is missing, because the process or its connection ended in between or the call is still
   * running, the entry says `unknown` and comes last.
   */
  history(): AsyncIterable<TopicHistoryEntry>;
}
