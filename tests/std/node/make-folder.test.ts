import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeFolder } from '../../../std/node/make-folder.js';

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'qmtl-folder-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a folder is made with those above it, and is there afterwards', async () => {
  const folder = join(scratch(), 'a', 'b', 'c');
  expect(await makeFolder(folder, 0o700)).toBe(true);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(await makeFolder(folder)).toBe(false);
});

test('several processes may make the same folder', async () => {
  const folder = join(scratch(), 'a', 'b');
  await Promise.all(Array.from({ length: 20 }, () => makeFolder(folder)));
  expect(existsSync(folder)).toBe(true);
});

test('a path below a file is refused', async () => {
  const file = join(scratch(), 'file');
  writeFileSync(file, '');
  await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolder(join(file, 'a'))).rejects.toMatchObject({ code: 'EEXIST' });
});

test.runIf(existsSync('/proc/self'))(
  'a path where nothing can be made is refused, and the call returns',
  async () => {
    await expect(makeFolder('/proc/.cache/qmtl')).rejects.toMatchObject({ code: 'ENOENT' });
  },
);
