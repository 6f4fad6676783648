import { crc32 } from '../base/crc32.js';
import type { ComputeKey } from '../base/ids.js';

/** What all records of one stream belong to. `interval` in seconds; absent = 0. */
export interface StreamKeyParts {
  readonly nodeId: string;
  readonly interval?: number | undefined;
  readonly computeKey?: ComputeKey | undefined;
}

/** What one record belongs to. `bucket` in seconds; absent = 0. */
export interface PartitionKeyParts extends StreamKeyParts {
  readonly bucket?: number | undefined;
}

/** `{node_id}:{interval}:{bucket}`, then `#ck={compute_key}` when there is one (docs/spec/topics.md#record-keys). */
export function partitionKey(parts: PartitionKeyParts): string {
  return partitionKeysOf(parts)(parts.bucket ?? 0);
}

/** The partition keys of one stream, by bucket: what does not change from record to record is put together once. */
export function partitionKeysOf({
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

/** Start of the bar a time falls in; both in the same unit. Rounds down before the epoch too; no interval: 0. */
export function bucketOf(ts: number, interval: number): number {
  return interval > 0 ? Math.floor(ts / interval) * interval : 0;
}

/** The partition a record goes to when its writer names none: equal keys always meet in one partition. */
export function recordPartition(key: string, partitions: number): number {
  return partitions === 1 ? 0 : crc32(key) % partitions;
}
