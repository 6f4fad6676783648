import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { differences, type Outcome, outcomesIn } from '../tests/adversary/differential/comparison.js';
import { environments } from '../tests/adversary/differential/environments.js';
import { generatedStrategy } from '../tests/adversary/differential/generated-strategy.js';
import { knownDifferences } from '../tests/adversary/differential/known-differences.js';
import { readPairs } from '../tests/adversary/pair.js';

/**
 * `npm run test:differential -- [--strategies N] [--bars N] [--out FILE] [VERSION...]`: compiles and runs generated
 * strategies, and probes written by hand, in two places on this Node and on each other release, which comes from the
 * registry package `node`. Equal source must have an equal id everywhere, and an equal id equal outputs.
 */
const { values, positionals } = parseArgs({
  options: {
    strategies: { type: 'string', default: '2000' },
    bars: { type: 'string', default: '1000' },
    out: { type: 'string' },
  },
  allowPositionals: true,
});
const versions = positionals.length > 0 ? positionals : ['22'];
const folder = mkdtempSync(join(tmpdir(), 'qmtl-differential-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** The program of another release. */
function installed(version: string): string {
  const prefix = join(folder, version);
  const install = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', prefix, `node@${version}`];
  const { status } = spawnSync('npm', install, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`Node ${version} cannot be installed`);
  return join(prefix, 'node_modules', 'node', 'bin', 'node');
}

const probesFile = new URL('../tests/adversary/differential/probes.txt', import.meta.url);
const probes = readPairs(readFileSync(probesFile, 'utf8'));
const generated = Array.from({ length: Number(values.strategies) }, (_, seed) => generatedStrategy(seed));
const sources = [...probes.map(({ a }) => a), ...generated];
const titleOf = (index: number) => probes[index]?.name ?? `generated strategy ${index - probes.length}`;

const releases = [
  { release: process.version, node: process.execPath },
  ...versions.map((version) => ({ release: `Node ${version}`, node: installed(version) })),
];
const outcomes = new Map<string, readonly Outcome[]>();
for (const { release, node } of releases) {
  for (const [place, env] of Object.entries(environments)) {
    const started = performance.now();
    const found = await outcomesIn(sources, Number(values.bars), { node, env });
    outcomes.set(`${release}, ${place}`, found);
    const refused = found.flatMap(({ isRefused, digest }, index) => (isRefused ? [{ index, digest }] : []));
    const seconds = Math.round((performance.now() - started) / 1000);
    console.log(`${release}, ${place}: ${found.length} strategies, ${refused.length} refused, ${seconds} s`);
    for (const { index, digest } of refused) console.log(`  ${titleOf(index)}: ${digest}`);
  }
}

if (values.out !== undefined) {
  const lines = sources.map((_, index) => {
    const digests = [...outcomes].map(([name, found]) => [name, found[index]?.digest]);
    return JSON.stringify({ title: titleOf(index), id: [...outcomes.values()][0]?.[index]?.nodeId, digests });
  });
  writeFileSync(values.out, `${lines.join('\n')}\n`);
}

const known = new Set(versions.flatMap((version) => knownDifferences[version] ?? []));
const found = differences(outcomes).map((one) => ({ ...one, title: titleOf(one.index) }));
const unknown = found.filter(({ title }) => !known.has(title));
const seen = new Set(found.map(({ title }) => title));
const fixed = [...known].filter((title) => !seen.has(title));
console.log(
  `${seen.size} strategies differ, ${new Set(unknown.map(({ title }) => title)).size} of them not known`,
);
for (const { title, in: place, says } of found) console.log(`  ${title} in ${place}: ${says}`);
for (const title of fixed)
  console.error(`no longer different, remove it from the known differences: ${title}`);
process.exitCode = unknown.length === 0 && fixed.length === 0 ? 0 : 1;
