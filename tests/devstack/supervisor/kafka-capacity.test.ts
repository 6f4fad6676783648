import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  capacityNote,
  countSegments,
  hardFileLimit,
  kafkaCapacity,
  processLimits,
  refuseTooManySegments,
} from '../../../devstack/supervisor/kafka-capacity.js';
import { limits } from '../../../domain/base/limits.js';
import { scratchFolder } from '../scratch-folder.js';

/** A machine that allows everything. */
const ample = { files: 1_000_000, maps: 1_000_000, memoryMb: 64_000 };
const promised = limits.brokerReplicasMax;

describe('what fits into the broker of a stack', () => {
  test('the heap is sized for the promised replicas, and no note is needed', () => {
    const capacity = kafkaCapacity(ample);
    expect(capacity).toMatchObject({ replicasMax: promised, by: 'promised' });
    expect(capacity.heapMb).toBeGreaterThan(512);
    expect(capacityNote(capacity)).toBeUndefined();
  });

  test.each([
    ['open files', { files: 20_000 }, 'files', 19_300],
    ['memory maps', { maps: 32_000 }, 'maps', 15_000],
  ] as const)(
    '%s limit the replicas, and the note says so with the number',
    (word, given, by, replicasMax) => {
      const capacity = kafkaCapacity({ ...ample, ...given });
      expect(capacity).toMatchObject({ by, replicasMax });
      expect(capacityNote(capacity)).toContain(`room for ${replicasMax} partition replicas`);
      expect(capacityNote(capacity)).toContain(word);
    },
  );

  test('a small machine gets a small heap, at least 512 MB, and what fits into it', () => {
    const capacity = kafkaCapacity({ ...ample, memoryMb: 1_000 });
    expect(capacity).toMatchObject({ heapMb: 512, by: 'heap' });
    expect(capacity.replicasMax).toBeLessThan(promised);
    expect(capacity.replicasMax).toBeGreaterThan(5_000);
  });

  test('a heap is never smaller than the data require, so that a broker starts again on a smaller machine', () => {
    const { heapMb } = kafkaCapacity(ample);
    expect(kafkaCapacity({ ...ample, memoryMb: 1_000 }, promised).heapMb).toBe(heapMb);
  });
});

describe('data that a broker could not open', () => {
  test('data within the limits are accepted', () => {
    expect(() => refuseTooManySegments(19_300, { ...ample, files: 20_000 })).not.toThrow();
    expect(() => refuseTooManySegments(31_765, { ...ample, maps: 65_530 })).not.toThrow();
  });

  test.each([
    [19_301, { files: 20_000 }, '20001 open files', 'ulimit -Hn'],
    [31_766, { maps: 65_530 }, '65532 memory maps', 'vm.max_map_count'],
  ])('%i segments are refused with the needed number and the setting', (segments, given, needed, setting) => {
    expect(() => refuseTooManySegments(segments, { ...ample, ...given })).toThrow(
      expect.objectContaining({
        code: 'E_LIMIT_EXCEEDED',
        message: expect.stringContaining(`need ${needed}`),
        hint: expect.stringContaining(setting),
      }),
    );
  });

  test('segments are the logs in the folders of partitions', async () => {
    const folder = scratchFolder();
    expect(await countSegments(join(folder, 'missing'))).toBe(0);
    for (const name of ['a-0', 'b-0']) {
      mkdirSync(join(folder, name));
      for (const file of ['00.log', '00.index', '00.timeindex']) writeFileSync(join(folder, name, file), '');
    }
    writeFileSync(join(folder, 'b-0', '07.log'), '');
    writeFileSync(join(folder, 'meta.properties'), '');
    expect(await countSegments(folder)).toBe(3);
  });
});

describe('the limits of a process', () => {
  test('the hard limit of open files counts, since a JVM raises its own to it', () => {
    const text =
      'Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files\n';
    expect(hardFileLimit(text)).toBe(524_288);
    expect(hardFileLimit(text.replace('524288', 'unlimited'))).toBe(Number.POSITIVE_INFINITY);
  });

  test('a limit that cannot be read counts as a small one', () => {
    expect(hardFileLimit('')).toBe(10_240);
  });

  test('the limits of this process are numbers', async () => {
    const { files, maps, memoryMb } = await processLimits();
    expect([files, maps, memoryMb].every((limit) => limit > 0)).toBe(true);
  });
});
