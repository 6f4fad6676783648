import { type NodeProcess, NodeProcess as Processes } from '../../tests/stack/processes.js';
import type { Benchmark, Figure } from '../report.js';
import { openLoop } from './open-loop.js';
import { withSubmissionRig } from './submissions.js';

const submissions = 10_000;
const perSample = 1_000;
const perSecond = 30;
const megabyte = 1024 * 1024;

/** Resident memory of a worker and of an API replica under constant reads, over ten thousand submissions. */
export const stackMemoryBenchmark: Benchmark = { name: 'stack-memory', measure };

async function measure(say: (line: string) => void): Promise<readonly Figure[]> {
  return withSubmissionRig(say, 1, async ({ engines: { env }, workers, submitKnown }) => {
    const api = Processes.qmtl(['api'], { ...env, QMTL_API_PORT: '0', QMTL_API_OPERATIONS_PORT: '0' });
    const url = (await api.line(/^API +http/)).replace(/^API +/, '');
    try {
      const [worker] = workers;
      if (worker === undefined) throw new TypeError('no worker');
      const samples = { worker: [sample(worker)], api: [sample(api)] };
      for (let done = 0; done < submissions; done += perSample) {
        const load = await openLoop({ perSecond, calls: perSample }, async (index) => {
          await submitKnown();
          if (index % 10 === 0) await read(url);
        });
        if (load.failures.length > 0) throw load.failures[0];
        samples.worker.push(sample(worker));
        samples.api.push(sample(api));
        say(`  ${done + perSample}: worker ${samples.worker.at(-1)} MB, API ${samples.api.at(-1)} MB`);
      }
      return figuresOf(samples);
    } finally {
      await api.stop();
    }
  });
}

function sample(process: NodeProcess): number {
  return Math.round(process.residentBytes() / megabyte);
}

async function read(url: string): Promise<void> {
  for (const path of ['/status', '/v1/dag-manager/nodes', '/v1/gateway/strategies']) {
    const response = await fetch(`${url}${path}`);
    await response.arrayBuffer();
    if (!response.ok) throw new TypeError(`${path} answered ${response.status}`);
  }
}

/** A leak shows as a second half above the first; the first samples belong to the warm-up. */
function figuresOf(samples: Readonly<Record<string, readonly number[]>>): readonly Figure[] {
  return Object.entries(samples).flatMap(([what, values]) => [
    {
      what: `memory of the ${what}, after 2,000 to 6,000 submissions`,
      unit: 'MB',
      values: values.slice(2, 7),
    },
    { what: `memory of the ${what}, after 7,000 to 10,000 submissions`, unit: 'MB', values: values.slice(7) },
  ]);
}
