import { create } from '@bufbuild/protobuf';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { createTopicActivities } from '../../activities/topics.js';
import { branded, isTopicName } from '../../domain/base/ids.js';
import { limits } from '../../domain/base/limits.js';
import { memoryGraphStore } from '../../graph/memory/store.js';
import { SubmissionRefSchema } from '../../proto/gen/qmtl/v1/steps_pb.js';
import { memoryStores } from '../../workers/stores/stores.js';
import { sampleSubmission } from '../samples.js';
import { daily, place, placeAndRun, run, walk, workOf } from '../sdk/runner/backtest-fixture.js';
import { busyStrategy } from '../sdk/runner/strategies.js';
import { brokerViolations } from '../stack/broker-checker.js';
import { registrationOf, sampleTime } from '../submit-whole.js';
import { audit, Installations, plainKafka } from './kafka-installation.js';

const installations = new Installations();
afterEach(() => installations.close());
afterAll(() => installations.end());

/** The activity on Kafka, the graph in memory, and a submission with topics of its own. */
async function openActivity(nodes: number) {
  const { topics, prefix, named } = await installations.fresh();
  const graph = memoryGraphStore();
  const { ensureTopics } = createTopicActivities({
    graph,
    topics,
    now: () => sampleTime,
    sleep: (ms) =>
      new Promise((resolve) => {
        setTimeout(resolve, ms);
      }),
    heartbeat: () => {},
  });
  const submission = sampleSubmission({ nodes, world: named('w') });
  await graph.register(registrationOf(submission));
  const { submissionId } = submission;
  const specs = await graph.unverifiedTopics(submissionId, limits.topicsPerRequestMax);
  const ensure = () => ensureTopics(create(SubmissionRefSchema, { submissionId, workflowId: 'wf' }));
  return { topics, prefix, named, specs, ensure };
}

describe('ensure-topics on Kafka', () => {
  test('I-5: ensure-topics creates one topic per queue with the settings of its class, and none when repeated', async () => {
    const { specs, named, ensure } = await openActivity(50);
    expect(await ensure()).toMatchObject({ created: 50, verified: 50, mismatched: 0, renamed: 0 });
    expect(await ensure()).toMatchObject({ created: 0 });
    const isQueueTopic = (topic: string) => topic.startsWith(named('w.'));
    expect(await brokerViolations(plainKafka(), { queues: specs, isQueueTopic, controlTopics: [] })).toEqual(
      [],
    );
  });

  test('I-5: a queue takes its next name when a foreign topic collides with it', async () => {
    const { topics, specs, ensure } = await openActivity(1);
    const [spec] = specs;
    if (spec === undefined) throw new Error('no topic');
    const foreign = { ...spec, topic: branded(spec.topic.replaceAll('.', '_'), isTopicName) };
    await topics.create([foreign], audit);
    expect(await ensure()).toMatchObject({ created: 1, verified: 1, renamed: 1 });
    expect(await topics.list()).toContain(`${spec.topic}_v2`);
  });
});

test('a backtest on Kafka has the results of one in memory, and a second run reads them from the topics', async () => {
  const strategy = busyStrategy(daily(walk(400)));
  const { topics, log, bus, named } = await installations.fresh();
  const stores = { ...memoryStores(() => 0), topics, log, bus };
  const placed = await place(strategy, { stores, world: named('w') });
  const first = await run(placed);
  const second = await run(placed);
  const inMemory = await placeAndRun(strategy);
  expect(first.digest).toBe(inMemory.digest);
  expect(workOf(first)).toEqual(workOf(inMemory));
  expect(second.digest).toBe(first.digest);
  expect(workOf(second)).toMatchObject({ computed: 0, written: 0 });
});
