import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderWith, run, runJson } from './fake-io.js';
import { strategyProject, strategyText } from './strategy-project.js';

describe('qmtl run', () => {
  test('qmtl run backtests a strategy and shows its figures', async () => {
    const cwd = strategyProject();
    const { exitCode, out, err } = await run(['run', 'small.ts'], { cwd });
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toMatch(/│ average +│ 36 +│ local\.backtest\.btc_Indicator_\w{8}_v2/);
    expect(out).toMatch(/^bars +40$/m);
    expect(out).toMatch(/^max drawdown +0\.\d{4}$/m);
    expect(out).toMatch(/^digest +[0-9a-f]{64}$/m);
  });

  test('qmtl run yields the same digest every time', async () => {
    const cwd = strategyProject();
    const first = await runJson(['run', 'small.ts'], { cwd });
    expect(await runJson(['run', 'small.ts'], { cwd })).toEqual(first);
    expect(first).toMatchObject({
      strategy_id: 'small',
      bars: 40,
      nodes: [{ outputs: 40 }, { outputs: 36 }, {}],
    });
  });

  test('qmtl run says that an unknown domain is safe mode', async () => {
    const { exitCode, err } = await run(['run', 'small.ts', '--domain', 'foo'], { cwd: strategyProject() });
    expect([exitCode, err]).toEqual([
      0,
      'safe mode (decision_unavailable): a backtest that shares nothing, because no known --domain was given',
    ]);
  });

  test('qmtl run shows a progress bar and removes it at the end', async () => {
    const lines: string[] = [];
    await run(['run', 'small.ts'], { cwd: strategyProject(), onProgress: (line) => void lines.push(line) });
    expect(lines).toEqual([`[${'#'.repeat(30)}] 40 of 40 bars`, '']);
  });

  test('qmtl run writes a self-contained report, creates its folder and says so', async () => {
    const cwd = strategyProject();
    const { out, err } = await run(['run', 'small.ts', '--report', 'new/report.html'], { cwd });
    const html = readFileSync(join(cwd, 'new/report.html'), 'utf8');
    expect(out).toMatch(/^report: file:\/\/\/.*\/new\/report\.html$/m);
    expect(err).toBe(`created the folder ${join(cwd, 'new')}`);
    expect(html).toContain('<h1>Backtest of small</h1>');
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\//);
  });

  test.each([1, 1000])('qmtl run of %d bars stops at Ctrl-C and says that nothing is kept', async (bars) => {
    const long = Array.from({ length: bars }, (_, day) => {
      const date = new Date(Date.UTC(2000, 0, 1 + day)).toISOString().slice(0, 10);
      return `${date},${day + 1}`;
    });
    const cwd = strategyProject({ 'prices.csv': `date,close\n${long.join('\n')}\n` });
    const outcome = await run(['run', 'small.ts', '--report', 'r.html'], {
      cwd,
      onProgress: (_line, io) => io.interrupt(),
    });
    expect(outcome).toEqual({
      exitCode: 130,
      out: '',
      err: 'E_INTERRUPTED: the backtest was stopped\n→ nothing is kept: the topics of a local run end with it',
    });
  });

  test('qmtl run handles a strategy with more nodes than topics per request', async () => {
    const wide = `import { csv, days, node, source, strategy } from 'qmtl';
const price = source('price', {
  type: 'Price', interval: days(1), output: { close: 'float64' }, data: csv(new URL('./prices.csv', import.meta.url)),
});
const outputs = Object.fromEntries(Array.from({ length: 500 }, (_, scale) => [
  \`n\${scale}\`,
  node(\`n\${scale}\`, { inputs: { price }, params: { scale }, compute: (view) => view.price.close.at(-1) * view.params.scale }),
]));
export default strategy('wide', { outputs });
`;
    const cwd = strategyProject({ 'wide.ts': wide, 'prices.csv': 'date,close\n2020-01-01,1\n' });
    const report = await runJson(['run', 'wide.ts'], { cwd });
    expect(report).toMatchObject({ nodes: { length: 501 } });
  });

  test('qmtl run refuses a report whose folder cannot be created, before anything runs', async () => {
    const { exitCode, err } = await run(['run', 'small.ts', '--report', '/proc/none/r.html'], {
      cwd: strategyProject(),
    });
    expect([exitCode, err.split('\n')[0]]).toEqual([
      2,
      'E_FILE: /proc/none/r.html cannot be written: no such file',
    ]);
  });

  test('qmtl run refuses a report path that is a folder, before anything runs', async () => {
    const { exitCode, err } = await run(['run', 'small.ts', '--report', '.'], { cwd: strategyProject() });
    expect([exitCode, err.split('\n')[0]]).toEqual([2, 'E_FILE: . cannot be written: it is a folder']);
  });

  test('qmtl run refuses a DAG, which contains no code', async () => {
    const cwd = folderWith({ 'dag.json': '{"nodes":[]}' });
    const { exitCode, err } = await run(['run', 'dag.json'], { cwd });
    expect([exitCode, err.split('\n')[0]]).toEqual([2, 'E_USAGE: dag.json contains no code to run']);
  });
});

