import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openStackFolder, readStackState, stackPaths } from '../../../devstack/supervisor/folder.js';
import { QmtlError } from '../../../domain/base/errors.js';
import { endedPid } from '../process/ended-pid.js';
import { scratchFolder } from '../scratch-folder.js';

describe('the folder of a stack', () => {
  test('the folder of a stack keeps ports, cluster id and password', async () => {
    const folder = join(scratchFolder(), 'new', 'stack');
    const first = await openStackFolder(folder);
    await first.close();
    const second = await openStackFolder(folder);
    await second.close();
    expect(second.state).toEqual(first.state);
    expect(second.password).toBe(first.password);
    expect(await readStackState(folder)).toEqual(first.state);
  });

  test('the folders of two stacks have different ports, cluster ids and passwords', async () => {
    const [one, two] = [await openStackFolder(scratchFolder()), await openStackFolder(scratchFolder())];
    await Promise.all([one.close(), two.close()]);
    expect(one.password).not.toBe(two.password);
    expect(one.state.clusterId).not.toBe(two.state.clusterId);
    expect(one.state.clusterId).toMatch(/^[A-Za-z0-9_][\w-]{20}[AQgw]$/);
    expect(new Set(Object.values(one.state.ports)).size).toBe(5);
  });

  test('the folder of a stack stores given ports', async () => {
    const folder = scratchFolder();
    await (await openStackFolder(folder)).close();
    await (await openStackFolder(folder, { neo4j: 17_687 })).close();
    const third = await openStackFolder(folder);
    await third.close();
    expect(third.state.ports.neo4j).toBe(17_687);
  });

  test('the folder of a stack and its password are readable by its user only', async () => {
    const folder = join(scratchFolder(), 'stack');
    const open = await openStackFolder(folder);
    await open.close();
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
    expect([mode(folder), mode(open.passwordFile)]).toEqual(['700', '600']);
    expect(readFileSync(open.passwordFile, 'utf8').trim()).toBe(open.password);
    expect(open.password.length).toBeGreaterThanOrEqual(24);
  });

  test('the folder of a stack is used by one stack at a time', async () => {
    const folder = scratchFolder();
    const open = await openStackFolder(folder);
    const error = await refusalOf(openStackFolder(folder));
    expect([error.code, error.message]).toEqual(['E_FILE', expect.stringContaining(`${process.pid}`)]);
    await open.close();
    await (await openStackFolder(folder)).close();
  });

  test('the folder of a killed stack is free again', async () => {
    const folder = scratchFolder();
    const open = await openStackFolder(folder);
    const path = stackPaths(folder).lock;
    const held = readFileSync(path, 'utf8');
    await open.close();
    writeFileSync(path, held.replace(/^\d+/, String(await endedPid())));
    await expect(openStackFolder(folder).then((again) => again.close())).resolves.toBeUndefined();
  });

  test('a folder without its password is refused, since the server accepts no other', async () => {
    const folder = scratchFolder();
    await (await openStackFolder(folder)).close();
    rmSync(stackPaths(folder).password);
    const error = await refusalOf(openStackFolder(folder));
    expect([error.code, error.message]).toEqual([
      'E_FILE',
      expect.stringContaining('neo4j-password is missing'),
    ]);
  });

  test.each([
    ['not JSON', '{'],
    ['of another release', '{"version":2}'],
  ])('a folder with a state that is %s is refused and released', async (_, text) => {
    const folder = scratchFolder();
    writeFileSync(stackPaths(folder).state, text);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect((await refusalOf(openStackFolder(folder))).message).toContain('was not written by this release');
    }
  });

  test('a folder that cannot be created is refused with a hint', async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'file'), '');
    chmodSync(folder, 0o700);
    const error = await refusalOf(openStackFolder(join(folder, 'file', 'stack')));
    expect([error.code, error.hint]).toEqual(['E_FILE', expect.stringContaining('another folder')]);
  });
});

async function refusalOf(promise: Promise<unknown>): Promise<QmtlError> {
  const error = await promise.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (error instanceof QmtlError) return error;
  throw new Error(`expected a refusal, got ${String(error)}`);
}
