import { crc32 } from './crc32.js';

/** The partition a record goes to when its writer names none: equal keys always meet in one partition. */
export function recordPartition(key: string, partitions: number): number {
  return partitions === 1 ? 0 : crc32(key) % partitions;
}
