import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkedStrategy } from '../sdk/compile/define-strategy.js';
import { loadStrategy } from '../sdk/compile/load-strategy.js';
import type { Benchmark, Figure } from './report.js';

const nodeCount = 400;
const helperCount = 60;
const runs = 7;

/** 400 nodes, of which each reaches up to 60 helpers of one file: what is shared must be analysed and printed once. */
export const compileBenchmark: Benchmark = { name: 'compile', measure };

async function measure(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'qmtl-bench-'));
  try {
    const times: number[] = [];
    let bytes: readonly number[] = [];
    for (let run = 0; run < runs; run += 1) {
      // Another file each time: parsed files are kept as long as the process.
      const file = join(folder, `strategy-${run}.mjs`);
      writeFileSync(file, strategyText(run));
      const strategy = await loadStrategy(file);
      const start = performance.now();
      const { nodes } = checkedStrategy(strategy.compile());
      times.push(performance.now() - start);
      bytes = nodes.flatMap(({ code }) => (code === undefined ? [] : [Buffer.byteLength(code.text)]));
    }
    return [
      { what: `compile of ${nodeCount} nodes with shared helpers`, unit: 'ms', values: times, aim: '≤ 500' },
      { what: 'the same per node', unit: 'µs', values: times.map((ms) => (ms * 1_000) / nodeCount) },
      { what: 'closed modules', unit: 'bytes', values: bytes },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function strategyText(seed: number): string {
  const sdk = pathToFileURL(join(import.meta.dirname, '../dist/sdk/index.js')).href;
  const helpers = Array.from({ length: helperCount }, (_, index) => {
    const before = index === 0 ? 'x' : `helper${index - 1}(x, 1)`;
    return `const weight${index} = [${index}, ${seed}].map((one) => one * 2).reduce((a, b) => a + b, 0);
const helper${index} = (x, n) => {
  let sum = 0;
  for (let at = 0; at < n; at += 1) sum += ${before} * at;
  return sum + weight${index};
};`;
  });
  const nodes = Array.from({ length: nodeCount }, (_, index) => {
    const input = index === 0 ? 'price' : `node${index - 1}`;
    return `const node${index} = node('node-${index}', {
  inputs: { price: ${input} },
  compute: (view) => helper${index % helperCount}(view.price.value.at(-1), 3) + ${index},
});`;
  });
  return `import { days, node, source, strategy } from '${sdk}';
const price = source('price', { type: 'Price', interval: days(1), output: { value: 'float64' } });
${helpers.join('\n')}
${nodes.join('\n')}
export default strategy('compiled', { outputs: { last: node${nodeCount - 1} } });
`;
}
