import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test, vi } from 'vitest';
import { fakeIo, folderWith, runWith } from '../cli/fake-io.js';
import { surroundings } from './control-plane.js';

test('every claim of the demo holds, in JSON and in its report', async () => {
  const cwd = folderWith();
  const io = fakeIo({ cwd, env: surroundings });
  const { exitCode, out } = await runWith(io, [
    'demo',
    '--output',
    'json',
    '--report',
    'new/folder/report.html',
  ]);
  expect([exitCode, io.cleanUps.size]).toEqual([0, 0]);
  const file = join(cwd, 'demo.json');
  writeFileSync(file, out);
  const check = resolve(import.meta.dirname, '../../tools/check-demo.ts');
  const claims = execFileSync(process.execPath, ['--import', 'tsx', check, file], { encoding: 'utf8' });
  expect(claims.trim().split('\n').length).toBeGreaterThan(15);
  const result = JSON.parse(out);
  result.steps[4].nodes[0].diff = 'new';
  result.records[result.steps[0].nodes[0].topic] += 1;
  writeFileSync(file, JSON.stringify(result));
  expect(() =>
    execFileSync(process.execPath, ['--import', 'tsx', check, file], { encoding: 'utf8', stdio: 'pipe' }),
  ).toThrow(/Command failed/);
});

test('the demo prints each diff, its meaning, and a summary', async () => {
  const cwd = folderWith();
  const { exitCode, out } = await runWith(fakeIo({ cwd, env: surroundings }), ['demo']);
  expect(exitCode).toBe(0);
  expect(out).toContain('1. Strategy A on an empty graph: ma-crossover (7 nodes)');
  expect(out).toContain('2 new (momentum-120, position); 3 reused (sp500, sma-200, returns).');
  expect(out.match(/Joined: the same receipt as the first time, nothing was created\./g)).toHaveLength(2);
  expect(out).toContain(
    '3 new (sma-60, signal, position); 4 reused (sp500, sma-200, returns, volatility-20).',
  );
  expect(out).toContain('Ran 5105 bars: 29963 outputs computed, 0 read from topics.');
  expect(out).toMatch(/│ ma-crossover +│ 5105 │/);
  expect(out).toMatch(/^Report: file:\/\/.*\/qmtl-demo-report\.html$/m);
  expect(out).toMatch(/^ {2}submit-strategy\/blake3:[0-9a-f]{64}$/m);
  expect(existsSync(join(cwd, 'qmtl-demo-report.html'))).toBe(true);
});

test.each([
  ['while a strategy runs', 'running ma-crossover'],
  ['before the second strategy', '2. Strategy B'],
])('Ctrl-C %s ends the demo with a clear message and leaves nothing', async (_when, sign) => {
  const cwd = folderWith();
  const temporary = folderWith();
  vi.stubEnv('TMPDIR', temporary);
  const io = fakeIo({
    cwd,
    env: surroundings,
    onProgress: (line, fake) => line.startsWith(sign) && fake.interrupt(),
    onResult: (line, fake) => line.startsWith(sign) && fake.interrupt(),
  });
  const { exitCode, err } = await runWith(io, ['demo']);
  expect(exitCode).toBe(130);
  expect(err).toContain('E_INTERRUPTED: the demo was stopped; its servers and files were removed');
  expect(err).not.toContain('    at ');
  vi.unstubAllEnvs();
  expect([readdirSync(temporary), io.cleanUps.size]).toEqual([[], 0]);
});
