import { crc32 } from '../base/crc32.js';
import type { ComputeKey } from '../base/ids.js';

/** The parts of a partition key that all records of one node and context share. `interval` in seconds; absent = 0. */
export interface StreamKeyParts {
  readonly nodeId: string;
  readonly interval?: number | undefined;
  readonly computeKey?: ComputeKey | undefined;
}

/** The parts of a record's partition key. `bucket` in seconds; absent = 0. */
export interface PartitionKeyParts extends StreamKeyParts {
  readonly bucket?: number | undefined;
}

/** `{node_id}:{interval}:{bucket}`, then `#ck={compute_key}` when there is one (docs/spec/topics.md#record-keys). */
export function partitionKey(parts: PartitionKeyParts): string {
  return makePartitionKeys(parts)(parts.bucket ?? 0);
}

/** Partition keys by bucket; the constant parts are built once. */
export function makePartitionKeys({
  nodeId,
  interval,
  computeKey,
}: StreamKeyParts): (bucket: number) => string {
  const before = `${nodeId}:${interval ?? 0}:`;
  const after = computeKey === undefined ? '' : `#ck=${computeKey}`;
  return (bucket) => `${before}${bucket}${after}`;
}

/** Commit-log key of one computed window: `{partition_key}:{input_window_hash}`. */
export function messageKey(partition: string, inputWindowHash: string): string {
  return `${partition}:${inputWindowHash}`;
}

/** Start of the bar that contains a time, in the same unit. Rounds down before 1970 too; 0 without an interval. */
export function toBucket(ts: number, interval: number): number {
  return interval > 0 ? Math.floor(ts / interval) * interval : 0;
}

/** The partition of a record whose writer names none: equal keys share a partition. */
export function recordPartition(key: string, partitions: number): number {
  return partitions === 1 ? 0 : crc32(key) % partitions;
}
