import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import os, { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { lockHolder, lockTouchMs, takeLock, tryLock } from '../../../devstack/process/file-lock.js';
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
    pid: child.pid ?? 0,
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

/** As if nothing had touched a file for a minute. */
function age(path: string): void {
  const before = Date.now() / 1000 - 60;
  utimesSync(path, before, before);
}

test('the lock of a process of this host is held however long it is suspended', async () => {
  const path = join(scratchFolder(), 'lock');
  const { go, taken, pid } = await startContender([path]);
  go();
  await taken();
  process.kill(pid, 'SIGSTOP');
  age(path);
  expect([await tryLock(path), await lockHolder(path)]).toEqual([undefined, pid]);
});

test('the lock of another host is stale once it was not touched for long', async () => {
  const path = join(scratchFolder(), 'lock');
  writeFileSync(path, '1 another-host\n');
  expect(await tryLock(path)).toBeUndefined();
  age(path);
  const lock = await tryLock(path);
  expect(lock?.abandoned).toBe(true);
  await lock?.release();
});

test('a lock from before the boot of this host is stale, whatever has its process id now', async () => {
  const path = join(scratchFolder(), 'lock');
  writeFileSync(path, `${process.pid} ${hostname()}\n`);
  expect(await lockHolder(path)).toBe(process.pid);
  utimesSync(path, 0, 0);
  expect(await lockHolder(path)).toBeUndefined();
});

test('a lock is stale when its process id belongs to a process that started at another time', async () => {
  const path = join(scratchFolder(), 'lock');
  writeFileSync(path, `${process.pid} ${hostname()} 1 token\n`);
  expect(await lockHolder(path)).toBeUndefined();
});

test('a lock is released when the host has another name by then', async () => {
  const path = join(scratchFolder(), 'lock');
  const lock = await tryLock(path);
  const name = vi.spyOn(os, 'hostname').mockReturnValue('renamed');
  onTestFinished(() => {
    name.mockRestore();
    syncBuiltinESMExports();
  });
  syncBuiltinESMExports();
  expect(hostname()).toBe('renamed');
  await lock?.release();
  expect(existsSync(path)).toBe(false);
});

test('two locks of one process differ', async () => {
  const folder = scratchFolder();
  const locks = await Promise.all([tryLock(join(folder, 'a')), tryLock(join(folder, 'b'))]);
  expect(readFileSync(join(folder, 'a'), 'utf8')).not.toBe(readFileSync(join(folder, 'b'), 'utf8'));
  for (const lock of locks) await lock?.release();
});

test('a path that cannot be a lock is refused, not waited for', async () => {
  const path = join(scratchFolder(), 'lock');
  mkdirSync(path);
  await expect(takeLock(path, {})).rejects.toMatchObject({ code: 'EISDIR' });
});

test('a holder notices that its lock was removed', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const path = join(scratchFolder(), 'lock');
  const lock = await tryLock(path);
  if (lock === undefined) throw new Error('the lock is free');
  const lost = new Promise((resolve) => lock.lost.addEventListener('abort', resolve));
  rmSync(path);
  vi.advanceTimersByTime(lockTouchMs);
  await lost;
  expect(String(lock.lost.reason)).toContain('was removed or taken over');
  await lock.release();
});
