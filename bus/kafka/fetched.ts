import type { Isolation } from '../../domain/ports/record-log.js';

/** What one partition answered to a fetch, of what kafkajs decodes as much as is used. */
export interface FetchedPartition {
  readonly partition: number;
  /** Where the partition ends; a record there does not exist yet. */
  readonly highWatermark: string;
  /** Where the first open transaction begins, else the end. */
  readonly lastStableOffset: string;
  readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[];
  /** Whole batches: the first ones may lie before the offset asked for. */
  readonly messages: readonly FetchedMessage[];
}

export interface FetchedMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, unknown>>;
  /** A marker of the broker: a transaction was committed or aborted here. */
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
}

/** What of a partition a reader gets, and where it reads on. */
export interface Visible {
  readonly messages: readonly FetchedMessage[];
  readonly nextOffset: bigint;
  readonly endOffset: bigint;
}

/** The partitions of an answer, by topic; kafkajs types it as anything. */
export function fetchedPartitions(answer: unknown): ReadonlyMap<string, readonly FetchedPartition[]> {
  const byTopic = new Map<string, readonly FetchedPartition[]>();
  if (!isRecord(answer) || !Array.isArray(answer.responses)) return byTopic;
  const responses: readonly unknown[] = answer.responses;
  for (const response of responses) {
    if (!isRecord(response) || typeof response.topicName !== 'string') continue;
    const partitions: readonly unknown[] = Array.isArray(response.partitions) ? response.partitions : [];
    const before = byTopic.get(response.topicName) ?? [];
    byTopic.set(response.topicName, [...before, ...partitions.filter(isPartition)]);
  }
  return byTopic;
}

/**
 * Takes at most `recordsMax` messages a reader of this isolation level may see, from `fromOffset` on.
 *
 * Not left to kafkajs: its filter starts at most one aborted transaction per message, so that of two that lie before the
 * first message one is shown.
 */
export function visibleMessages(
  fetched: FetchedPartition,
  fromOffset: bigint,
  recordsMax: number,
  isolation: Isolation,
): Visible {
  const end = BigInt(isolation === 'read-committed' ? fetched.lastStableOffset : fetched.highWatermark);
  const isAborted = isolation === 'read-committed' ? abortedFilter(fetched) : () => false;
  const messages: FetchedMessage[] = [];
  let next = fromOffset;
  for (const message of fetched.messages) {
    const offset = BigInt(message.offset);
    const hidden = isAborted(message, offset) || message.isControlRecord;
    if (offset < fromOffset) continue;
    if (offset >= end || messages.length === recordsMax) break;
    if (!hidden) messages.push(message);
    next = offset + 1n;
  }
  return { messages, nextOffset: next, endOffset: end };
}

/** Says of each message, in offset order, whether its transaction was aborted. */
function abortedFilter({
  abortedTransactions,
}: FetchedPartition): (message: FetchedMessage, offset: bigint) => boolean {
  const starting = abortedTransactions
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: BigInt(firstOffset) }))
    .sort((a, b) => Number(a.firstOffset - b.firstOffset));
  const aborting = new Set<string>();
  return ({ isControlRecord, batchContext: { producerId, inTransaction } }, offset) => {
    for (let first = starting[0]; first !== undefined && first.firstOffset <= offset; first = starting[0]) {
      aborting.add(first.producerId);
      starting.shift();
    }
    if (isControlRecord) {
      aborting.delete(producerId);
      return false;
    }
    return inTransaction && aborting.has(producerId);
  };
}

function isPartition(value: unknown): value is FetchedPartition {
  return (
    isRecord(value) &&
    typeof value.partition === 'number' &&
    typeof value.highWatermark === 'string' &&
    typeof value.lastStableOffset === 'string' &&
    Array.isArray(value.abortedTransactions) &&
    Array.isArray(value.messages) &&
    value.messages.every(isMessage)
  );
}

function isMessage(value: unknown): value is FetchedMessage {
  return (
    isRecord(value) &&
    typeof value.offset === 'string' &&
    typeof value.timestamp === 'string' &&
    isRecord(value.headers) &&
    isRecord(value.batchContext)
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
