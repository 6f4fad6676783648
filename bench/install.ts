import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import controlPlane from '../deploy/control-plane/package.json' with { type: 'json' };
import { type Benchmark, timed } from './report.js';

const runs = 3;

/** What an author's project weighs: the packed package, installed alone and with everything a control plane needs. */
export const installBenchmark: Benchmark = {
  name: 'install',
  measure: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'qmtl-install-'));
    try {
      const author = install(folder, 'author', []);
      const everything = Object.entries(controlPlane.dependencies).map(([name, range]) => `${name}@${range}`);
      const operator = install(folder, 'operator', everything);
      const qmtl = join(folder, 'author', 'node_modules/qmtl/dist/cli/qmtl.js');
      const version = await timed({ warmUps: 1, runs }, () => {
        execFileSync(process.execPath, [qmtl, '--version']);
      });
      return [
        { what: "an author's install", unit: 'MB', values: [author], aim: '<= 60' },
        { what: 'with every package of a control plane', unit: 'MB', values: [operator] },
        { what: '`qmtl --version` there', unit: 'ms', values: version },
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Megabytes of `node_modules` after `npm install` of the packed package and others in an empty project. */
function install(folder: string, project: string, others: readonly string[]): number {
  const home = join(folder, project);
  execFileSync('mkdir', ['-p', home]);
  writeFileSync(join(home, 'package.json'), '{"private":true,"type":"module"}');
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { stdio: 'ignore' });
  const packed = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  if (packed === undefined) throw new Error('npm pack wrote no archive');
  execFileSync(
    'npm',
    ['install', '--silent', '--no-audit', '--no-fund', resolve(folder, packed), ...others],
    {
      cwd: home,
      stdio: 'ignore',
    },
  );
  return bytesIn(join(home, 'node_modules')) / 1e6;
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
