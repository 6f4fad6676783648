import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { createTopicActivities } from '../../activities/topics.js';
import { MemoryBroker } from '../../bus/memory/broker.js';
import { memoryTopicAdmin } from '../../bus/memory/topic-admin.js';
import { QmtlError } from '../../domain/base/errors.js';
import { branded, isTopicName } from '../../domain/base/ids.js';
import { limits } from '../../domain/base/limits.js';
import type { CreateOutcome, TopicAdmin } from '../../domain/ports/topic-admin.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { fewTopics, slowRequestMin } from '../../domain/topics/request-size.js';
import type { TopicSpec } from '../../domain/topics/topic.js';
import { memoryGraphStore } from '../../graph/memory/store.js';
import { SubmissionRefSchema } from '../../proto/gen/qmtl/v1/steps_pb.js';
import { allOf } from '../all-of.js';
import { sampleSubmission } from '../samples.js';
import { registrationOf, sampleTime } from '../submit-whole.js';

const audit = { workflowId: 'someone', reason: 'else' };

/** The activity on a broker with replaceable methods, and a record of its requests. */
function openActivity(
  replace: (admin: TopicAdmin) => Partial<TopicAdmin> = () => ({}),
  replicasMax?: number,
) {
  const graph = memoryGraphStore();
  const admin = memoryTopicAdmin(
    new MemoryBroker(),
    () => sampleTime,
    replicasMax === undefined ? {} : { replicasMax },
  );
  const replaced = { ...admin, ...replace(admin) };
  const requests: number[] = [];
  const topics: TopicAdmin = {
    ...replaced,
    create: async (specs, by) => {
      requests.push(specs.length);
      return replaced.create(specs, by);
    },
  };
  const clock = { now: sampleTime };
  const pauses: number[] = [];
  const beats: number[] = [];
  const cancelling = new AbortController();
  const { ensureTopics } = createTopicActivities({
    graph,
    topics,
    now: () => clock.now,
    sleep: async (ms) => {
      if (cancelling.signal.aborted) throw new Error('cancelled');
      if (ms > 0) pauses.push(ms);
    },
    heartbeat: ({ verified }) => void beats.push(verified),
  });
  const ensure = async (submission: Submission) => {
    await graph.register(registrationOf(submission));
    const { submissionId } = submission;
    return ensureTopics(create(SubmissionRefSchema, { submissionId, workflowId: 'wf' }));
  };
  const commit = async ({ submissionId }: Submission) => graph.commit(submissionId, sampleTime);
  return { graph, admin, ensureTopics, ensure, commit, pauses, beats, requests, clock, cancelling };
}

function failing(retryable: boolean): (admin: TopicAdmin) => Partial<TopicAdmin> {
  return () => ({
    create: async (specs) =>
      specs.map(({ topic }): CreateOutcome => ({ kind: 'failed', topic, reason: 'no rights', retryable })),
  });
}

/** A broker that does not answer for more topics at once. */
function answeringFor(topicsMax: number): (admin: TopicAdmin) => Partial<TopicAdmin> {
  return (admin) => ({
    create: async (specs, by) => {
      if (specs.length > topicsMax) throw new QmtlError('E_BROKER_UNAVAILABLE', 'no answer');
      return admin.create(specs, by);
    },
  });
}

/** A broker whose metadata shows a topic only from the given read on. */
function lagging(looks: number): (admin: TopicAdmin) => Partial<TopicAdmin> {
  let left = looks;
  return (admin) => ({
    describe: async (names) => {
      left -= 1;
      return left >= 0 ? new Map() : admin.describe(names);
    },
  });
}

