import type { Benchmark, Figure } from '../report.js';
import { openLoop } from './open-loop.js';
import { withSubmissionRig } from './submissions.js';

const submissions = 1_000;

/** A thousand submissions in one second, each with a new node, and the time until the last receipt. */
export const stackBurstBenchmark: Benchmark = { name: 'stack-burst', measure };

async function measure(say: (line: string) => void): Promise<readonly Figure[]> {
  const [drained, lost, duplicates]: [number[], number[], number[]] = [[], [], []];
  for (let run = 0; run < 3; run += 1) {
    await withSubmissionRig(say, 2, async ({ engines: { stores }, submitGrowing, submitKnown }) => {
      for (let i = 0; i < 20; i += 1) await submitKnown();
      const before = await stores.graph.totals();
      const load = await openLoop({ perSecond: submissions, calls: submissions }, submitGrowing);
      const after = await stores.graph.totals();
      drained.push(load.tookMs / 1_000);
      lost.push(submissions - (after.sentinels - before.sentinels));
      const topics = (await stores.topics.list()).filter((topic) => topic.startsWith('bench.'));
      duplicates.push(topics.length - after.queues);
      if (load.failures.length > 0) say(`  ${load.failures.length} failed: ${String(load.failures[0])}`);
    });
  }
  return [
    { what: '1,000 submissions in one second: until the last receipt', unit: 's', values: drained },
    { what: 'submissions lost', unit: '', values: lost, aim: '0' },
    { what: 'topics without an owner', unit: '', values: duplicates, aim: '0' },
  ];
}
