import type { TopicDescription, TopicSpec } from '../topics/topic.js';
import type { TopicAudit, TopicHistoryEntry } from '../topics/topic-log.js';

/** What became of one topic of a create request. */
export type CreateOutcome =
  | { readonly kind: 'created' | 'exists'; readonly topic: string }
  /** The broker holds `other`, and it takes the two names for one. */
  | { readonly kind: 'collides'; readonly topic: string; readonly other: string }
  /** `retryable`: the same request may succeed later. */
  | { readonly kind: 'failed'; readonly topic: string; readonly reason: string; readonly retryable: boolean };

export interface TopicAdminReads {
  /** Descriptions of those topics that exist; the others are absent from the map. */
  describe(topics: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>>;
  /** Names of all topics, sorted. */
  list(): Promise<readonly string[]>;
  /** How many brokers there are: the most replicas a topic can have. */
  brokerCount(): Promise<number>;
}

export interface TopicAdmin extends TopicAdminReads {
  /** Creates what is missing and never changes what exists. At most `limits.topicsPerRequestMax` topics. */
  create(specs: readonly TopicSpec[], audit: TopicAudit): Promise<readonly CreateOutcome[]>;
  /** Deletes what exists; a missing topic is not an error. Returns the names that were there. */
  remove(topics: readonly string[], audit: TopicAudit): Promise<readonly string[]>;
  /**
   * Everything `create` and `remove` did or may have done, oldest first, read from an append-only log.
   *
   * What is asked of the broker is noted before, what came of it after. A topic that existed, was missing or was refused
   * is not listed. When the second note is missing – the process ended in between, or the call is still running – the
   * entry says `unknown`: only the broker knows.
   */
  history(): Promise<readonly TopicHistoryEntry[]>;
}