describe('ensure-topics', () => {
  test('I-1: missing topics are created, and marked once the broker shows them', async () => {
    const { admin, ensure, commit, pauses } = openActivity();
    const submission = sampleSubmission({ nodes: 3 });
    expect(await ensure(submission)).toMatchObject({ created: 3, verified: 3, mismatched: 0, renamed: 0 });
    expect(await admin.list()).toHaveLength(3);
    expect((await commit(submission)).kind).toBe('committed');
    expect(pauses).toEqual([]);
  });

  test('a topic is recorded with its workflow and submission', async () => {
    const { admin, ensure } = openActivity();
    const submission = sampleSubmission({ nodes: 1 });
    await ensure(submission);
    expect(await allOf(admin.history())).toMatchObject([
      { action: 'created', workflowId: 'wf', reason: `submission ${submission.submissionId}` },
    ]);
  });

  test('a repeated ensure-topics has nothing to do', async () => {
    const { ensure } = openActivity();
    const submission = sampleSubmission({ nodes: 2 });
    await ensure(submission);
    expect(await ensure(submission)).toMatchObject({ created: 0, verified: 0 });
  });

  test('a request grows while the broker answers quickly, up to the largest, with a heartbeat after each', async () => {
    const { ensure, beats, requests } = openActivity();
    const first = limits.topicsFirstRequest;
    const most = limits.topicsPerRequestMax;
    const submission = sampleSubmission({ nodes: 7 * first + most + 1 });
    expect(await ensure(submission)).toMatchObject({ verified: 7 * first + most + 1 });
    expect(requests).toEqual([first, 2 * first, 4 * first, most, 1]);
    expect(beats).toEqual([
      0,
      first,
      3 * first,
      7 * first,
      7 * first + most,
      7 * first + most + 1,
      7 * first + most + 1,
    ]);
  });

  test('topics that do not all fit are refused before one is created', async () => {
    const { ensure, requests } = openActivity(() => ({}), 2 * limits.topicsFirstRequest);
    const submission = sampleSubmission({ nodes: 2 * limits.topicsFirstRequest + 1 });
    await expect(ensure(submission)).rejects.toMatchObject({
      type: 'E_TOPIC_REJECTED',
      message: expect.stringContaining(`so ${2 * limits.topicsFirstRequest} more fit`),
      nonRetryable: true,
    });
    expect(requests).toEqual([]);
  });

  test('an existing topic with other settings is kept and its differences are recorded', async () => {
    const { graph, admin, ensure, commit } = openActivity();
    const submission = sampleSubmission({ nodes: 1 });
    await graph.register(registrationOf(submission));
    const [spec] = await graph.unverifiedTopics(submission.submissionId, 1);
    if (spec === undefined) throw new Error('no topic');
    await admin.create([{ ...spec, partitions: 6 }], audit);
    expect(await ensure(submission)).toMatchObject({ created: 0, verified: 1, mismatched: 1 });
    expect((await admin.describe([spec.topic])).get(spec.topic)?.partitions).toBe(6);
    expect(await commit(submission)).toMatchObject({
      receipt: { mismatches: [{ topic: spec.topic, setting: 'partitions', wanted: '1', actual: '6' }] },
    });
  });

  test('I-5: a queue takes its next name when a foreign topic collides with it', async () => {
    const { graph, admin, ensure, commit } = openActivity();
    const submission = sampleSubmission({ nodes: 1 });
    await graph.register(registrationOf(submission));
    const [spec] = await graph.unverifiedTopics(submission.submissionId, 1);
    if (spec === undefined) throw new Error('no topic');
    await admin.create([foreignTo(spec)], audit);
    expect(await ensure(submission)).toMatchObject({ created: 1, verified: 1, renamed: 1 });
    expect(await commit(submission)).toMatchObject({ receipt: { nodes: [{ topic: `${spec.topic}_v2` }] } });
  });
});

function foreignTo(spec: TopicSpec): TopicSpec {
  return { ...spec, topic: branded(spec.topic.toUpperCase(), isTopicName) };
}