describe('a strategy file', () => {
  test('a strategy file with a syntax error is refused with the place', async () => {
    const cwd = strategyProject({ 'broken.ts': 'const a = 1;\nconst = 2;\n' });
    const { exitCode, err } = await run(['run', 'broken.ts'], { cwd });
    expect(exitCode).toBe(2);
    expect(err).toMatch(/^E_STRATEGY_MODULE: .*broken\.ts:2:7: cannot be parsed/);
    expect(err).toContain('the line is: const = 2;');
    expect(err).not.toContain('    at ');
  });

  test('a strategy file in a folder without qmtl is refused with the command that installs it', async () => {
    const cwd = folderWith({ 'package.json': '{"type":"module"}', 'small.ts': strategyText() });
    const { exitCode, err } = await run(['submit', 'small.ts', '--world', 'w'], { cwd });
    expect(exitCode).toBe(2);
    expect(err).toMatch(/^E_STRATEGY_MODULE: .*small\.ts imports qmtl, which is not installed there$/m);
    expect(err).toContain(`→ install this copy: npm install --prefix ${cwd} ${process.cwd()}`);
  });

  test('a missing strategy file is refused', async () => {
    const { exitCode, err } = await run(['run', 'none.ts'], { cwd: folderWith() });
    expect([exitCode, err]).toEqual([2, expect.stringMatching(/^E_FILE: there is no file .*none\.ts\n→ /)]);
  });

  test.each([
    ['notes.md', 'unknown file type .md'],
    ['noext', 'unknown file type (no extension)'],
    ['small.tsx', 'unknown file type .tsx'],
    ['SMALL.TS', 'unknown file type .TS'],
  ])('%s is refused with the known file types', async (file, message) => {
    const { exitCode, err } = await run(['submit', file], { cwd: folderWith({ [file]: '' }) });
    expect([exitCode, err]).toEqual([
      2,
      `E_USAGE: ${file}: ${message}\n→ give a strategy module (.ts, .mts, .cts, .js, .mjs, .cjs), a DAG in JSON (.json) or a qmtl.v1.Dag in protobuf (.binpb, .pb); in lower case`,
    ]);
  });

  test.each([
    ['folder.ts', 'E_FILE: folder.ts cannot be read: it is a folder\n→ give the path of a file'],
    ['.', 'E_FILE: . cannot be read: it is a folder\n→ give the path of a file'],
    [
      'small.ts/x.ts',
      'E_FILE: small.ts/x.ts cannot be read: a part of its path is not a folder\n→ check the path',
    ],
    ['loop.ts', 'E_FILE: loop.ts cannot be read: its symbolic links form a loop\n→ correct the links'],
    ['', 'E_USAGE: the path of the file is empty\n→ name a file'],
  ])('the path %j is refused with the reason', async (file, message) => {
    const cwd = folderWith({ 'folder.ts/a': '', 'small.ts': '' });
    symlinkSync('loop.ts', join(cwd, 'loop.ts'));
    expect(await run(['run', file], { cwd })).toEqual({ exitCode: 2, out: '', err: message });
  });

  test('an empty report path is refused before anything runs', async () => {
    const { exitCode, err } = await run(['run', 'small.ts', '--report', ''], { cwd: strategyProject() });
    expect([exitCode, err]).toEqual([2, 'E_USAGE: the path of the file to write is empty\n→ name a file']);
  });

  test('a qmtl.yaml that cannot be read is not ignored', async () => {
    const cwd = strategyProject({ 'qmtl.yaml/a': '' });
    const { exitCode, err } = await run(['run', 'small.ts'], { cwd });
    expect([exitCode, err]).toEqual([
      2,
      'E_FILE: qmtl.yaml cannot be read: it is a folder\n→ give the path of a file',
    ]);
  });

  test('a .binpb file that is not a DAG is refused', async () => {
    const cwd = folderWith({ 'dag.binpb': Uint8Array.of(255, 255, 255) });
    const { exitCode, err } = await run(['submit', 'dag.binpb', '--world', 'w'], { cwd });
    expect([exitCode, err.split('\n')[0]]).toEqual([
      2,
      'E_FILE: dag.binpb is not a qmtl.v1.Dag in binary protobuf',
    ]);
  });
});

