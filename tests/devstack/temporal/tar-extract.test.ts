import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { extractFile } from '../../../devstack/temporal/tar-extract.js';
import { scratchFolder } from '../scratch-folder.js';

describe('extracting a file from a tar archive', () => {
  const sizes = [0, 1, 511, 512, 513, 10_000];

  test.each(sizes)('extraction returns the %d bytes of a file that is not the first', async (size) => {
    const wanted = Buffer.alloc(size, 'content ');
    const archive = tar({ first: Buffer.alloc(700, 'x'), wanted, last: Buffer.from('y') });
    for (const chunkBytes of [100, 512, 1_000_000]) {
      expect(await collect(extractFile(chunks(archive, chunkBytes), 'wanted'))).toEqual(wanted);
    }
  });

  test('extraction finds a file in a folder', async () => {
    const archive = tar({ 'some/folder/wanted': Buffer.from('here') });
    expect((await collect(extractFile(chunks(archive, 512), 'some/folder/wanted'))).toString()).toBe('here');
  });

  test.each(['gnu', 'pax', 'ustar'] as const)(
    'extraction finds a file by a name of 90, 180 and 300 bytes in %s',
    async (format) => {
      for (const folders of format === 'ustar' ? [1, 2] : [1, 2, 4]) {
        const name = [...Array<string>(folders).fill('long-folder-'.repeat(6)), 'wanted-wanted-é'].join('/');
        const archive = tar({ first: Buffer.alloc(700), [name]: Buffer.from('here') }, format);
        expect((await collect(extractFile(chunks(archive, 1_000), name))).toString()).toBe('here');
      }
    },
  );

  test('extraction finds a file whose name begins with ./', async () => {
    const archive = tar({ './wanted': Buffer.from('here') });
    expect((await collect(extractFile(chunks(archive, 512), 'wanted'))).toString()).toBe('here');
  });

  test('extraction passes on the failure to read the archive', async () => {
    async function* cut(): AsyncGenerator<Uint8Array> {
      yield tar({ wanted: Buffer.alloc(2_000) }).subarray(0, 600);
      throw new Error('cable cut');
    }
    await expect(collect(extractFile(cut(), 'wanted'))).rejects.toThrow('cable cut');
  });

  test('extraction ends when its reader stops', async () => {
    const archive = tar({ wanted: Buffer.alloc(200_000), last: Buffer.alloc(200_000) });
    let bytes = 0;
    for await (const part of extractFile(chunks(archive, 512), 'wanted')) {
      bytes += part.length;
      if (bytes > 1_000) break;
    }
    expect(bytes).toBeLessThan(200_000);
  });

  test('extraction refuses a header that is not collected to its end', async () => {
    // A pax header that announces 100 MB of names.
    const header = tar({ wanted: Buffer.from('here') }, 'ustar').subarray(0, 512);
    header.write('x', 156);
    header.write(`${(100_000_000).toString(8).padStart(11, '0')}\0`, 124);
    header.write('        ', 148);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    let given = 0;
    async function* parts(): AsyncGenerator<Uint8Array> {
      yield header;
      for (; given < 1_500; given += 1) yield Buffer.alloc(65_536, 'a');
    }
    await expect(collect(extractFile(parts(), 'wanted'))).rejects.toThrow('a header that is too long');
    expect(given).toBeLessThan(100);
  });

  test('extraction of a missing file fails', async () => {
    const archive = tar({ other: Buffer.from('x') });
    await expect(collect(extractFile(chunks(archive, 512), 'wanted'))).rejects.toThrow('no file wanted');
  });

  test('extraction fails when the archive ends inside the file', async () => {
    const archive = tar({ wanted: Buffer.alloc(2_000) }).subarray(0, 1_500);
    await expect(collect(extractFile(chunks(archive, 512), 'wanted'))).rejects.toThrow('ends too early');
  });

  test('extraction from a file that is not an archive fails', async () => {
    await expect(collect(extractFile(chunks(Buffer.alloc(2_000, 'z'), 512), 'wanted'))).rejects.toThrow(
      'not a tar file',
    );
  });
});

function tar(files: Readonly<Record<string, Buffer>>, format = 'gnu'): Buffer {
  const folder = scratchFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return execFileSync('tar', ['-C', folder, `--format=${format}`, '-cf', '-', ...Object.keys(files)]);
}

async function* chunks(content: Buffer, bytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.length; start += bytes) yield content.subarray(start, start + bytes);
}

async function collect(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts);
}
