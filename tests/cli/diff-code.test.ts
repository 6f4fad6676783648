import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run, runJson } from './fake-io.js';
import { servedGraph } from './graph-fixture.js';
import { strategyProject, strategyText } from './strategy-project.js';

describe('qmtl diff --code', () => {
  test('each new node is explained by what differs from the newest version', async () => {
    const { env, commit } = await servedGraph();
    const changed = strategyText(7).replace('? 1 : 0', '? 0.5 : 0');
    const project = strategyProject({ 'changed.ts': changed });
    await commit(join(project, 'small.ts'));
    const placement = ['--world', 'w', '--domain', 'backtest', '--as-of', '2020'];
    const args = ['diff', 'changed.ts', '--code', ...placement];
    const { out } = await run(args, { cwd: project, env });
    expect(out).toMatch(/^2 new, 1 reused$/m);
    expect(out).toMatch(/^average blake3:\w{10}…, was blake3:\w{10}…\n {2}period was 5, and is 7\n/m);
    expect(out).toMatch(
      /^ {2}input average read average \(blake3:\w{10}…\), and reads average \(blake3:\w{10}…\)$/m,
    );
    expect(out).toMatch(/^ {2}- .*\? 1 : 0$\n^ {2}\+ .*\? 0\.5 : 0$/m);
    const { changes } = Object(await runJson(args, { cwd: project, env }));
    expect(changes.map(({ name }: { name: string }) => name).sort()).toEqual(['average', 'position']);
  });

  test('a new node is not explained by a node of its name that goes on', async () => {
    const { env, commit } = await servedGraph();
    const two = (window: number) =>
      strategyText(window)
        .replace(
          'const position',
          `const other = node('average', { inputs: { price }, period: bars(9), compute: (view) => view.price.close.mean() });\nconst position`,
        )
        .replace('outputs: { position }', 'outputs: { position, other }');
    const project = strategyProject({ 'small.ts': two(5), 'changed.ts': two(6) });
    await commit(join(project, 'small.ts'));
    const args = ['diff', 'changed.ts', '--code', '--world', 'w', '--domain', 'backtest', '--as-of', '2020'];
    const { out } = await run(args, { cwd: project, env });
    expect(out).toContain('period was 5, and is 6');
    expect(out).not.toContain('period was 9');
  });

  test.each([['fast: slow, slow: fast'], ['slow: fast, fast: slow']])(
    'inputs that are swapped (%s) are named with the nodes that they read',
    async (inputs) => {
      const { env, commit } = await servedGraph();
      const two = (reads: string) =>
        strategyText()
          .replace(/const position[\s\S]*?}\);\n/, '')
          .replace(
            'export default',
            `const fast = node('fast', { inputs: { price }, period: bars(2), compute: (view) => view.price.close.mean() });
const slow = node('slow', { inputs: { price }, period: bars(9), compute: (view) => view.price.close.mean() });
const position = node('position', { inputs: { ${reads} }, compute: (view) => view.fast.value.at(-1) - view.slow.value.at(-1) });
export default`,
          )
          .replace(', traded: price', '');
      const project = strategyProject({ 'small.ts': two('fast, slow'), 'changed.ts': two(inputs) });
      await commit(join(project, 'small.ts'));
      const args = [
        'diff',
        'changed.ts',
        '--code',
        '--world',
        'w',
        '--domain',
        'backtest',
        '--as-of',
        '2020',
      ];
      const { changes } = Object(await runJson(args, { cwd: project, env }));
      const title = (name: string) =>
        expect.stringMatching(new RegExp(`^${name.replaceAll('ID', '\\(blake3:\\w{10}…\\)')}$`));
      expect(changes).toEqual([
        expect.objectContaining({
          name: 'position',
          differs: [
            title('input fast read fast ID, and reads slow ID'),
            title('input slow read slow ID, and reads fast ID'),
          ],
        }),
      ]);
    },
  );

  test('inputs are never called reordered because the ids of their nodes sort otherwise', async () => {
    const { env, commit } = await servedGraph();
    const project = strategyProject(
      Object.fromEntries([5, 6, 7, 8].map((window) => [`at-${window}.ts`, strategyText(window)])),
    );
    await commit(join(project, 'at-5.ts'));
    for (const window of [6, 7, 8]) {
      const args = [
        'diff',
        `at-${window}.ts`,
        '--code',
        '--world',
        'w',
        '--domain',
        'backtest',
        '--as-of',
        '2020',
      ];
      const { changes } = Object(await runJson(args, { cwd: project, env }));
      const position = changes.find(({ name }: { name: string }) => name === 'position');
      expect(position.differs).toEqual([expect.stringMatching(/^input average read average/)]);
    }
  });

  test('nodes have the names of the compared strategies, not those of their first authors', async () => {
    const { env, commit } = await servedGraph();
    const named = (id: string, name: string, window: number) =>
      strategyText(window, id).replaceAll("node('average'", `node('${name}'`);
    const project = strategyProject({
      'first.ts': named('first', 'average', 5),
      'small.ts': named('small', 'mean', 5),
      'changed.ts': named('small', 'mean', 6),
    });
    await commit(join(project, 'first.ts'));
    await commit(join(project, 'small.ts'));
    const args = ['diff', 'changed.ts', '--code', '--world', 'w', '--domain', 'backtest', '--as-of', '2020'];
    const { out } = await run(args, { cwd: project, env });
    expect(out).toContain('period was 5, and is 6');
    expect(out).toMatch(/input average read mean \(blake3:\w{10}…\), and reads mean/);
    expect(out).not.toContain('no node of this name');
  });

  test('without a committed version every node is new by its name', async () => {
    const { env } = await servedGraph();
    const args = ['diff', 'small.ts', '--code', '--world', 'w'];
    const { exitCode, out } = await run(args, { cwd: strategyProject(), env });
    expect(exitCode).toBe(0);
    expect(out.match(/the version before has no node of this name/g)).toHaveLength(3);
  });
});
