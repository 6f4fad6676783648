import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { extractFile } from '../../devstack/temporal/tar-extract.js';
import { scratchFolder } from './scratch-folder.js';

describe('extracting a file from a tar archive', () => {
  const sizes = [0, 1, 511, 512, 513, 10_000];

  test.each(sizes)('gives the %d bytes of a file that is not the first', async (size) => {
    const wanted = Buffer.alloc(size, 'content ');
    const archive = tar({ first: Buffer.alloc(700, 'x'), wanted, last: Buffer.from('y') });
    for (const chunkBytes of [100, 512, 1_000_000]) {
      expect(await collect(extractFile(chunks(archive, chunkBytes), 'wanted'))).toEqual(wanted);
    }
  });

  test('finds a file in a folder', async () => {
    const archive = tar({ 'some/folder/wanted': Buffer.from('here') });
    expect((await collect(extractFile(chunks(archive, 512), 'some/folder/wanted'))).toString()).toBe('here');
  });

  test('fails when there is no such file', async () => {
    const archive = tar({ other: Buffer.from('x') });
    await expect(collect(extractFile(chunks(archive, 512), 'wanted'))).rejects.toThrow('no file wanted');
  });

  test('fails when the archive ends inside the file', async () => {
    const archive = tar({ wanted: Buffer.alloc(2_000) }).subarray(0, 1_500);
    await expect(collect(extractFile(chunks(archive, 512), 'wanted'))).rejects.toThrow('ends too early');
  });

  test('fails on something that is not an archive', async () => {
    await expect(collect(extractFile(chunks(Buffer.alloc(2_000, 'z'), 512), 'wanted'))).rejects.toThrow(
      'not a tar file',
    );
  });
});

function tar(files: Readonly<Record<string, Buffer>>): Buffer {
  const folder = scratchFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return execFileSync('tar', ['-C', folder, '-cf', '-', ...Object.keys(files)]);
}

async function* chunks(content: Buffer, bytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.length; start += bytes) yield content.subarray(start, start + bytes);
}

async function collect(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts);
}
