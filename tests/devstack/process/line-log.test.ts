import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LineLog } from '../../../devstack/process/line-log.js';
import { scratchFolder } from '../scratch-folder.js';

test('a log is written line by line and continues where it ended', () => {
  const path = join(scratchFolder(), 'x.log');
  new LineLog(path).add('one');
  new LineLog(path).add('two');
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a log is at most two files of limited size', () => {
  const folder = scratchFolder();
  const log = new LineLog(join(folder, 'x.log'), 10);
  for (let line = 100; line < 120; line += 1) log.add(String(line));
  expect(readdirSync(folder).sort()).toEqual(['x.log', 'x.log.1']);
  expect(readFileSync(join(folder, 'x.log.1'), 'utf8')).toBe('116\n117\n');
  expect(readFileSync(log.path, 'utf8')).toBe('118\n119\n');
});

test('a log that is already full is rotated', () => {
  const path = join(scratchFolder(), 'x.log');
  new LineLog(path, 8).add('1234567');
  new LineLog(path, 8).add('next');
  expect([readFileSync(`${path}.1`, 'utf8'), readFileSync(path, 'utf8')]).toEqual(['1234567\n', 'next\n']);
});
