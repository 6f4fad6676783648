import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createTopicActivities } from '../../activities/topics.js';
import { openKafka } from '../../bus/kafka/open.js';
import { openStackFolder } from '../../devstack/supervisor/folder.js';
import { type Stack, startStack } from '../../devstack/supervisor/stack.js';
import { memoryGraphStore } from '../../graph/memory/store.js';
import { SubmissionRefSchema } from '../../proto/gen/qmtl/v1/steps_pb.js';
import { topicAdmin } from '../../workflows/activity-options.js';
import { allOf } from '../all-of.js';
import { sampleSubmission } from '../samples.js';
import { FaultProxy } from '../stack/fault-proxy.js';
import { registrationOf } from '../submit-whole.js';

/** A broker of its own, whose clients come through the proxy. */
let stack: Stack;
let proxy: FaultProxy;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'qmtl-slow-broker-'));
  const held = await openStackFolder(folder, {});
  proxy = await FaultProxy.open(held.state.ports.kafka);
  await held.close();
  stack = await startStack({
    folder,
    parts: ['kafka'],
    env: process.env,
    report: () => {},
    searchAttributes: {},
    kafkaSettings: () => ({ 'advertised.listeners': `PLAINTEXT://127.0.0.1:${proxy.port}` }),
  });
});

afterAll(async () => {
  await proxy.close();
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function open() {
  const kafka = await openKafka({
    brokers: [`127.0.0.1:${proxy.port}`],
    clientId: 'slow',
    now: Date.now,
  });
  onTestFinished(() => kafka.close());
  return kafka;
}

/** The step with the heartbeats and retries that Temporal gives it. */
function steps(topics: Awaited<ReturnType<typeof open>>['topics']) {
  const graph = memoryGraphStore();
  const counts = { attempts: 0, failed: 0, silentMsMax: 0 };
  let beatAt = 0;
  const beat = () => {
    counts.silentMsMax = Math.max(counts.silentMsMax, performance.now() - beatAt);
    beatAt = performance.now();
  };
  const activities = createTopicActivities({
    graph,
    topics,
    now: Date.now,
    sleep: async (ms) => {
      await pause(ms);
    },
    heartbeat: beat,
  });
  const ensure = async (world: string, nodes: number) => {
    const submission = sampleSubmission({ nodes, world });
    await graph.register(registrationOf(submission));
    const { submissionId } = submission;
    const ref = create(SubmissionRefSchema, { submissionId, workflowId: `wf-${world}` });
    for (let attempt = 1; attempt <= topicAdmin(nodes).retry.maximumAttempts; attempt += 1) {
      counts.attempts += 1;
      beatAt = performance.now();
      try {
        return await activities.ensureTopics(ref);
      } catch {
        counts.failed += 1;
      }
    }
    throw new Error(`no attempt of ${world} succeeded`);
  };
  return { ensure, counts };
}

test('on a broker that answers late, every topic is made by the first attempt, which heartbeats all the while', async () => {
  const { topics } = await open();
  proxy.set({ kind: 'delay', ms: 250 });
  onTestFinished(() => proxy.set({ kind: 'pass' }));
  const { ensure, counts } = steps(topics);
  const worlds = ['late-1', 'late-2', 'late-3', 'late-4'];
  const made = await Promise.all(worlds.map((world) => ensure(world, 300)));
  expect(made.map(({ verified }) => verified)).toEqual([300, 300, 300, 300]);
  expect(counts).toMatchObject({ attempts: 4, failed: 0 });
  expect(counts.silentMsMax).toBeLessThan(Number.parseInt(topicAdmin(1).heartbeatTimeout, 10) * 1_000);
});

test('an answer that never came is made up for: the topics of a lost request are found and recorded', async () => {
  const { topics } = await open();
  const { ensure, counts } = steps(topics);
  const working = ensure('lost', 400);
  await expect.poll(async () => (await topics.list()).some((topic) => topic.startsWith('lost.'))).toBe(true);
  proxy.set({ kind: 'reset' });
  proxy.set({ kind: 'pass' });
  expect(await working).toMatchObject({ verified: 400 });
  const history = (await allOf(topics.history())).filter(({ topic }) => topic.startsWith('lost.'));
  expect(new Set(history.map(({ topic }) => topic)).size).toBe(400);
  expect(history.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
  expect(counts.failed).toBe(0);
});

test('topics that several processes request at once are recorded as done once each, by the process that made them', async () => {
  const opened = await Promise.all([open(), open(), open()]);
  const made = await Promise.all(opened.map(({ topics }) => steps(topics).ensure('shared', 200)));
  expect(made.map(({ verified }) => verified)).toEqual([200, 200, 200]);
  expect(made.reduce((sum, { created }) => sum + created, 0)).toBe(200);
  const [first] = opened;
  const entries = first === undefined ? [] : await allOf(first.topics.history());
  const history = entries.filter(({ topic }) => topic.startsWith('shared.'));
  expect(history).toHaveLength(200);
  expect(history.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
});
