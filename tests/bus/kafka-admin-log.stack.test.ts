import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { AdminLog } from '../../bus/kafka/admin-log.js';
import { guardedCalls } from '../../bus/kafka/client.js';
import { ClusterReader } from '../../bus/kafka/cluster-reader.js';
import { IdempotentSender } from '../../bus/kafka/sender.js';
import { busTopics } from '../../domain/events/control-events.js';
import { allOf } from '../all-of.js';
import { topicSpec } from '../contracts/topic-admin.contract.js';
import { audit, foreignTopic, Installations, plainKafka } from './kafka-installation.js';

const installations = new Installations();
afterEach(() => installations.close());
afterAll(() => installations.end());

/** An installation with one empty topic. */
async function withTopic(partitions = 1) {
  const kafka = await installations.fresh();
  const spec = topicSpec(kafka.named('t'), partitions);
  await kafka.topics.create([spec], audit);
  return { ...kafka, topic: spec.topic };
}

describe('the topic admin log', () => {
  test('the topic admin log keeps the intent of a process that ended before it recorded the outcome', async () => {
    const kafka = await installations.fresh();
    const topic = `${kafka.prefix}qmtl.topic-admin-log`;
    const sender = new IdempotentSender(plainKafka());
    const reader = new ClusterReader(plainKafka(), topic);
    const guarded = guardedCalls({});
    const dying = new AdminLog({ reader, sender, topic, guarded, installation: 'x', now: () => 1_000 });
    await dying.intend('created', [kafka.named('left')], { workflowId: 'wf-dying', reason: 'crash' });
    await foreignTopic(kafka.named('left'));
    await Promise.all([sender.close(), reader.close()]);

    await expect.poll(async () => kafka.topics.list()).toContain(kafka.named('left'));
    const entryOf = async () =>
      (await allOf(kafka.topics.history())).filter((entry) => entry.topic === kafka.named('left'));
    const left = {
      action: 'created',
      outcome: 'unknown',
      workflowId: 'wf-dying',
      reason: 'crash',
      at: 1_000,
    };
    expect(await entryOf()).toMatchObject([left]);
    expect(await kafka.topics.create([topicSpec(kafka.named('left'))], audit)).toMatchObject([
      { kind: 'exists' },
    ]);
    expect(await entryOf()).toMatchObject([left]);
  });

  test('a request without an answer is completed when its topic is found, unless another request created it', async () => {
    const kafka = await installations.fresh();
    const topic = `${kafka.prefix}qmtl.topic-admin-log`;
    const sender = new IdempotentSender(plainKafka());
    const reader = new ClusterReader(plainKafka(), topic);
    const log = new AdminLog({
      reader,
      sender,
      topic,
      guarded: guardedCalls({}),
      installation: '',
      now: Date.now,
    });
    const [mine, theirs] = [kafka.named('mine'), kafka.named('theirs')];
    for (const reason of ['first', 'second'])
      (await log.intend('created', [mine, theirs], { workflowId: 'wf-lost', reason })).lose();
    await foreignTopic(mine);
    await kafka.topics.create([topicSpec(theirs)], audit);
    await log.settle([mine, theirs]);
    await log.settle([mine, theirs]);
    await Promise.all([sender.close(), reader.close()]);
    const history = (await allOf(kafka.topics.history())).filter((entry) =>
      [mine, theirs].includes(entry.topic),
    );
    expect(history).toMatchObject([
      { topic: theirs, outcome: 'done', workflowId: audit.workflowId },
      { topic: mine, outcome: 'done', workflowId: 'wf-lost', reason: 'first' },
    ]);
  });

  test('an installation whose control topics another one made is refused when it starts', async () => {
    const { prefix } = await installations.fresh({ installation: 'first' });
    await expect(installations.again(prefix, { installation: 'second' })).rejects.toMatchObject({
      code: 'E_TOPIC_FOREIGN',
      message: expect.stringMatching(/^topic .* belongs to installation first$/),
      hint: expect.stringContaining('kafka_topic_prefix'),
    });
    await expect(installations.again(prefix, { installation: 'first' })).resolves.toBeDefined();
    // Topics of earlier releases have no installation; what only reads makes nothing.
    await expect(
      installations.again(prefix, { installation: 'second', mayCreate: false }),
    ).resolves.toBeDefined();
  });

  test('all processes of an installation share one topic admin log, which includes the control topics', async () => {
    const first = await withTopic();
    const second = await installations.again(first.prefix);
    await second.topics.remove([first.topic], audit);
    const history = await allOf(first.topics.history());
    expect(history.map(({ action, topic }) => `${action} ${topic.slice(first.prefix.length)}`)).toEqual([
      ...[...new Set(Object.values(busTopics))].map((name) => `created ${name}`),
      'created t',
      'removed t',
    ]);
    expect(history.every(({ outcome }) => outcome === 'done')).toBe(true);
  });
});
