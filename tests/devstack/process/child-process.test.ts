import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runCommand, startChild } from '../../../devstack/process/child-process.js';
import { type Witness, witness } from './child-witness.js';

const env = process.env;
const node = process.execPath;
const parentProgram = fileURLToPath(new URL('./child-parent.ts', import.meta.url));

describe('a child process', () => {
  test('a child process reports its lines, keeps the last ones, and returns its code', async () => {
    const lines: string[] = [];
    const script =
      'for (let i = 0; i < 100; i++) console.log(i); console.error("last"); process.exitCode = 3';
    const child = await startChild({
      command: node,
      args: ['-e', script],
      env,
      onLine: (line) => lines.push(line),
    });
    const end = await child.ended;
    expect(end.code).toBe(3);
    expect(lines).toHaveLength(101);
    expect(end.output).toHaveLength(40);
    expect(end.output).toContain('last');
  });

  test('a child process gets its arguments and environment unchanged', async () => {
    const args = [
      '-p',
      'JSON.stringify([process.argv.slice(1), process.env.WORD])',
      'a b',
      '$HOME',
      "it's",
      '',
    ];
    const child = await startChild({ command: node, args, env: { WORD: 'x y' } });
    expect((await child.ended).output).toEqual([JSON.stringify([['a b', '$HOME', "it's", ''], 'x y'])]);
  });

  test('a child process can handle a stop itself', async () => {
    const seen = await witness('exit 7');
    const child = await startChild({ command: node, args: seen.args, env });
    const { gone, signals } = await seen.up();
    const [first, second] = await Promise.all([child.stop(), child.stop()]);
    await gone;
    expect([first.code, first.output, signals]).toEqual([7, ['up', 'ending'], ['SIGTERM']]);
    expect(second).toEqual(first);
  });

  test('a child process is killed when it does not end within the grace time', async () => {
    const seen = await witness('ignore');
    const child = await startChild({ command: node, args: seen.args, env, graceSeconds: 0 });
    const { gone } = await seen.up();
    expect((await child.stop()).code).toBe(137);
    await gone;
  });

  test('the children of a child process end with it', async () => {
    const seen = await witness('ignore');
    const script = `require('node:child_process').spawn(process.execPath, ${JSON.stringify(seen.args)}, { stdio: 'inherit' })`;
    const child = await startChild({ command: node, args: ['-e', script], env, graceSeconds: 0 });
    const { gone } = await seen.up();
    await child.stop();
    await expect(gone).resolves.toBeUndefined();
  });

  test('a listener that throws does not end what it listens to', async () => {
    const lines: string[] = [];
    const child = await startChild({
      command: node,
      args: ['-e', 'console.log(1); console.log(2); process.exitCode = 3'],
      env,
      onLine: (line) => {
        lines.push(line);
        throw new Error('no space is left');
      },
    });
    const { code, output } = await child.ended;
    expect([code, lines]).toEqual([3, ['1']]);
    expect(output).toEqual(['1', expect.stringContaining('not read any more: no space is left'), '2']);
  });

  test('a child process that cannot be started reports it', async () => {
    const child = await startChild({ command: '/no/such/program', args: [], env });
    const end = await child.ended;
    expect([end.code, end.output.join(' ')]).toEqual([127, expect.stringContaining('/no/such/program')]);
  });
});

describe('when the parent of a child', () => {
  test('when the parent is killed with -9, the child gets SIGTERM and ends', async () => {
    const seen = await witness('exit 7');
    const parent = startParent(seen);
    const { gone } = await seen.up();
    parent.kill('SIGKILL');
    await expect(gone).resolves.toBeUndefined();
  });

  test('when the parent is killed with -9, a child that ignores SIGTERM ends too', async () => {
    const seen = await witness('ignore');
    const parent = startParent(seen, 0);
    const { gone } = await seen.up();
    parent.kill('SIGKILL');
    await expect(gone).resolves.toBeUndefined();
  });

  test('when the parent gets Ctrl-C, the child does not, and the parent decides', async () => {
    const seen = await witness('exit 7');
    const parent = startParent(seen);
    const { gone, signals } = await seen.up();
    // Like a terminal, which signals the whole foreground process group.
    process.kill(-(parent.pid ?? 0), 'SIGINT');
    const [code] = await once(parent, 'exit');
    await gone;
    expect([code, signals]).toEqual([0, ['SIGTERM']]);
  });
});

describe('a command', () => {
  test('a command that prints nothing for too long is stopped', async () => {
    const args = ['-e', 'setInterval(() => undefined, 1e6)'];
    const end = await runCommand({ command: node, args, env, silentMsMax: 1, graceSeconds: 0 });
    expect(end.silent).toBe(true);
  });

  test('a command is stopped by the signal of the caller', async () => {
    const seen = await witness('exit 7');
    const abort = new AbortController();
    const running = runCommand({
      command: node,
      args: seen.args,
      env,
      silentMsMax: 600_000,
      signal: abort.signal,
    });
    const { gone } = await seen.up();
    abort.abort(new Error('interrupted'));
    await expect(running).rejects.toThrow('interrupted');
    await gone;
  });

  test('a command is stopped by a signal that is aborted while its process is started', async () => {
    const abort = new AbortController();
    const args = ['-e', 'setInterval(() => undefined, 1e6)'];
    const running = runCommand({ command: node, args, env, silentMsMax: 600_000, signal: abort.signal });
    abort.abort(new Error('interrupted'));
    await expect(running).rejects.toThrow('interrupted');
  });
});

function startParent(seen: Witness, graceSeconds = 600): ChildProcess {
  const parent = spawn(node, ['--import', 'tsx', parentProgram, String(graceSeconds), ...seen.args], {
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    detached: true,
    stdio: 'inherit',
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  return parent;
}
