import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import { expect, onTestFinished, test } from 'vitest';
import { createTopicActivities } from '../../activities/topics.js';
import { openKafka } from '../../bus/kafka/open.js';
import { startStack } from '../../devstack/supervisor/stack.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { memoryGraphStore } from '../../graph/memory/store.js';
import { SubmissionRefSchema } from '../../proto/gen/qmtl/v1/steps_pb.js';
import { sampleSubmission } from '../samples.js';
import { registrationOf } from '../submit-whole.js';

const isFull = process.env.QMTL_SIZE === 'full';
/** Each node depends on the one before. */
const perSubmission = 1_000;
const testMs = isFull ? 1_800_000 : 120_000;

function refOf({ submissionId }: Submission) {
  return create(SubmissionRefSchema, { submissionId, workflowId: 'wf' });
}

test(
  'a broker filled to what the machine allows refuses the next topic, and starts again on its data after a stop and after a kill',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'qmtl-full-broker-'));
    const stack = await startStack({
      folder,
      parts: ['kafka'],
      env: process.env,
      report: () => {},
      searchAttributes: {},
    });
    onTestFinished(async () => {
      await stack.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    const replicasPerBrokerMax = isFull ? stack.kafka.replicasMax : 500;
    const open = () =>
      openKafka({ brokers: stack.kafka.brokers, clientId: 'full', now: Date.now, replicasPerBrokerMax });
    const first = await open();
    const { held, most } = await first.topics.room([]);
    const graph = memoryGraphStore();
    const { ensureTopics } = createTopicActivities({
      graph,
      topics: first.topics,
      now: Date.now,
      sleep: async (ms) => {
        await pause(ms);
      },
      heartbeat: () => {},
    });
    const ensure = async (nodes: number, from: number) => {
      // Its topics have one partition each.
      const submission = sampleSubmission({ nodes, first: from });
      await graph.register(registrationOf(submission));
      return ensureTopics(refOf(submission));
    };
    for (let from = held; from < most; from += perSubmission)
      await ensure(Math.min(perSubmission, most - from), from);
    const full = await first.topics.room([]);
    expect(full.held).toBe(most);
    await expect(ensure(1, most)).rejects.toMatchObject({
      type: 'E_TOPIC_REJECTED',
      message: expect.stringContaining('so 0 more fit'),
    });
    const names = await first.topics.list();
    await first.close();
    for (const end of ['stop', 'kill'] as const) {
      if (end === 'stop') await stack.restart('kafka');
      else {
        await stack.kill('kafka');
        await stack.start('kafka');
      }
      const again = await open();
      expect([end, await again.topics.list()]).toEqual([end, names]);
      await again.close();
    }
  },
  testMs,
);
