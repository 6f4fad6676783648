import { topicLogLineFromBytes } from '../../proto/convert/topic-log.js';
import type { ClusterReader } from './cluster-reader.js';
import { isCalled } from './failure.js';
import { readPartition } from './read-partition.js';
import { adminLogName } from './system-topics.js';

const linesPerRead = 5_000;

export interface TopicOwnersDeps {
  readonly reader: ClusterReader;
  /** Id of this installation; undefined when it has none, and then no topic is foreign. */
  readonly installation: string | undefined;
  /** The admin log of this installation, which it may share with others. */
  readonly ownLog: string;
}

/**
 * Which topics other installations made, from their admin logs: Kafka keeps no such note at a topic. Logs are read on from where
 * the last call ended, and only foreign topics are kept.
 */
export class TopicOwners {
  readonly #deps: TopicOwnersDeps;
  readonly #nextOffsets = new Map<string, bigint>();
  readonly #foreign = new Map<string, { readonly installation: string; readonly at: number }>();

  constructor(deps: TopicOwnersDeps) {
    this.#deps = deps;
  }

  /** The installations that made topics, by topic; those of this installation and of unknown origin are absent. `existing`: all topics of the cluster. */
  async foreignOnes(
    topics: readonly string[],
    existing: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    if (this.#deps.installation === undefined || topics.length === 0) return new Map();
    // Its own log comes last: what this installation made after another one is its own again.
    const { ownLog } = this.#deps;
    const others = existing.filter((topic) => topic.endsWith(adminLogName) && topic !== ownLog);
    for (const log of [...others, ownLog]) await this.#follow(log);
    return new Map(
      topics.flatMap((topic) => {
        const made = this.#foreign.get(topic);
        return made === undefined ? [] : [[topic, made.installation] as const];
      }),
    );
  }

  async #follow(log: string): Promise<void> {
    try {
      for (let more = true; more; ) more = await this.#readOn(log);
    } catch (error) {
      // Other installations may have logs that only they may read.
      if (!isCalled(error, 'TOPIC_AUTHORIZATION_FAILED', 'UNKNOWN_TOPIC_OR_PARTITION')) throw error;
    }
  }

  async #readOn(log: string): Promise<boolean> {
    const { records, nextOffset, endOffset } = await readPartition(this.#deps.reader, {
      topic: log,
      partition: 0,
      fromOffset: this.#nextOffsets.get(log) ?? 0n,
      recordsMax: linesPerRead,
      isolation: 'read-committed',
    });
    for (const { value } of records) if (value !== null) this.#note(value);
    this.#nextOffsets.set(log, nextOffset);
    return nextOffset < endOffset;
  }

  #note(value: Uint8Array): void {
    const { stage, action, topic, installation, at } = topicLogLineFromBytes(value);
    if (stage !== 'done' || at < (this.#foreign.get(topic)?.at ?? 0)) return;
    const isForeign = installation !== '' && installation !== this.#deps.installation;
    if (action === 'created' && isForeign) this.#foreign.set(topic, { installation, at });
    else this.#foreign.delete(topic);
  }
}
