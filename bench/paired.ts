import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeMachine, spreadOf } from './report.js';

/**
 * `node --import tsx bench/paired.ts BEFORE AFTER [BARS]`: `backtest()` of the chain of 40 light nodes in two built checkouts of
 * this repository, alternately, each time in a new process. A machine that others use is as busy for one as for the other.
 */
const [before = '.', after = '.', bars = '20000'] = process.argv.slice(2);
const rounds = 5;

const script = (folder: string): string => {
  const from = (file: string) => JSON.stringify(pathToFileURL(join(resolve(folder), 'dist/sdk', file)).href);
  return `
const { bars, days, node, source, strategy } = await import(${from('index.js')});
const { backtest } = await import(${from('backtest.js')});
const read = async () => Array.from({ length: ${Number(bars)} }, (_, day) => (
  { time: day * 86400, values: Float64Array.of(100 + Math.sin(day / 20)) }));
const output = { value: 'float64' };
const price = source('price', { type: 'Price', interval: days(1), output, data: { description: 'waves', read } });
const nodes = [price];
for (let scale = 1; scale <= 40; scale += 1) {
  const inputs = { near: nodes[scale - 1], far: nodes[(scale - 1) >> 1] };
  const compute = (view) => view.near.value.at(-1) * view.params.scale - view.far.value.at(-2);
  nodes.push(node('light-' + scale, { inputs, period: bars(2), params: { scale: 1 / scale }, compute }));
}
const compiled = strategy('bench', { outputs: { last: nodes.at(-1) } }).compile();
const times = [];
for (let run = -3; run < 9; run += 1) {
  const start = performance.now();
  await backtest(compiled);
  if (run >= 0) times.push(performance.now() - start);
}
console.log(JSON.stringify(times));`;
};

function timesOf(folder: string): number[] {
  const workspace = mkdtempSync(join(tmpdir(), 'qmtl-bench-'));
  try {
    // A compute function is found in its file: code from a text has none.
    const file = join(workspace, 'paired.mjs');
    writeFileSync(file, script(folder));
    const { stdout, stderr, status } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    const times: unknown = JSON.parse(stdout);
    return Array.isArray(times) ? times.map(Number) : [];
  } finally {
    rmSync(workspace, { recursive: true });
  }
}

console.log(describeMachine());
const ratios: number[] = [];
for (let round = 1; round <= rounds; round += 1) {
  const [old, now] = [spreadOf(timesOf(before)).median, spreadOf(timesOf(after)).median];
  ratios.push(old / now);
  console.log(`round ${round}: ${old.toFixed(1)} ms before, ${now.toFixed(1)} ms after`);
}
console.log(`before : after, median of the rounds: ${spreadOf(ratios).median.toFixed(2)}`);
console.log(`afterwards: ${describeMachine()}`);
