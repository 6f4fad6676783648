import { expect, test } from 'vitest';
import { isTopicName } from '../../domain/base/ids.js';
import { limits } from '../../domain/base/limits.js';
import type { TopicAdmin } from '../../domain/ports/topic-admin.js';
import type { TopicSpec } from '../../domain/topics/topic.js';
import { allOf } from '../all-of.js';

const audit = { workflowId: 'submit-strategy/x', reason: 'contract' };

export function topicSpec(topic: string, partitions = 1): TopicSpec {
  if (!isTopicName(topic)) throw new Error(topic);
  return { topic, partitions, replicationFactor: 1, retentionMs: 604_800_000, cleanupPolicy: 'delete' };
}

interface OpenedTopicAdmin {
  readonly admin: TopicAdmin;
  /** The same brokers, which have room for only this many more replicas. */
  readonly withRoomFor: (replicas: number) => Promise<TopicAdmin>;
  /** The administration of another installation on the same broker. */
  readonly other: () => Promise<TopicAdmin>;
  /** Makes the names below unique on a shared broker. */
  readonly named: (base: string) => string;
}

/** The contract of every topic admin, run on each adapter. `open` returns one without topics of the names below. */
export function topicAdminContract(open: () => Promise<OpenedTopicAdmin>): void {
  test('topics created in bulk have their settings', async () => {
    const { admin, named } = await open();
    const specs = [topicSpec(named('t-a'), 3), topicSpec(named('t-b'))];
    expect((await admin.create(specs, audit)).map((outcome) => outcome.kind)).toEqual(['created', 'created']);
    const described = await admin.describe([named('t-a'), named('t-b'), named('t-missing')]);
    expect([...described.keys()].sort()).toEqual([named('t-a'), named('t-b')]);
    expect(described.get(named('t-a'))).toMatchObject({
      partitions: 3,
      retentionMs: 604_800_000,
      cleanupPolicy: 'delete',
    });
  });

  test('an existing topic is left unchanged', async () => {
    const { admin, named } = await open();
    await admin.create([topicSpec(named('t-kept'), 2)], audit);
    expect(await admin.create([topicSpec(named('t-kept'), 5)], audit)).toEqual([
      { kind: 'exists', topic: named('t-kept') },
    ]);
    expect((await admin.describe([named('t-kept')])).get(named('t-kept'))?.partitions).toBe(2);
  });

  test('a name that differs only in `.` and `_` collides and is not created', async () => {
    const { admin, named } = await open();
    await admin.create([topicSpec(named('t.one'))], audit);
    expect(await admin.create([topicSpec(named('t_one'))], audit)).toEqual([
      { kind: 'collides', topic: named('t_one'), other: named('t.one') },
    ]);
    expect(await admin.list()).not.toContain(named('t_one'));
  });

  test('a name that differs only in case collides and is not created', async () => {
    const { admin, named } = await open();
    await admin.create([topicSpec(named('T-case'))], audit);
    expect(await admin.create([topicSpec(named('t-case'))], audit)).toEqual([
      { kind: 'collides', topic: named('t-case'), other: named('T-case') },
    ]);
  });

  test('removing is repeatable and returns the names that existed', async () => {
    const { admin, named } = await open();
    await admin.create([topicSpec(named('t-gone'))], audit);
    expect(await admin.remove([named('t-gone'), named('t-never')], audit)).toEqual([named('t-gone')]);
    expect(await admin.remove([named('t-gone')], audit)).toEqual([]);
    expect(await admin.list()).not.toContain(named('t-gone'));
  });

  test('a topic that another installation made is foreign, until it was removed and made again', async () => {
    const { admin, other, named } = await open();
    const second = await other();
    const spec = topicSpec(named('t-second'));
    expect(await second.create([spec], audit)).toEqual([{ kind: 'created', topic: spec.topic }]);
    const [foreign] = await admin.create([spec, topicSpec(named('t-own'))], audit);
    expect(foreign).toEqual({ kind: 'foreign', topic: spec.topic, installation: 'second' });
    expect(await second.create([spec], audit)).toEqual([{ kind: 'exists', topic: spec.topic }]);
    expect(await second.create([topicSpec(named('t-own'))], audit)).toMatchObject([
      { kind: 'foreign', installation: 'first' },
    ]);
    await second.remove([spec.topic], audit);
    expect(await admin.create([spec], audit)).toEqual([{ kind: 'created', topic: spec.topic }]);
    expect(await admin.create([spec], audit)).toEqual([{ kind: 'exists', topic: spec.topic }]);
  });

  test('every create and delete is recorded with its workflow, and nothing else is', async () => {
    const { admin, named } = await open();
    await admin.create([topicSpec(named('t-log'))], audit);
    await admin.create([topicSpec(named('t-log'))], audit);
    await admin.remove([named('t-log')], { ...audit, reason: 'collected' });
    const entries = (await allOf(admin.history())).filter((entry) => entry.topic === named('t-log'));
    expect(entries).toMatchObject([
      { action: 'created', outcome: 'done', workflowId: audit.workflowId, reason: 'contract' },
      { action: 'removed', outcome: 'done', reason: 'collected' },
    ]);
  });

  test('one topic past the limit of a request is refused before anything is created', async () => {
    const { admin, named } = await open();
    const specs = Array.from({ length: limits.topicsPerRequestMax + 1 }, (_, index) =>
      topicSpec(named(`t-many-${index}`)),
    );
    await expect(admin.create(specs, audit)).rejects.toMatchObject({ code: 'E_LIMIT_EXCEEDED' });
    expect((await admin.describe([named('t-many-0')])).size).toBe(0);
    expect(await admin.create(specs.slice(1), audit)).toHaveLength(limits.topicsPerRequestMax);
  });

  test('topics that do not all fit are refused together, with the number that fits', async () => {
    const { admin, withRoomFor, named } = await open();
    const poor = await withRoomFor(4);
    const specs = [topicSpec(named('t-fits'), 3), topicSpec(named('t-over'), 2)];
    await expect(poor.create(specs, audit)).rejects.toMatchObject({
      code: 'E_TOPIC_REJECTED',
      message: expect.stringMatching(/^2 topics need 5 partition replicas; .* so 4 more fit$/),
    });
    expect((await admin.describe(specs.map(({ topic }) => topic))).size).toBe(0);
    expect((await allOf(admin.history())).map(({ topic }) => topic)).not.toContain(named('t-fits'));
    expect(await poor.create(specs.slice(0, 1), audit)).toMatchObject([{ kind: 'created' }]);
  });

  test('the room for topics counts missing ones only, each once', async () => {
    const { admin, named } = await open();
    await admin.create([topicSpec(named('t-held'), 2)], audit);
    const specs = [
      topicSpec(named('t-held'), 2),
      topicSpec(named('t-next'), 3),
      topicSpec(named('t-next'), 3),
    ];
    const room = await admin.room(specs);
    expect(room).toMatchObject({ missing: 1, needed: 3 });
    expect(room.held).toBeGreaterThanOrEqual(2);
    expect(room.most).toBeGreaterThanOrEqual(room.held + room.needed);
  });

  test('existing topics are left where there is no room for more', async () => {
    const { admin, withRoomFor, named } = await open();
    await admin.create([topicSpec(named('t-there'))], audit);
    const full = await withRoomFor(0);
    expect(await full.create([topicSpec(named('t-there'))], audit)).toMatchObject([{ kind: 'exists' }]);
  });

  test('there is at least one broker', async () => {
    const { admin } = await open();
    expect(await admin.brokerCount()).toBeGreaterThanOrEqual(1);
  });
}
