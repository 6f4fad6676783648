import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * `npm run test:node -- [--all] VERSION...`: runs unit tests, workflow tests with the replay of
 * every recorded history, and the demo on other releases of Node, which come from the
 * registry package `node`. A sample of the tests unless `--all` is given. `npm run build` comes first.
 */
const sample = [
  'tests/api',
  'tests/domain/base',
  'tests/domain/dag',
  'tests/proto',
  'tests/sdk/code',
  'tests/sdk/csv',
  'tests/sdk/load-strategy',
  'tests/sdk/realm',
  'tests/temporal',
  'tests/workers',
];

const workflows = ['tests/workflows'];

const { values, positionals: versions } = parseArgs({
  options: { all: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const folder = mkdtempSync(join(tmpdir(), 'qmtl-node-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Runs a program with this release first on PATH; `stdout` is a file for its output. */
function runs(binFolder: string, command: string, args: readonly string[], stdout?: string): boolean {
  const path = [binFolder, process.env.PATH ?? ''].join(delimiter);
  const { status } = spawnSync(join(binFolder, command), args, {
    stdio: ['ignore', stdout === undefined ? 'inherit' : openSync(stdout, 'w'), 'inherit'],
    env: { ...process.env, PATH: path },
  });
  return status === 0;
}

/** The failed steps on a release; empty when all succeeded. */
function failuresOn(version: string): readonly string[] {
  const prefix = join(folder, version);
  const install = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', prefix, `node@${version}`];
  const installed = spawnSync('npm', install, { stdio: ['ignore', 'ignore', 'inherit'] });
  const bin = join(prefix, 'node_modules', 'node', 'bin');
  if (installed.status !== 0 || !runs(bin, 'node', ['--version'])) return ['installation'];
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=dot', '--project'];
  const demo = join(prefix, 'demo.json');
  const parts: readonly (readonly [name: string, () => boolean])[] = [
    ['unit tests', () => runs(bin, 'node', [...vitest, 'unit', ...(values.all ? [] : sample)])],
    // The images run workflows on one of these releases.
    ['workflows', () => runs(bin, 'node', [...vitest, 'workflow', ...workflows])],
    ['demo', () => runs(bin, 'node', ['dist/cli/qmtl.js', 'demo', '--output', 'json'], demo)],
    ['assertions on the demo', () => runs(bin, 'node', ['--import', 'tsx', 'tools/check-demo.ts', demo])],
  ];
  return parts.filter(([, run]) => !run()).map(([name]) => name);
}

const failures = versions.flatMap((version) => failuresOn(version).map((name) => `Node ${version}: ${name}`));
for (const failure of failures) console.error(`failed on ${failure}`);
if (versions.length === 0) console.error('give at least one release of Node, e.g. 24');
process.exitCode = versions.length > 0 && failures.length === 0 ? 0 : 1;
