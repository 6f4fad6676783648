import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
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
  const log = new LineLog(join(folder, 'x.log'), { bytesMax: 10 });
  for (let line = 100; line < 120; line += 1) log.add(String(line));
  expect(readdirSync(folder).sort()).toEqual(['x.log', 'x.log.1']);
  expect(readFileSync(join(folder, 'x.log.1'), 'utf8')).toBe('116\n117\n');
  expect(readFileSync(log.path, 'utf8')).toBe('118\n119\n');
});

test('a log that is already full is rotated', () => {
  const path = join(scratchFolder(), 'x.log');
  new LineLog(path, { bytesMax: 8 }).add('1234567');
  new LineLog(path, { bytesMax: 8 }).add('next');
  expect([readFileSync(`${path}.1`, 'utf8'), readFileSync(path, 'utf8')]).toEqual(['1234567\n', 'next\n']);
});

test('lines that cannot be written are lost, which is said once, and later ones are written again', () => {
  const folder = join(scratchFolder(), 'logs');
  mkdirSync(folder);
  const faults: unknown[] = [];
  const log = new LineLog(join(folder, 'x.log'), { bytesMax: 10, onFault: (error) => faults.push(error) });
  log.add('12345678');
  rmSync(folder, { recursive: true });
  for (const line of ['lost', 'lost too']) log.add(line);
  expect(faults).toEqual([expect.objectContaining({ code: 'ENOENT' })]);
  mkdirSync(folder);
  log.add('later');
  expect(readFileSync(log.path, 'utf8')).toBe('later\n');
});

test('a log without a listener for faults never throws', () => {
  expect(() => new LineLog('/dev/full').add('lost')).not.toThrow();
  expect(() => new LineLog('/dev/null/x.log').add('lost')).not.toThrow();
});
