import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../cli/fake-io.js';
import { strategyProject, strategyText } from '../cli/strategy-project.js';
import { surroundings } from './control-plane.js';

const entry = resolve(import.meta.dirname, '../../dist/cli/qmtl.js');

/** What a module writes to standard error when it is time for Ctrl-C. */
const mark = 'now';
const marked = `process.stderr.write('${mark}')`;

async function runModule(module: string, ...options: readonly string[]): Promise<Outcome> {
  const cwd = strategyProject({ 'stray.ts': module });
  const child = spawn(process.execPath, [entry, 'run', 'stray.ts', ...options], {
    cwd,
    env: surroundings,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stderr.on('data', (part) => String(part).startsWith(mark) && child.kill('SIGINT'));
  const [out, err, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { exitCode, out, err };
}

const reading = (read: string) =>
  strategyText().replace(/data: csv\(.*\)/, `data: { description: 'd', read: ${read} }`);

describe('code of an author that ends the process', () => {
  test.each([
    ['a module that waits forever', `await new Promise(() => {});\n${strategyText()}`, 'never settles'],
    ['a reader that waits forever', reading('() => new Promise(() => {})'), 'never settles'],
    ['a module that exits with 0', `process.exit(0);\n${strategyText()}`, 'process.exit(0)'],
    ['a reader that exits with 0', reading('() => process.exit(0)'), 'process.exit(0)'],
    ['a reader that exits with 7', reading('() => process.exit(7)'), 'process.exit(7)'],
    [
      'a timer that throws',
      reading("() => new Promise(() => { setTimeout(() => { throw new Error('late'); }, 1); })"),
      'not caught: late\n→ it was thrown at ',
    ],
    [
      'a promise that rejects with text',
      reading("() => { void Promise.reject('gone'); return new Promise(() => {}); }"),
      'not caught: gone',
    ],
  ])('%s is reported, with exit code 2', async (_name, module, message) => {
    const { exitCode, out, err } = await runModule(module);
    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toMatch(/^E_STRATEGY_MODULE: /);
    expect(err).toContain(message);
    expect(err).toMatch(/\n→ .*\n$/);
    expect(err).not.toContain('    at ');
  });

  test('an uncaught error is JSON if JSON was requested', async () => {
    const { exitCode, err } = await runModule(
      reading("() => new Promise(() => { setTimeout(() => { throw new Error('late'); }, 1); })"),
      '--output',
      'json',
    );
    expect(exitCode).toBe(2);
    expect(JSON.parse(err)).toMatchObject({
      error: { code: 'E_STRATEGY_MODULE', message: 'an error was thrown and not caught: late' },
    });
  });
});

describe('code of an author that keeps the process alive', () => {
  const timer = 'setInterval(() => {}, 1_000)';
  const server = `import { createServer } from 'node:net';\ncreateServer().listen(0);\n`;
  const bar = '[{ time: 0, values: Float64Array.of(1) }]';

  test.each([
    ['a module that listens', `${server}${strategyText()}`, 0, /^digest /m],
    ['a reader with a timer', reading(`async () => { ${timer}; return ${bar}; }`), 0, /^digest /m],
    ['a reader with a timer that throws', reading(`async () => { ${timer}; throw 1; }`), 2, /^$/],
    ['a module that listens and throws', `${server}throw new Error('no');\n`, 2, /^$/],
  ])('%s ends with its result', async (_name, module, exitCode, out) => {
    const outcome = await runModule(module);
    expect([outcome.exitCode, outcome.out]).toEqual([exitCode, expect.stringMatching(out)]);
  });
});

describe('Ctrl-C', () => {
  const slow = 'let x = 0; for (let i = 0; i < 3e7; i += 1) x += i % 7; return { weight: x > 0 ? 1 : 0 };';
  const days = '[0, 1, 2].map((day) => ({ time: day * 86_400, values: Float64Array.of(1) }))';

  test.each([
    ['a module waits', `${marked};\nawait new Promise((done) => setTimeout(done, 1e8));\n${strategyText()}`],
    ['a reader waits', reading(`() => { ${marked}; return new Promise((done) => setTimeout(done, 1e8)); }`)],
    [
      'the only bars are computed',
      reading(`async () => { ${marked}; return ${days}; }`)
        .replace('bars(5)', 'bars(1)')
        .replace(/compute: \(view\) => \(\{ weight.*/, `compute: (view) => { ${slow} },`),
    ],
  ])('Ctrl-C while %s ends the process with 130', async (_name, module) => {
    const { exitCode, out, err } = await runModule(module);
    expect([exitCode, out]).toEqual([130, '']);
    expect(err).toMatch(/E_INTERRUPTED: .*\n→ .*\n$/);
  });
});
