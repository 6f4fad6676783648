import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { commandTable } from '../../cli/command-table.js';
import { folderWith, type Outcome } from '../cli/fake-io.js';
import { surroundings } from './control-plane.js';

const manifest = z
  .object({ dependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

let installed = '';
/** The built package beside its dependencies and nothing else, as `npm install qmtl` leaves it. */
beforeAll(() => {
  installed = folderWith();
  cpSync('package.json', join(installed, 'package.json'));
  for (const path of ['deploy/control-plane/package.json', 'devstack/java']) {
    cpSync(path, join(installed, path), { recursive: true });
  }
  cpSync('dist', join(installed, 'dist'), { recursive: true });
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(installed, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve('node_modules', name), link);
  }
});

function qmtl(args: readonly string[], env: Readonly<Record<string, string>> = {}): Outcome {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(installed, 'dist/cli/qmtl.js'), ...args],
    { cwd: installed, env: { ...surroundings, ...env }, encoding: 'utf8' },
  );
  return { exitCode: status ?? -1, out: stdout, err: stderr };
}

describe('without the optional packages', () => {
  test.each(commandTable.map(({ name }) => [name]))('qmtl %s explains its options', (name) => {
    const help = qmtl([name, '--help']);
    expect([help.exitCode, help.err]).toEqual([0, '']);
    expect(help.out).toContain(`Usage: qmtl ${name} [options]`);
    expect(help.out).toContain('Options:');
    expect(qmtl(['help', name])).toEqual(help);
  });

  test('the list of commands shows arguments, and completion knows options', () => {
    expect(qmtl(['--help']).out).toMatch(/^ {2}submit \[options\] <file> /m);
    expect(qmtl(['complete', '--', 'submit', '--']).out).toContain('--timeout');
  });

  test('a command that needs packages names itself and the line that installs them', () => {
    expect(qmtl(['worker'])).toEqual({
      exitCode: 3,
      out: '',
      err: expect.stringMatching(
        /^E_TOOL_MISSING: `qmtl worker` cannot run: the package \S+ is not installed\n→ npm install .*@temporalio\/worker@/,
      ),
    });
  });

  test('a command whose package has another major version names both, and still explains its options', () => {
    const folder = join(installed, 'node_modules/lru-cache');
    mkdirSync(folder);
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'package.json'), '{"name":"lru-cache","version":"5.1.1"}');
    expect(qmtl(['worker'])).toEqual({
      exitCode: 3,
      out: '',
      err: expect.stringMatching(
        /^E_TOOL_MISSING: the package lru-cache is installed in version 5\.1\.1, and QMTL needs version 11\n→ npm install /,
      ),
    });
    expect(qmtl(['worker', '--help']).exitCode).toBe(0);
    expect(JSON.parse(qmtl(['doctor', '--output', 'json']).out).packages[2].missing).toContain('lru-cache');
  });

  test.each([[{}], [{ TEMPORAL_ADDRESS: '127.0.0.1:1' }]])(
    'qmtl doctor with %j says what is missing, and that nothing is ready',
    (env) => {
      const { exitCode, out, err } = qmtl(['doctor', '--output', 'json'], env);
      expect([exitCode, err]).toEqual([0, '']);
      const report = JSON.parse(out);
      expect(report.packages[1].missing).toContain('tar-stream');
      expect(report.packages[2].install).toMatch(/^npm install .*kafkajs@/);
      const ready = [...report.temporal.needs, ...report.stack].map((one: { ready: string }) => one.ready);
      expect(new Set(ready)).toEqual(new Set(['no']));
      expect(qmtl(['doctor'], env).out).toContain('for submit, status: npm install @temporalio/client@');
    },
  );
});
