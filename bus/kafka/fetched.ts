import type { Isolation } from '../../domain/ports/record-log.js';

/** The answer of one partition to a fetch: the used part of what kafkajs decodes. */
export interface FetchedPartition {
  readonly partition: number;
  /** The end of the partition: the offset of the next record. */
  readonly highWatermark: string;
  /** The beginning of the first open transaction, else the end. */
  readonly lastStableOffset: string;
  readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[];
  /** Whole batches: the first messages may precede the requested offset. */
  readonly messages: readonly FetchedMessage[];
  /** The broker throttled the read and may have withheld records; kafkajs waits before the next request. */
  readonly isThrottled: boolean;
}

export interface FetchedMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, unknown>>;
  /** A transaction marker of the broker: committed or aborted. */
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
}

/** The records of a partition for a reader, and where it continues. */
export interface Visible {
  readonly messages: readonly FetchedMessage[];
  readonly nextOffset: bigint;
  readonly endOffset: bigint;
}

/** The partitions of an answer, by topic; it has no type in kafkajs. */
export function fetchedPartitions(answer: unknown): ReadonlyMap<string, readonly FetchedPartition[]> {
  const byTopic = new Map<string, readonly FetchedPartition[]>();
  if (!isRecord(answer) || !Array.isArray(answer.responses)) return byTopic;
  const isThrottled = typeof answer.clientSideThrottleTime === 'number' && answer.clientSideThrottleTime > 0;
  const responses: readonly unknown[] = answer.responses;
  for (const response of responses) {
    if (!isRecord(response) || typeof response.topicName !== 'string') continue;
    const partitions: readonly unknown[] = Array.isArray(response.partitions) ? response.partitions : [];
    const before = byTopic.get(response.topicName) ?? [];
    byTopic.set(response.topicName, [
      ...before,
      ...partitions.filter(isPartition).map((partition) => ({ ...partition, isThrottled })),
    ]);
  }
  return byTopic;
}

/**
 * Takes at most `recordsMax` messages that are visible at this isolation level, from `fromOffset` on.
 *
 * The filter of kafkajs is not used: it starts at most one aborted transaction per message, so of two that begin before the
 * first message one is shown.
 */
export function visibleMessages(
  fetched: FetchedPartition,
  fromOffset: bigint,
  recordsMax: number,
  isolation: Isolation,
): Visible {
  const end = BigInt(isolation === 'read-committed' ? fetched.lastStableOffset : fetched.highWatermark);
  const aborted = isolation === 'read-committed' ? abortedMessages(fetched) : new Set();
  const messages: FetchedMessage[] = [];
  let next = fromOffset;
  const reachable = fetched.messages.filter(
    ({ offset }) => BigInt(offset) >= fromOffset && BigInt(offset) < end,
  );
  for (const message of reachable) {
    if (messages.length === recordsMax) break;
    if (!message.isControlRecord && !aborted.has(message)) messages.push(message);
    next = BigInt(message.offset) + 1n;
  }
  return { messages, nextOffset: next, endOffset: end };
}

/** The messages of aborted transactions. */
function abortedMessages({ abortedTransactions, messages }: FetchedPartition): ReadonlySet<FetchedMessage> {
  const aborted = new Set<FetchedMessage>();
  if (abortedTransactions.length === 0) return aborted;
  const startingBy = startsOf(abortedTransactions);
  const aborting = new Set<string>();
  for (const message of messages) {
    for (const producerId of startingBy(BigInt(message.offset))) aborting.add(producerId);
    const { producerId, inTransaction } = message.batchContext;
    if (message.isControlRecord) aborting.delete(producerId);
    else if (inTransaction && aborting.has(producerId)) aborted.add(message);
  }
  return aborted;
}

/** Returns, for growing offsets, the producers whose aborted transaction began since the last call. */
function startsOf(
  abortedTransactions: FetchedPartition['abortedTransactions'],
): (offset: bigint) => readonly string[] {
  let waiting = abortedTransactions;
  return (offset) => {
    const started = waiting.filter(({ firstOffset }) => BigInt(firstOffset) <= offset);
    if (started.length > 0) waiting = waiting.filter((transaction) => !started.includes(transaction));
    return started.map(({ producerId }) => producerId);
  };
}

function isPartition(value: unknown): value is Omit<FetchedPartition, 'isThrottled'> {
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
