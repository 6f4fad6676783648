import { nodeIdBenchmark } from './node-id.js';
import { planBenchmark } from './plan.js';
import { type Benchmark, describeMachine, formatFigures } from './report.js';
import { runnerBenchmark } from './runner.js';
import { submissionBenchmark } from './submission.js';

/** `npm run bench` measures everything, `npm run bench -- NAME` one subject. */
const benchmarks: readonly Benchmark[] = [
  nodeIdBenchmark,
  planBenchmark,
  runnerBenchmark,
  submissionBenchmark,
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name));
if (unknown.length > 0) {
  const names = benchmarks.map(({ name }) => name).join(', ');
  console.error(`there is no benchmark ${unknown.join(', ')}; there are ${names}`);
  process.exitCode = 2;
} else {
  console.log(describeMachine());
  for (const { name, measure } of benchmarks) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    console.log(`\n${name}`);
    console.log(formatFigures(await measure((line) => console.log(line))));
  }
  console.log(`\nafterwards: ${describeMachine()}`);
}