describe('a mistake of an author who uses a second copy of the library', () => {
  const source = (
    data: string,
    compute = 'view.price.close.at(-1)',
  ) => `import { csv, days, node, source, strategy } from 'qmtl';
const price = source('price', {
  type: 'Price', interval: days(1), output: { close: 'float64' },
  data: ${data},
});
const copy = node('copy', {
  inputs: { price },
  compute: (view) => ${compute},
});
export default strategy('faulty', { outputs: { copy } });
`;
  const reading = (prices: string) => `csv(new URL('./${prices}', import.meta.url))`;

  test.each([
    ['a missing file', source(reading('none.csv')), 'E_FILE', /none\.csv cannot be read/],
    ['a missing column', source(reading('open.csv')), 'E_DATA', /open\.csv:1: there is no column close/],
    ['an invalid date', source(reading('dates.csv')), 'E_DATA', /dates\.csv:2: date is "soon"/],
    [
      'a reader that throws',
      source("{ description: 'feed', read: () => { throw new Error('no feed'); } }"),
      'E_DATA',
      /^E_DATA: data of source price cannot be read: no feed\n→ it was thrown at .*faulty\.ts:4:\d+$/,
    ],
    [
      'a reader that returns no bars',
      source("{ description: 'feed', read: async () => ({ bars: [] }) }"),
      'E_DATA',
      /^E_DATA: data of source price did not return a list of bars: \{ bars: \[\] \}\n→ /,
    ],
    [
      'a reader that returns values other than bars',
      source("{ description: 'feed', read: async () => [[0, 1]] }"),
      'E_DATA',
      /^E_DATA: bar 0 of source price is not a bar: \[ 0, 1 \]\n→ /,
    ],
    [
      'a compute that throws',
      source(reading('prices.csv'), 'view.price.close.at(-2)'),
      'E_COMPUTE',
      /^E_COMPUTE: compute of node copy failed at 2020-01-01T00:00:00\.000Z: at\(-2\).*\n→ it was thrown at .*faulty\.ts:8:\d+$/,
    ],
  ])('%s is named with its place', async (_name, text, code, message) => {
    const cwd = strategyProject({
      'faulty.ts': text,
      'open.csv': 'date,open\n2020-01-01,1\n',
      'dates.csv': 'date,close\nsoon,1\n',
    });
    const { exitCode, err } = await run(['run', 'faulty.ts'], { cwd });
    expect(err).toMatch(message);
    expect(err.startsWith(`${code}: `)).toBe(true);
    expect(err).not.toContain('internal error of QMTL');
    expect(exitCode).toBe(code === 'E_COMPUTE' ? 1 : 2);
  });

  test('an error in a project that is not of type module has the line too', async () => {
    const cwd = strategyProject({
      'package.json': '{}',
      'faulty.ts': source(reading('prices.csv'), 'view.price.close.at(-2)'),
    });
    const { err } = await run(['run', 'faulty.ts'], { cwd });
    expect(err).toMatch(/^E_COMPUTE: .*\n→ it was thrown at .*faulty\.ts:8:\d+$/);
  });
});
