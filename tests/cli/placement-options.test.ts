import { describe, expect, test } from 'vitest';
import { folderWith, run } from './fake-io.js';
import { strategyProject } from './strategy-project.js';

const flags = ['--world', '--domain', '--as-of', '--partition', '--strategy', '--label'];

describe('options that place a submission', () => {
  test.each(['run', 'submit', 'diff'].flatMap((command) => flags.map((flag) => [command, flag])))(
    'qmtl %s refuses an empty %s',
    async (command, flag) => {
      const { exitCode, err } = await run([command, 'small.ts', flag, ''], { cwd: strategyProject() });
      expect([exitCode, err]).toEqual([2, expect.stringContaining(`'${flag} <`)]);
      expect(err).toContain('It must not be empty');
    },
  );

  test.each(flags)('a value of %s that is refused is named by its option, not by a field', async (flag) => {
    const world = flag === '--world' ? [] : ['--world', 'w'];
    const { exitCode, err } = await run(['diff', 'small.ts', ...world, flag, 'a\u0007'], {
      cwd: strategyProject(),
    });
    expect(exitCode).toBe(2);
    expect(err).toMatch(new RegExp(`^  1\\. E_SCHEMA_INVALID at ${flag}: `, 'm'));
    expect(err).not.toMatch(/[a-z]_[a-z]/);
  });

  test.each(['submit', 'diff'])('qmtl %s without a world asks for --world', async (command) => {
    const { exitCode, err } = await run([command, 'small.ts'], { cwd: strategyProject() });
    expect([exitCode, err.split('\n').slice(1, 3)]).toEqual([
      2,
      ['  1. E_WORLD_IDS_REQUIRED at --world: the submission names no world', '     → give --world'],
    ]);
  });

  test('a value of the file that is refused keeps its place, and the hint names the option', async () => {
    const text = JSON.stringify({ world_id: 'a b', strategy_id: 's', dag: { nodes: [] } });
    const { err } = await run(['diff', 'whole.json'], { cwd: folderWith({ 'whole.json': text }) });
    expect(err).toMatch(/E_SCHEMA_INVALID at \/world_id: .*\n +→ use letters.*, or give --world$/m);
  });
});
