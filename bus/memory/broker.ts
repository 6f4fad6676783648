import { QmtlError } from '../../domain/base/errors.js';
import type {
  Isolation,
  LogRecord,
  ReadBatch,
  ReadRequest,
  RecordToWrite,
} from '../../domain/ports/record-log.js';
import { recordPartition } from '../../domain/topics/message-key.js';
import type { TopicDescription, TopicSpec } from '../../domain/topics/topic.js';
import type { TopicAudit, TopicHistoryEntry } from '../../domain/topics/topic-log.js';
import { topicCollisionKey } from '../../domain/topics/topic-name.js';

/** State of one transaction; its records share it, so ending the transaction is one assignment. */
export interface TransactionFate {
  state: 'open' | 'committed' | 'aborted';
}

/** A record as written; offset and topic are added when it is read. */
interface StoredRecord {
  readonly written: RecordToWrite;
  readonly fate: TransactionFate | undefined;
}

interface Partition {
  readonly stored: StoredRecord[];
  /** Everything before this offset belongs to an ended transaction or to none; never decreases. */
  stableEnd: number;
}

interface MemoryTopic {
  readonly description: TopicDescription;
  readonly partitions: readonly Partition[];
}

const noHeaders: Readonly<Record<string, string>> = {};

/**
 * The broker of the dev profile: topics, partitions and records in the memory of the process, with Kafka's visible behaviour
 * (no auto-created topics, names that differ only in case or `.`/`_` collide, read-committed stops at an open transaction).
 * Record log, topic admin and control bus of a process share one broker, which ends with the process.
 */
export class MemoryBroker {
  readonly #topics = new Map<string, MemoryTopic>();
  readonly #namesByCollisionKey = new Map<string, string>();
  readonly #history: TopicHistoryEntry[] = [];
  /** Id of the installation that made a topic; '' = unknown. */
  readonly #owners = new Map<string, string>();
  readonly #fences = new Map<string, symbol>();
  readonly #openFates = new Map<string, TransactionFate>();
  readonly #watchers = new Set<() => void>();

  /** The name of another topic that collides with this one, or undefined. */
  similarTo(topic: string): string | undefined {
    const holder = this.#namesByCollisionKey.get(topicCollisionKey(topic));
    return holder === topic ? undefined : holder;
  }

  createTopic(
    spec: TopicSpec,
    entry: TopicAudit & { readonly at: number; readonly installation?: string },
  ): void {
    const { topic, ...settings } = spec;
    const description = { topic, ...settings, replicationFactor: 1, minInsyncReplicas: 1 };
    this.#topics.set(topic, {
      description,
      partitions: Array.from({ length: spec.partitions }, () => ({ stored: [], stableEnd: 0 })),
    });
    this.#namesByCollisionKey.set(topicCollisionKey(topic), topic);
    this.#history.push({ action: 'created', topic, outcome: 'done', installation: '', ...entry });
    this.#owners.set(topic, entry.installation ?? '');
  }

  removeTopic(
    topic: string,
    entry: TopicAudit & { readonly at: number; readonly installation?: string },
  ): boolean {
    if (!this.#topics.delete(topic)) return false;
    this.#namesByCollisionKey.delete(topicCollisionKey(topic));
    this.#owners.delete(topic);
    this.#history.push({ action: 'removed', topic, outcome: 'done', installation: '', ...entry });
    return true;
  }

  describe(topic: string): TopicDescription | undefined {
    return this.#topics.get(topic)?.description;
  }

  partitionCount(): number {
    return [...this.#topics.values()].reduce((sum, { partitions }) => sum + partitions.length, 0);
  }

  ownerOf(topic: string): string {
    return this.#owners.get(topic) ?? '';
  }

  topicNames(): readonly string[] {
    return [...this.#topics.keys()].sort();
  }

  history(): readonly TopicHistoryEntry[] {
    return [...this.#history];
  }

  partitionsOf(topic: string): readonly number[] {
    return this.#topic(topic).partitions.map((_, index) => index);
  }

  append(topic: string, records: readonly RecordToWrite[], fate?: TransactionFate): void {
    const { partitions } = this.#topic(topic);
    for (const written of records) {
      const number = written.partition ?? recordPartition(written.key, partitions.length);
      const partition = partitions[number];
      if (partition === undefined) {
        throw new QmtlError('E_BROKER_UNAVAILABLE', `topic ${topic} has no partition ${number}`);
      }
      partition.stored.push({ written, fate });
    }
    this.#wake();
  }

  read(request: ReadRequest): ReadBatch {
    const partition = this.#topic(request.topic).partitions[request.partition];
    if (partition === undefined) {
      throw new QmtlError('E_USAGE', `topic ${request.topic} has no partition ${request.partition}`);
    }
    const end = visibleEnd(partition, request.isolation);
    const records: LogRecord[] = [];
    let next = Number(request.fromOffset);
    for (; next < end && records.length < request.recordsMax; next += 1) {
      const stored = partition.stored[next];
      if (stored !== undefined && isVisible(stored, request.isolation)) {
        records.push(recordAt(request, next, stored.written));
      }
    }
    return { records, nextOffset: BigInt(next), endOffset: BigInt(end) };
  }

  /** Takes over a transactional id: fences its older holder and aborts the open transaction. */
  fence(transactionalId: string): symbol {
    this.endTransaction(transactionalId, 'aborted');
    const epoch = Symbol(transactionalId);
    this.#fences.set(transactionalId, epoch);
    return epoch;
  }

  holds(transactionalId: string, epoch: symbol): boolean {
    return this.#fences.get(transactionalId) === epoch;
  }

  openTransaction(transactionalId: string): TransactionFate {
    const fate: TransactionFate = { state: 'open' };
    this.#openFates.set(transactionalId, fate);
    return fate;
  }

  endTransaction(transactionalId: string, state: 'committed' | 'aborted'): void {
    const fate = this.#openFates.get(transactionalId);
    if (fate === undefined) return;
    fate.state = state;
    this.#openFates.delete(transactionalId);
    this.#wake();
  }

  /** Calls back after every change visible to readers, until the returned function is called. */
  watch(onChange: () => void): () => void {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }

  #wake(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #topic(topic: string): MemoryTopic {
    const found = this.#topics.get(topic);
    if (found !== undefined) return found;
    throw new QmtlError('E_BROKER_UNAVAILABLE', `topic ${topic} does not exist`, {
      hint: 'a submission creates topics; submit the strategy first',
    });
  }
}

function recordAt({ topic, partition }: ReadRequest, offset: number, written: RecordToWrite): LogRecord {
  const { key, value, timestamp, headers = noHeaders } = written;
  return { topic, partition, offset: BigInt(offset), key, value, timestamp, headers };
}

/** A read-committed reader does not read past an open transaction: it ends at the last stable offset. */
function visibleEnd(partition: Partition, isolation: Isolation): number {
  const { stored } = partition;
  if (isolation === 'read-uncommitted') return stored.length;
  while (partition.stableEnd < stored.length && stored[partition.stableEnd]?.fate?.state !== 'open') {
    partition.stableEnd += 1;
  }
  return partition.stableEnd;
}

function isVisible(stored: StoredRecord, isolation: Isolation): boolean {
  return isolation === 'read-uncommitted' || stored.fate?.state !== 'aborted';
}
