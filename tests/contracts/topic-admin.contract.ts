import { expect, test } from 'vitest';
import { isTopicName } from '../../domain/ids.js';
import { limits } from '../../domain/limits.js';
import type { TopicAdmin } from '../../domain/ports/topic-admin.js';
import type { TopicSpec } from '../../domain/topic.js';

const audit = { workflowId: 'submit-strategy/x', reason: 'contract' };

export function topicSpec(topic: string, partitions = 1): TopicSpec {
  if (!isTopicName(topic)) throw new Error(topic);
  return { topic, partitions, replicationFactor: 1, retentionMs: 604_800_000, cleanupPolicy: 'delete' };
}

/** What every topic admin must do; run on each adapter. `open` gives one with no topics of the names below. */
export function topicAdminContract(open: () => Promise<TopicAdmin>): void {
  test('creating in bulk makes every topic with its settings', async () => {
    const admin = await open();
    const specs = [topicSpec('t-a', 3), topicSpec('t-b')];
    expect((await admin.create(specs, audit)).map((outcome) => outcome.kind)).toEqual(['created', 'created']);
    const described = await admin.describe(['t-a', 't-b', 't-missing']);
    expect([...described.keys()].sort()).toEqual(['t-a', 't-b']);
    expect(described.get('t-a')).toMatchObject({
      partitions: 3,
      retentionMs: 604_800_000,
      cleanupPolicy: 'delete',
    });
  });

  test('a topic that exists is left as it is', async () => {
    const admin = await open();
    await admin.create([topicSpec('t-kept', 2)], audit);
    expect(await admin.create([topicSpec('t-kept', 5)], audit)).toEqual([
      { kind: 'exists', topic: 't-kept' },
    ]);
    expect((await admin.describe(['t-kept'])).get('t-kept')?.partitions).toBe(2);
  });

  test('a name that differs only in `.` and `_` collides and is not created', async () => {
    const admin = await open();
    await admin.create([topicSpec('t.one')], audit);
    expect(await admin.create([topicSpec('t_one')], audit)).toEqual([
      { kind: 'collides', topic: 't_one', other: 't.one' },
    ]);
    expect(await admin.list()).not.toContain('t_one');
  });

  test('a name that differs only in case collides and is not created', async () => {
    const admin = await open();
    await admin.create([topicSpec('T-case')], audit);
    expect(await admin.create([topicSpec('t-case')], audit)).toEqual([
      { kind: 'collides', topic: 't-case', other: 'T-case' },
    ]);
  });

  test('removing is repeatable and answers what was there', async () => {
    const admin = await open();
    await admin.create([topicSpec('t-gone')], audit);
    expect(await admin.remove(['t-gone', 't-never'], audit)).toEqual(['t-gone']);
    expect(await admin.remove(['t-gone'], audit)).toEqual([]);
    expect(await admin.list()).not.toContain('t-gone');
  });

  test('every create and delete is recorded with its workflow, and nothing else is', async () => {
    const admin = await open();
    await admin.create([topicSpec('t-log')], audit);
    await admin.create([topicSpec('t-log')], audit);
    await admin.remove(['t-log'], { ...audit, reason: 'collected' });
    const entries = (await admin.history()).filter((entry) => entry.topic === 't-log');
    expect(entries).toMatchObject([
      { action: 'created', workflowId: audit.workflowId, reason: 'contract' },
      { action: 'removed', reason: 'collected' },
    ]);
  });

  test('one topic past the limit of a request is refused before anything is created', async () => {
    const admin = await open();
    const specs = Array.from({ length: limits.topicsPerRequestMax + 1 }, (_, index) =>
      topicSpec(`t-many-${index}`),
    );
    await expect(admin.create(specs, audit)).rejects.toMatchObject({ code: 'E_LIMIT_EXCEEDED' });
    expect((await admin.describe(['t-many-0'])).size).toBe(0);
    expect(await admin.create(specs.slice(1), audit)).toHaveLength(limits.topicsPerRequestMax);
  });

  test('there is at least one broker', async () => {
    const admin = await open();
    expect(await admin.brokerCount()).toBeGreaterThanOrEqual(1);
  });
}
