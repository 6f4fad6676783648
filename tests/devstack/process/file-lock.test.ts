import { spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { lockHolder, takeLock, tryLock } from '../../../devstack/process/file-lock.js';
import { scratchFolder } from '../scratch-folder.js';
import { endedPid } from './ended-pid.js';

const contenderProgram = fileURLToPath(new URL('./lock-contender.ts', import.meta.url));

/** A lock of a killed process. */
async function abandonedLock(): Promise<string> {
  const path = join(scratchFolder(), 'lock');
  writeFileSync(path, `${await endedPid()} ${hostname()}\n`);
  return path;
}

test('a lock has one holder and names its process until it is released', async () => {
  const path = join(scratchFolder(), 'lock');
  const lock = await tryLock(path);
  expect([lock?.abandoned, await tryLock(path), await lockHolder(path)]).toEqual([
    false,
    undefined,
    process.pid,
  ]);
  await lock?.release();
  expect([existsSync(path), await lockHolder(path)]).toEqual([false, undefined]);
});

test('exactly one of several processes takes over the lock of a killed one', async () => {
  const folder = scratchFolder();
  const paths = Array.from({ length: 100 }, (_, index) => join(folder, `lock-${index}`));
  const held = `${await endedPid()} ${hostname()}\n`;
  for (const path of paths) writeFileSync(path, held);
  const contenders = await Promise.all(Array.from({ length: 4 }, () => startContender(paths)));
  for (const { go } of contenders) go();
  const taken = await Promise.all(contenders.map((contender) => contender.taken()));
  for (const { leave } of contenders) leave();
  expect(taken.flat().sort()).toEqual([...paths].sort());
  expect(readdirSync(folder).sort()).toEqual(paths.map((path) => basename(path)).sort());
});

async function startContender(paths: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', contenderProgram, ...paths], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const nextLine = async () => String((await lines.next()).value);
  expect(await nextLine()).toBe('ready');
  return {
    go: () => child.stdin.write('go\n'),
    taken: async () => z.array(z.string()).parse(JSON.parse(await nextLine())),
    leave: () => child.stdin.end(),
  };
}

test('a process that was killed while it took over a lock does not block others', async () => {
  const path = await abandonedLock();
  writeFileSync(`${path}.takeover`, `${await endedPid()} ${hostname()}\n`);
  const lock = await takeLock(path, {});
  expect(lock.abandoned).toBe(true);
  await lock.release();
  expect(readdirSync(join(path, '..'))).toEqual([]);
});

test('a late release does not remove the lock of the next holder', async () => {
  const path = join(scratchFolder(), 'lock');
  const lock = await tryLock(path);
  writeFileSync(path, `1 another-host\n`);
  await lock?.release();
  expect(existsSync(path)).toBe(true);
});
