import { resolveNamespace } from '../../domain/context/namespace.js';
import { planRegistration } from '../../domain/submissions/registration.js';
import type { TopicSpec } from '../../domain/topics/topic.js';
import { makeDagDocument } from '../dag-samples.js';
import { type Benchmark, type Figure, timed } from '../report.js';
import { withEngines } from './engines.js';
import { benchDocument, parsed } from './fill-graph.js';

const topicCount = 1_000;
const perRequest = 500;

/** New topics on an empty broker: created in bulk and seen in its metadata with their settings. */
export const stackTopicsBenchmark: Benchmark = { name: 'stack-topics', measure };

async function measure(say: (line: string) => void): Promise<readonly Figure[]> {
  const seconds: number[] = [];
  for (let run = 0; run < 3; run += 1) {
    const [ms = 0] = await withEngines(say, ({ stores: { topics } }) =>
      timed({ warmUps: 0, runs: 1 }, async () => {
        const specs = sampleSpecs(run);
        for (let from = 0; from < specs.length; from += perRequest) {
          const batch = specs.slice(from, from + perRequest);
          await topics.create(batch, { workflowId: 'bench', reason: 'bench' });
          const described = await topics.describe(batch.map(({ topic }) => topic));
          if (described.size !== batch.length) throw new TypeError('not all topics are described');
        }
      }),
    );
    seconds.push(ms / 1_000);
  }
  return [{ what: '1,000 new topics from empty, verified', unit: 's', values: seconds, aim: '≤ 5' }];
}

function sampleSpecs(seed: number): readonly TopicSpec[] {
  const submission = parsed(benchDocument('topics', makeDagDocument({ nodes: topicCount, seed: seed + 1 })));
  const namespace = resolveNamespace(submission.context, 'world-domain');
  const nothing = { nodes: new Map(), queues: new Map() };
  const plan = planRegistration(submission, namespace, nothing, () => undefined);
  return plan.kind === 'plan' ? plan.reservations.map(({ spec }) => spec) : [];
}
