import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { declarationsReached } from './declarations.js';

// A project like an author's: it uses this package by name only, installed from the packed tarball. The build must exist.

const root = resolve(import.meta.dirname, '../..');
const source = join(import.meta.dirname, 'project');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'qmtl-consumer-')));
const installed = join(folder, 'node_modules/qmtl');
const installMegabytesMax = 60;

interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function runIn(cwd: string, command: string, ...args: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  return { status, out: stdout, err: stderr };
}

const node = (...args: readonly string[]) => runIn(folder, process.execPath, ...args);
const qmtl = (...args: readonly string[]) => node(join(installed, 'dist/cli/qmtl.js'), ...args);

/** The compiler, as an author would use it. */
function compile(...args: readonly string[]): Outcome {
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
  return node(join(typescript, 'bin/tsc'), ...args, '--pretty', 'false');
}

/** The parsed output of a program of the author. */
function printed(file: string): unknown {
  const { status, out, err } = node(file);
  if (status !== 0) throw new Error(err);
  return JSON.parse(out);
}

function bytesIn(path: string): number {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (entry === undefined || !entry.isDirectory()) return entry?.size ?? 0;
  return readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0);
}

/** Writes the examples of README.md; the second imports the first by this name. */
function writeReadmeExamples(into: string, name: string): void {
  const [, section = ''] = readme.split('## A strategy\n');
  const [strategy = '', use = ''] = [...section.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
  writeFileSync(join(into, 'above-average.ts'), strategy);
  writeFileSync(join(into, name), use);
}

beforeAll(() => {
  cpSync(source, folder, { recursive: true });
  writeReadmeExamples(folder, 'readme.ts');
  const packed = runIn(root, 'npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', folder);
  const tarball = packed.out.trim().split('\n').at(-1) ?? '';
  const install = runIn(
    folder,
    'npm',
    ...['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'],
    `./${tarball}`,
  );
  if (install.status !== 0) throw new Error(`${packed.err}\n${install.err}`);
  compileOutput = compile('-p', '.').out;
  cpSync(join(folder, 'prices.csv'), join(folder, 'built/prices.csv'));
  cpSync(join(installed, 'examples/data'), join(folder, 'built/data'), { recursive: true });
}, 180_000);

let compileOutput = 'not compiled';

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a project that has the package installed', () => {
  test('a project imports the package by name only', () => {
    const files = readdirSync(source).filter((name) => /\.[jt]s$/.test(name));
    const imports = files.flatMap((name) =>
      [...readFileSync(join(source, name), 'utf8').matchAll(/from '([^']+)'/g)].map(([, from]) => from),
    );
    expect(new Set(imports)).toEqual(new Set(['./strategy.js', 'qmtl', 'qmtl/backtest', 'qmtl/client']));
  });

  test('a project compiles in strict mode without skipLibCheck, and its declarations name every type', () => {
    expect(compileOutput).toBe('');
    const declarations = readFileSync(join(folder, 'built/strategy.d.ts'), 'utf8');
    expect(declarations).toMatch(/import\("qmtl"\)\.ComputeNode|from ['"]qmtl['"]/);
    expect(declarations).not.toMatch(/dist\/|any/);
  });

  test('a project keeps its own versions of packages that only a control plane needs', () => {
    const manifest = readFileSync(join(folder, 'node_modules/lru-cache/package.json'), 'utf8');
    expect(JSON.parse(manifest)).toMatchObject({ version: '10.4.3' });
  });

  test('an installation of the package is small', () => {
    expect(bytesIn(join(folder, 'node_modules')) / 1024 ** 2).toBeLessThan(installMegabytesMax);
    const packages = readdirSync(join(folder, 'node_modules'));
    expect(packages).not.toEqual(expect.arrayContaining(['@temporalio']));
    expect(packages).not.toEqual(expect.arrayContaining(['neo4j-driver']));
  });

  test('a project compiles, loads and runs its strategies from TypeScript', () => {
    expect(printed('built/author.js')).toEqual({
      problems: [],
      outputs: { position: expect.stringMatching(/^blake3:/), average: expect.stringMatching(/^blake3:/) },
      digests: expect.toSatisfy(([a, b]: readonly string[]) => a === b),
      asOf: '2020-01-06',
      weight: [1, 0, 1, 1, 0],
      sharpe: expect.any(Number),
      flat: 0,
      data: {
        code: 'E_DATA',
        message: expect.stringMatching(/prices\.csv:1: there is no column open/),
        hint: 'the header has "date", "close"',
      },
      compute: {
        code: 'E_COMPUTE',
        message: 'compute of node last failed at 2020-01-04T00:00:00.000Z: too dear',
        hint: expect.stringMatching(/^it was thrown at throwing\.ts:13:\d+$/),
      },
      client: {
        code: 'E_TOOL_MISSING',
        message: 'the package @temporalio/client is not installed',
        hint: expect.stringMatching(/^npm install @temporalio\/client@/),
      },
    });
  });

  test('the examples of README.md run in a project', () => {
    const { status, out, err } = node('built/readme.js');
    expect([status, err]).toEqual([0, '']);
    expect(out).toMatch(/^[01] 0\.\d+\n$/);
  });

  test('the examples of README.md run in a new project set up as README.md says', () => {
    const fresh = realpathSync(mkdtempSync(join(folder, 'fresh-')));
    writeReadmeExamples(fresh, 'run.ts');
    cpSync(join(installed, 'examples/data'), join(fresh, 'data'), { recursive: true });
    writeFileSync(join(fresh, 'package.json'), '{ "name": "fresh", "type": "commonjs" }');
    const [, step = ''] = /after `npm init -y`, run `npm ([^`]+)`/.exec(readme) ?? [];
    const set = runIn(fresh, 'npm', ...step.split(' '));
    const { status, out, err } = runIn(fresh, 'npx', 'tsx', 'run.ts');
    expect([set.err, status, err]).toEqual(['', 0, '']);
    expect(out).toMatch(/^[01] 0\.\d+\n$/);
  });

  test('README.md names the types that a project without lib dom lacks', () => {
    writeFileSync(
      join(folder, 'faces.mts'),
      "import 'qmtl';\nimport 'qmtl/backtest';\nimport 'qmtl/client';\n",
    );
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--lib', 'es2023', '--types', ''];
    const { out } = compile('faces.mts', '--ignoreConfig', ...options);
    const lacking = [...out.matchAll(/Cannot find name '(\w+)'/g)].map(([, name]) => name);
    expect(new Set(lacking)).toEqual(new Set(['AbortSignal', 'URL']));
    expect(out.split('\n').filter((line) => /error/.test(line) && !/Cannot find name/.test(line))).toEqual(
      [],
    );
    expect(readme).toContain('Their types name `URL` and `AbortSignal`');
  });

  test('a project in JavaScript has the same results and ids', () => {
    const typescript = Object(printed('built/author.js'));
    expect(printed('author.js')).toEqual({
      digests: typescript.digests,
      outputs: typescript.outputs,
      isQmtlError: true,
      code: 'E_TOOL_MISSING',
    });
  });
});

describe('the qmtl command of the package', () => {
  test.each(['strategy.ts', 'strategy.js'])('the qmtl command of the package backtests %s', (file) => {
    const { status, out, err } = qmtl('run', file, '--output', 'json');
    expect([status, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ strategy_id: 'consumer', bars: 6 });
  });

  test.each([
    ['faulty.ts', 2, /^E_DATA: .*prices\.csv:1: there is no column open$/m],
    [
      'throwing.ts',
      1,
      /^E_COMPUTE: compute of node last failed at .*: too dear\n→ it was thrown at throwing\.ts:13:\d+$/m,
    ],
  ])(
    'the qmtl command of the package reports the mistake in %s without a stack',
    (file, exitCode, message) => {
      const { status, err } = qmtl('run', file);
      expect(err).toMatch(message);
      expect(err).not.toContain('internal error of QMTL');
      expect(status).toBe(exitCode);
    },
  );

  test('the qmtl command of another copy reports the same mistake in the data', () => {
    const { status, err } = node(join(root, 'dist/cli/qmtl.js'), 'run', 'faulty.ts');
    expect([status, err.split('\n')[0]]).toEqual([
      2,
      expect.stringMatching(/^E_DATA: .*prices\.csv:1: there is no column open$/),
    ]);
  });

  test.each(['worker', 'submit strategy.ts --world research', 'api', 'up'])(
    'the qmtl command of the package names the packages that %s needs',
    (line) => {
      const { status, err } = qmtl(...line.split(' '));
      // Other packages of a project may have brought one in a version that does not fit.
      const fault = '.*(?:is not installed|is installed in version .*, and QMTL needs version \\d+)';
      expect(err).toMatch(new RegExp(`^E_TOOL_MISSING: ${fault}\n→ npm install \\S+@\\S+`));
      expect(status).toBe(3);
    },
  );

  test('the qmtl command of the package lists and completes every command', () => {
    expect(qmtl('--help').out).toMatch(/^ {2}neo4j-init\b/m);
    expect(qmtl('complete', 'bash').status).toBe(0);
  });
});

describe('the declarations reached from a face', () => {
  const faces = { qmtl: 'index', 'qmtl/backtest': 'backtest', 'qmtl/client': 'client' } as const;

  test.each(Object.entries(faces))(
    'the declarations of %s name no package and no module of Node',
    (_face, file) => {
      const { packages } = declarationsReached(join(installed, `dist/sdk/${file}.d.ts`));
      expect(packages).toEqual([]);
    },
  );

  test.each(Object.entries(faces))(
    'the declarations of %s contain only types that a face exports',
    (_face, file) => {
      const named = new Set(Object.values(faces).flatMap((one) => exportedBy(one)));
      const { types } = declarationsReached(join(installed, `dist/sdk/${file}.d.ts`));
      expect(types.length).toBeGreaterThan(5);
      expect(types.filter((name) => !named.has(name))).toEqual([]);
    },
  );

  const exportedBy = (face: string) => declarationsReached(join(installed, `dist/sdk/${face}.d.ts`)).exported;
});
