import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fileReason, findErrno } from '../../../std/node/errno.js';

const folder = mkdtempSync(join(tmpdir(), 'qmtl-errno-'));
mkdirSync(join(folder, 'sub'));
writeFileSync(join(folder, 'file'), '');
symlinkSync('loop', join(folder, 'loop'));

describe('why a file cannot be used', () => {
  test.each([
    ['none', 'ENOENT', 'no such file'],
    ['sub', 'EISDIR', 'it is a folder'],
    ['file/x', 'ENOTDIR', 'a part of its path is not a folder'],
    ['loop', 'ELOOP', 'its symbolic links form a loop'],
    ['x'.repeat(5_000), 'ENAMETOOLONG', 'the path is too long'],
  ])('reading %j has a code and a reason', async (name, code, reason) => {
    const failure = await readFile(join(folder, name)).catch((error: unknown) => error);
    expect([findErrno(failure), fileReason(failure)]).toEqual([code, reason]);
  });
});

test.each([
  [undefined],
  ['ENOENT'],
  [{ code: 'ENOENT' }],
  [new Error('no code')],
  [Object.assign(new Error('a number'), { code: 5 })],
])('%o has no code and no reason', (error) => {
  expect([findErrno(error), fileReason(error)]).toEqual([undefined, undefined]);
});
