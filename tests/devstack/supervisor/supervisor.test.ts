import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { stackStatus, startParts, stopStack, untilReleased } from '../../../devstack/supervisor/control.js';
import { openStackFolder } from '../../../devstack/supervisor/folder.js';
import { findSocket, type SupervisorSettings } from '../../../devstack/supervisor/protocol.js';
import { startSupervisor } from '../../../devstack/supervisor/supervisor.js';
import { scratchFolder } from '../scratch-folder.js';

const report = () => undefined;

/** Nothing can be started with these settings: no program is found. */
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

test('the process of a stack reports what runs, and stops on request', async () => {
  const folder = scratchFolder();
  const { supervisor } = await supervisorIn(folder);
  expect(await stackStatus(folder)).toEqual({
    pid: process.pid,
    ports: supervisor.stack.ports,
    kafkaReplicasMax: supervisor.stack.kafka.replicasMax,
    parts: ['temporal', 'kafka', 'neo4j'].map((part) => ({ part, state: 'ended' })),
  });
  expect(await stopStack(folder, { report })).toBe(true);
  await supervisor.closed;
  expect(await stackStatus(folder)).toBeUndefined();
  expect(existsSync(findSocket(folder))).toBe(false);
  await (await openStackFolder(folder)).close();
});

test('the failure of a start is reported to the command, and a stack without parts ends', async () => {
  const folder = scratchFolder();
  const { supervisor } = await supervisorIn(folder);
  await expect(startParts(folder, { report })).rejects.toMatchObject({ code: 'E_TOOL_MISSING' });
  await supervisor.closed;
  expect(await stackStatus(folder)).toBeUndefined();
});

test('a start without a process of a stack fails, and a stop does nothing', async () => {
  const folder = scratchFolder();
  await expect(startParts(folder, { report })).rejects.toMatchObject({ code: 'E_INTERNAL' });
  expect(await stopStack(folder, { report })).toBe(false);
});

test('the process of a stack refuses an unknown command', async () => {
  const folder = scratchFolder();
  await supervisorIn(folder);
  const answer = await new Promise<string>((resolve) => {
    request({ socketPath: findSocket(folder), method: 'POST', path: '/fly' }, (response) => {
      resolve(text(response));
    }).end();
  });
  expect(JSON.parse(answer)).toMatchObject({ kind: 'failed', code: 'E_USAGE' });
});

test('the folder of a stack has one process', async () => {
  const folder = scratchFolder();
  await supervisorIn(folder);
  await expect(supervisorIn(folder)).rejects.toMatchObject({ code: 'E_FILE' });
  expect(await stackStatus(folder)).toMatchObject({ pid: process.pid });
});

test('the folder of a stack is waited for until the process that holds it has released it', async () => {
  const folder = scratchFolder();
  const ending = await openStackFolder(folder);
  let isReleased = false;
  const free = untilReleased(folder).then(() => isReleased);
  expect(await stopStack(folder, { report })).toBe(false);
  isReleased = true;
  await ending.close();
  expect(await free).toBe(true);
});
