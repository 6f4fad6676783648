import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { stackStatus, startParts, stopStack } from '../../devstack/supervisor/control.js';
import { openStackFolder } from '../../devstack/supervisor/folder.js';
import { type SupervisorSettings, socketOf } from '../../devstack/supervisor/protocol.js';
import { startSupervisor } from '../../devstack/supervisor/supervisor.js';
import { scratchFolder } from './scratch-folder.js';

const report = () => undefined;

/** Nothing can be started there: there is no program at all. */
function settingsIn(folder: string): SupervisorSettings {
  return { folder, ports: {}, env: { PATH: '', HOME: folder, QMTL_CACHE_DIR: folder }, searchAttributes: {} };
}

async function supervisorIn(folder: string) {
  const log: string[] = [];
  const supervisor = await startSupervisor({
    settings: settingsIn(folder),
    log: { add: (line) => log.push(line) },
  });
  onTestFinished(() => supervisor.close());
  return { supervisor, log };
}

test('the process of a stack tells what runs, and stops when it is told to', async () => {
  const folder = scratchFolder();
  const { supervisor } = await supervisorIn(folder);
  expect(await stackStatus(folder)).toEqual({
    pid: process.pid,
    ports: supervisor.stack.ports,
    parts: ['temporal', 'kafka', 'neo4j'].map((part) => ({ part, state: 'ended' })),
  });
  expect(await stopStack(folder, { report })).toBe(true);
  await supervisor.closed;
  expect(await stackStatus(folder)).toBeUndefined();
  expect(existsSync(socketOf(folder))).toBe(false);
  await (await openStackFolder(folder)).close();
});

test('what makes a start fail reaches who asked for it, and a stack with nothing in it ends', async () => {
  const folder = scratchFolder();
  const { supervisor } = await supervisorIn(folder);
  await expect(startParts(folder, { report })).rejects.toMatchObject({ code: 'E_TOOL_MISSING' });
  await supervisor.closed;
  expect(await stackStatus(folder)).toBeUndefined();
});

test('nobody is asked to start or stop where nobody listens', async () => {
  const folder = scratchFolder();
  await expect(startParts(folder, { report })).rejects.toMatchObject({ code: 'E_INTERNAL' });
  expect(await stopStack(folder, { report })).toBe(false);
});

test('an unknown command is refused', async () => {
  const folder = scratchFolder();
  await supervisorIn(folder);
  const answer = await new Promise<string>((resolve) => {
    request({ socketPath: socketOf(folder), method: 'POST', path: '/fly' }, (response) => {
      resolve(text(response));
    }).end();
  });
  expect(JSON.parse(answer)).toMatchObject({ kind: 'failed', code: 'E_USAGE' });
});

test('a folder has one process', async () => {
  const folder = scratchFolder();
  await supervisorIn(folder);
  await expect(supervisorIn(folder)).rejects.toMatchObject({ code: 'E_FILE' });
  expect(await stackStatus(folder)).toMatchObject({ pid: process.pid });
});