describe('a broker that is slow or refuses', () => {
  test('a cancelled step creates no further topics', async () => {
    const opened = openActivity((admin) => ({
      create: async (specs, by) => {
        opened.cancelling.abort();
        return admin.create(specs, by);
      },
    }));
    const submission = sampleSubmission({ nodes: limits.topicsFirstRequest + 1 });
    await expect(opened.ensure(submission)).rejects.toThrow('cancelled');
    expect(opened.requests).toEqual([limits.topicsFirstRequest]);
  });

  test('a broker that answers for few topics only is asked for fewer, in the same attempt, and every topic is created', async () => {
    const opened = openActivity(answeringFor(30));
    const submission = sampleSubmission({ nodes: 60 });
    expect(await opened.ensure(submission)).toMatchObject({ created: 60, verified: 60 });
    expect(opened.requests).toEqual([60, 15, 30, 15]);
  });

  test('a request shrinks while the broker answers slowly, without failing', async () => {
    const opened = openActivity((admin) => ({
      create: async (specs, by) => {
        opened.clock.now += 101 * specs.length;
        return admin.create(specs, by);
      },
    }));
    expect(await opened.ensure(sampleSubmission({ nodes: 250 }))).toMatchObject({ verified: 250 });
    expect(opened.requests).toEqual([100, 50, 50, 50]);
    expect(slowRequestMin).toBe(50);
  });

  test('a broker that does not even answer for a few topics is left to a retry by Temporal', async () => {
    const opened = openActivity(answeringFor(5));
    const failed = opened.ensure(sampleSubmission({ nodes: 100 }));
    await expect(failed).rejects.toMatchObject({ type: 'E_BROKER_UNAVAILABLE', nonRetryable: false });
    expect(opened.requests).toEqual([100, 25, 6]);
    expect(6).toBeLessThanOrEqual(fewTopics);
  });

  test('a slow broker is asked again, with longer pauses, until it shows every topic', async () => {
    const { ensure, pauses } = openActivity(lagging(3));
    expect(await ensure(sampleSubmission({ nodes: 2 }))).toMatchObject({ verified: 2 });
    expect(pauses).toEqual([5, 20, 50]);
  });

  test('a topic that is never shown is left to a retry by Temporal', async () => {
    const { ensure, pauses } = openActivity(lagging(100));
    const failed = ensure(sampleSubmission({ nodes: 2 }));
    await expect(failed).rejects.toMatchObject({ type: 'E_TOPIC_NOT_VERIFIED', nonRetryable: false });
    await expect(failed).rejects.toThrow(/^2 topics are not in the metadata yet, such as w1\.backtest\.btc_/);
    expect(pauses).toEqual([5, 20, 50, 100, 200]);
  });

  test.each([
    [true, 'E_BROKER_UNAVAILABLE'],
    [false, 'E_TOPIC_REJECTED'],
  ])('a failed creation (retryable: %j) is the error %s', async (retryable, type) => {
    const { ensure, graph } = openActivity(failing(retryable));
    const submission = sampleSubmission({ nodes: 3 });
    const failed = ensure(submission);
    await expect(failed).rejects.toMatchObject({ type, nonRetryable: !retryable });
    await expect(failed).rejects.toThrow(/and 2 more: no rights/);
    expect(await graph.unverifiedTopics(submission.submissionId, 10)).toHaveLength(3);
  });

  test('a topic of another installation is an error of its own, and is not verified', async () => {
    const { ensure, graph } = openActivity(() => ({
      create: async (specs) =>
        specs.map(({ topic }): CreateOutcome => ({ kind: 'foreign', topic, installation: 'elsewhere' })),
    }));
    const submission = sampleSubmission({ nodes: 2 });
    const failed = ensure(submission);
    await expect(failed).rejects.toMatchObject({ type: 'E_TOPIC_FOREIGN' });
    await expect(failed).rejects.toThrow(/^topic .* was made by installation elsewhere, and 1 more/);
    expect(await graph.unverifiedTopics(submission.submissionId, 10)).toHaveLength(2);
  });

  test('the broker is not asked for a malformed submission id', async () => {
    const { ensureTopics } = openActivity();
    const ref = create(SubmissionRefSchema, { submissionId: 'x' });
    await expect(ensureTopics(ref)).rejects.toMatchObject({ type: 'E_SCHEMA_INVALID', nonRetryable: true });
  });
});
