import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { systemTopics } from '../../bus/kafka/system-topics.js';
import { busTopics } from '../../domain/events/control-events.js';
import { allOf } from '../all-of.js';
import { audit, Installations, plainKafka, withAdmin } from '../bus/kafka-installation.js';
import { statusEvent } from '../contracts/control-bus.contract.js';
import { topicSpec } from '../contracts/topic-admin.contract.js';
import { brokerViolations, repeatedEvents, unrecordedTopics } from './broker-checker.js';

const installations = new Installations();
afterEach(() => installations.close());
afterAll(() => installations.end());

/** An installation with two queues and a check of it. */
async function open() {
  const kafka = await installations.fresh();
  const queues = [topicSpec(kafka.named('q-one')), topicSpec(kafka.named('q-two'), 3)];
  await kafka.topics.create(queues, audit);
  const check = (expected = queues) =>
    brokerViolations(plainKafka(), {
      queues: expected,
      isQueueTopic: (topic) => topic.startsWith(kafka.named('q-')),
      controlTopics: systemTopics({ prefix: kafka.prefix }).control.map(({ topic }) => topic),
    });
  return { ...kafka, queues, check };
}

describe('the broker checker', () => {
  test('the broker checker accepts queues that agree with topics, and events in sequence with duplicates', async () => {
    const { bus, check } = await open();
    await bus.publish([1n, 2n, 3n, 2n].map(statusEvent));
    expect(await check()).toEqual([]);
  });

  test('the broker checker finds a queue without its topic, and a topic without a queue', async () => {
    const { topics, queues, named, check } = await open();
    await topics.create([topicSpec(named('q-stray'))], audit);
    await topics.remove([named('q-one')], audit);
    expect(await check(queues)).toEqual([
      `queue ${named('q-one')} has no topic`,
      `topic ${named('q-stray')} has no queue`,
    ]);
  });

  test('the broker checker finds two queues with one topic', async () => {
    const { queues, named, check } = await open();
    expect(await check([...queues, topicSpec(named('q-one'))])).toEqual([
      `topic ${named('q-one')} belongs to two queues`,
    ]);
  });

  test('the broker checker finds events that were published again, and topics that are not recorded as done', async () => {
    const { bus, topics, queues, prefix } = await open();
    const { control } = systemTopics({ prefix });
    const names = control.map(({ topic }) => topic);
    await bus.publish([1n, 2n].map(statusEvent));
    expect(await repeatedEvents(plainKafka(), names)).toEqual([]);
    await bus.publish([2n].map(statusEvent));
    expect(await repeatedEvents(plainKafka(), names)).toEqual(['row/2 was published 2 times']);
    const history = await allOf(topics.history());
    const made = queues.map(({ topic }) => topic);
    expect(unrecordedTopics(history, made)).toEqual([]);
    expect(unrecordedTopics(history, [...made, 'never'])).toEqual([
      'the creation of never is recorded as done 0 times',
    ]);
    expect(unrecordedTopics([...history, ...history], made.slice(0, 1))).toEqual([
      `the creation of ${made[0]} is recorded as done 2 times`,
    ]);
  });

  test('the broker checker finds settings that differ from the request', async () => {
    const { named, queues, check } = await open();
    await withAdmin(async (admin) => {
      const configEntries = [
        { name: 'retention.ms', value: '1000' },
        { name: 'cleanup.policy', value: 'delete' },
        { name: 'message.timestamp.type', value: 'CreateTime' },
      ];
      const resources = [{ type: 2, name: named('q-one'), configEntries }];
      await admin.alterConfigs({ validateOnly: false, resources });
      await admin.createPartitions({ topicPartitions: [{ topic: named('q-two'), count: 4 }] });
    });
    await expect
      .poll(() => check(queues))
      .toEqual([
        `topic ${named('q-one')}: retention.ms is 1000, not 604800000`,
        `topic ${named('q-one')}: message.timestamp.type is CreateTime, not LogAppendTime`,
        `topic ${named('q-two')}: partitions is 4, not 3`,
      ]);
  });

  test('the broker checker finds a stream that begins late, has a gap or two events with one seq, and a record that is not an event', async () => {
    const { bus, log, prefix, check } = await open();
    const topic = `${prefix}${busTopics.node_status_changed}`;
    await bus.publish([statusEvent(2n), statusEvent(4n), { ...statusEvent(4n), id: 'row/other' }]);
    await log.append(topic, [{ key: 'junk', value: new Uint8Array([7]), timestamp: 1 }]);
    const stream = `${topic} / blake3:${'a'.repeat(64)}`;
    expect(await check()).toEqual([
      `${topic} / junk: a record is not a control event`,
      `${stream}: begins at seq 2`,
      `${stream}: a gap before seq 4`,
      `${stream}: seq 4 has events row/4, row/other`,
    ]);
  });
});
