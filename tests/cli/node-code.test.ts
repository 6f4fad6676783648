import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run, runJson } from './fake-io.js';
import { strategyProject, strategyText } from './strategy-project.js';

/** In the repository, where the package can be found by its name. */
const file = resolve('examples/momentum.ts');

describe('qmtl node-code', () => {
  test('qmtl node-code lists the modules of all nodes that compute', async () => {
    const { exitCode, out } = await run(['node-code', file]);
    expect(exitCode).toBe(0);
    for (const name of ['sma-200', 'returns', 'momentum-120', 'position']) expect(out).toContain(name);
    expect(out).not.toContain('sp500');
  });

  test('qmtl node-code prints the module of a node, by its name or its NodeID', async () => {
    const byName = await runJson(['node-code', file, 'returns']);
    expect(byName).toMatchObject({
      name: 'returns',
      module: expect.stringMatching(/^blake3:[0-9a-f]{64}$/),
      text: expect.stringMatching(/^\/\/ qmtl node 2, .*\n'use strict';\n\(\{harden\}\) => \{\n/),
    });
    const nodeId = Object(byName).node_id;
    expect(await runJson(['node-code', file, nodeId])).toEqual(byName);
    expect((await run(['node-code', file, 'returns'])).out).toBe(Object(byName).text.trimEnd());
  });

  test('qmtl node-code names the nodes there are when it knows no such node', async () => {
    const { exitCode, err } = await run(['node-code', file, 'nope']);
    expect(exitCode).toBe(2);
    expect(err).toContain('computes no node nope');
    expect(err).toContain('it computes sma-200, returns, momentum-120, position');
  });

  test('qmtl node-code shows the problems of a strategy instead of its modules', async () => {
    const changing = strategyText()
      .replace('const average', 'let factor = 1; factor = 2; const average')
      .replace('close.mean()', 'close.mean() * factor');
    const cwd = strategyProject({ 'small.ts': changing });
    const { exitCode, err } = await run(['node-code', `${cwd}/small.ts`], { cwd });
    expect([exitCode, err]).toEqual([
      2,
      expect.stringContaining('captures factor, a let variable that is assigned again'),
    ]);
  });
});
