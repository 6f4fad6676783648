import { compileBenchmark } from './compile.js';
import { installBenchmark } from './install.js';
import { nodeIdBenchmark } from './node-id.js';
import { orderedEventsBenchmark } from './ordered-events.js';
import { plainBenchmark } from './plain.js';
import { planBenchmark } from './plan.js';
import { type Benchmark, describeMachine, formatFigures } from './report.js';
import { runnerBenchmark } from './runner.js';
import { stackBurstBenchmark } from './stack/burst.js';
import { stackDiffBenchmark, stackDiffLargeBenchmark } from './stack/diff.js';
import { stackEventsBenchmark } from './stack/events.js';
import { stackFanOutBenchmark } from './stack/fan-out.js';
import { stackMemoryBenchmark } from './stack/memory.js';
import { stackSubmissionBenchmark, stackSustainedBenchmark } from './stack/submissions.js';
import { stackTopicsBenchmark } from './stack/topics.js';
import { submissionBenchmark } from './submission.js';

/**
 * `npm run bench` runs all benchmarks without engines, `npm run bench -- NAME …` the named ones; `stack-…` run on real engines,
 * and `install` fetches packages.
 */
const embedded: readonly Benchmark[] = [
  nodeIdBenchmark,
  planBenchmark,
  compileBenchmark,
  runnerBenchmark,
  plainBenchmark,
  orderedEventsBenchmark,
  submissionBenchmark,
];
const onEngines: readonly Benchmark[] = [
  stackDiffBenchmark,
  stackDiffLargeBenchmark,
  stackSubmissionBenchmark,
  stackBurstBenchmark,
  stackSustainedBenchmark,
  stackTopicsBenchmark,
  stackEventsBenchmark,
  stackFanOutBenchmark,
  stackMemoryBenchmark,
];
const benchmarks = [...embedded, installBenchmark, ...onEngines];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name));
if (unknown.length > 0) {
  const names = benchmarks.map(({ name }) => name).join(', ');
  console.error(`there is no benchmark ${unknown.join(', ')}; there are ${names}`);
  process.exitCode = 2;
} else {
  console.log(describeMachine());
  const chosen = wanted.length === 0 ? embedded : benchmarks.filter(({ name }) => wanted.includes(name));
  for (const { name, measure } of chosen) {
    console.log(`\n${name}`);
    console.log(formatFigures(await measure((line) => console.log(line))));
  }
  console.log(`\nafterwards: ${describeMachine()}`);
}
